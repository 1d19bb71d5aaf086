//! What stands between a request and the code of a view: decorators, mixins, middleware.

use std::sync::Arc;

use crate::facts::ir::BindingKind;
use crate::facts::{Expr, ExprRef};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};
use crate::routes::{Route, ViewTarget, imported_name};
use crate::serializers::Reader;
use crate::settings::{Kind, Settings};

/// Aliases lead to aliases; chains longer than this are circles.
const MAX_DEPTH: u32 = 8;

/// All that stands before a view, outermost first as far as an order is known.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    pub guards: Vec<Guard>,
    /// Whether there may be others: decorators of the project or of unknown packages, an own
    /// `dispatch`, a base that was not found.
    pub is_open: bool,
}

/// One thing that stands before a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub kind: GuardKind,
    /// The dotted name of the decorator, mixin or middleware.
    pub by: Arc<str>,
    /// The method of a class-based view that it stands before; `None` where it is before all.
    pub only: Option<Arc<str>>,
    /// The decorator in the code.
    pub place: Option<ValueRef>,
}

/// What a guard does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardKind {
    /// Lets nobody in who is not logged in.
    Login,
    /// Takes the login that a middleware asks for back.
    NoLogin,
    /// Lets staff in alone: the admin.
    Staff,
    /// Lets in who has these permissions; `None` where they are not known.
    Permission(Option<Vec<Arc<str>>>),
    /// Lets in who passes a test of the project's own.
    Test,
    CsrfExempt,
    CsrfProtect,
    /// Answers these HTTP methods alone.
    Methods(Vec<Arc<str>>),
    /// Something of Django's or the REST framework's that lets everybody in.
    Harmless,
}

impl Guards {
    /// Whether nobody gets in without being logged in; `None` where that is not known.
    pub fn asks_for_login(&self) -> Option<bool> {
        let asks = |guard: &Guard| {
            guard.only.is_none()
                && matches!(
                    guard.kind,
                    GuardKind::Login | GuardKind::Staff | GuardKind::Permission(_)
                )
        };
        // A test may ask for anything.
        let may_ask = |guard: &Guard| {
            guard.kind == GuardKind::Test
                || guard.only.is_some()
                    && matches!(
                        guard.kind,
                        GuardKind::Login | GuardKind::Staff | GuardKind::Permission(_)
                    )
        };
        if self.guards.iter().any(asks) {
            return Some(true);
        }
        (!self.is_open && !self.guards.iter().any(may_ask)).then_some(false)
    }

    /// Whether the view takes POST without a token; `None` where that is not known.
    pub fn is_csrf_exempt(&self) -> Option<bool> {
        let exempt = |guard: &Guard| guard.kind == GuardKind::CsrfExempt && guard.only.is_none();
        if self.guards.iter().any(exempt) {
            return Some(true);
        }
        (!self.is_open).then_some(false)
    }
}

/// Decorators by the end of their names, with what they do.
fn known(dotted: &str) -> Option<GuardKind> {
    let (module, name) = dotted.rsplit_once('.')?;
    if !module.starts_with("django.") && !module.starts_with("rest_framework.") {
        return None;
    }
    let words = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect();
    Some(match name {
        "login_required" | "LoginRequiredMixin" => GuardKind::Login,
        "login_not_required" => GuardKind::NoLogin,
        "staff_member_required" | "admin_view" => GuardKind::Staff,
        "permission_required" | "PermissionRequiredMixin" => GuardKind::Permission(None),
        "user_passes_test" | "UserPassesTestMixin" => GuardKind::Test,
        "csrf_exempt" => GuardKind::CsrfExempt,
        "csrf_protect" | "requires_csrf_token" => GuardKind::CsrfProtect,
        "require_GET" => GuardKind::Methods(words(&["GET"])),
        "require_POST" => GuardKind::Methods(words(&["POST"])),
        "require_safe" => GuardKind::Methods(words(&["GET", "HEAD"])),
        "require_http_methods" | "api_view" => GuardKind::Methods(Vec::new()),
        _ => GuardKind::Harmless,
    })
}

/// What stands before a route's view.
pub fn guards(modules: &Modules, settings: &Settings, route: &Route) -> Guards {
    let mut found = Found {
        modules,
        guards: Guards::default(),
        is_rest: false,
    };
    for wrapper in route.view.wrappers.iter().rev() {
        match wrapper
            .as_deref()
            .and_then(|name| Some((known(name)?, name)))
        {
            Some((kind, name)) => found.add(kind, name, None, None),
            None => found.guards.is_open = true,
        }
    }
    match &route.view.target {
        ViewTarget::Function(function) => found.function(*function, None),
        ViewTarget::Class(class) => found.class(*class),
        ViewTarget::Method(class, name) => {
            if is_admin_page(modules, *class, name) {
                found.add(GuardKind::Staff, ADMIN_VIEW, None, None);
            }
            if let Some(function) = super::handlers::method(modules, *class, name) {
                found.function(function, None);
            }
        }
        ViewTarget::External(name) if is_admin_name(name) => {
            found.add(GuardKind::Staff, ADMIN_VIEW, None, None);
        }
        ViewTarget::External(_) | ViewTarget::Unknown => found.guards.is_open = true,
    }
    found.middleware(settings);
    found.guards
}

const ADMIN_VIEW: &str = "django.contrib.admin.sites.AdminSite.admin_view";

/// Pages of an admin site or class, all of which but the login are for staff.
fn is_admin_page(modules: &Modules, class: ClassRef, method: &str) -> bool {
    let of_admin = |name: &str| name.starts_with("django.contrib.admin.");
    let mro = modules.mro(class);
    method != "login"
        && mro.ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::Class(class) => of_admin(&modules.get(class.module).name),
            Ancestor::External(name) => of_admin(name),
            Ancestor::Unknown => false,
        })
}

fn is_admin_name(dotted: &str) -> bool {
    dotted.starts_with("django.contrib.admin.") && !dotted.ends_with(".login")
}

struct Found<'a> {
    modules: &'a Modules,
    guards: Guards,
    is_rest: bool,
}

impl<'a> Found<'a> {
    fn add(&mut self, kind: GuardKind, by: &str, only: Option<&str>, place: Option<ValueRef>) {
        self.guards.guards.push(Guard {
            kind,
            by: by.into(),
            only: only.map(Arc::from),
            place,
        });
    }

    fn function(&mut self, function: FunctionRef, only: Option<&str>) {
        let declared = self.modules.function(function);
        let scope = self.modules.facts(function.module).body(declared.scope);
        for &decorator in &declared.decorators {
            self.decorator(function.module, scope.expr(decorator), only, MAX_DEPTH);
        }
    }

    /// One decorator, or what is given to `method_decorator`.
    fn decorator(
        &mut self,
        module: ModuleId,
        decorator: ExprRef<'a>,
        only: Option<&str>,
        depth: u32,
    ) {
        let call = decorator.as_call();
        let callee = call.map_or(decorator, |call| call.callee);
        let modules = self.modules;
        let name = modules
            .qualified_expr(module, callee)
            .filter(|name| known(name).is_some())
            .or_else(|| imported_name(modules, module, callee));
        let Some(name) = name else {
            return self.alias(module, callee, only, depth);
        };
        if name == "django.utils.decorators.method_decorator" {
            if let Some(wrapped) = call.and_then(|call| call.argument(0, "decorator")) {
                self.wrapped(module, wrapped, only, depth);
            }
            return;
        }
        let Some(kind) = known(&name) else {
            return self.alias(module, callee, only, depth);
        };
        let texts = |value: ExprRef<'a>| {
            let reader = Reader { modules };
            let words = reader.strings(module, value)?;
            Some(words.into_iter().map(|word| word.text).collect())
        };
        let first = call.and_then(|call| call.positional().next());
        let kind = match (kind, first) {
            (GuardKind::Permission(_), Some(first)) => GuardKind::Permission(texts(first)),
            (GuardKind::Methods(methods), Some(first)) if methods.is_empty() => {
                GuardKind::Methods(texts(first).unwrap_or_default())
            }
            (kind, _) => kind,
        };
        let place = ValueRef::of(module, decorator);
        self.add(kind, &name, only, Some(place));
        if name == "rest_framework.decorators.api_view" {
            self.reached(&name);
        }
    }

    /// `method_decorator(x)` and `method_decorator([x, y])`
    fn wrapped(&mut self, module: ModuleId, wrapped: ExprRef<'a>, only: Option<&str>, depth: u32) {
        match wrapped.elements() {
            Some(several) => {
                for one in several {
                    self.decorator(module, one, only, depth);
                }
            }
            None => self.decorator(module, wrapped, only, depth),
        }
    }

    /// `protected = login_required(login_url="/in")`, used by its name.
    fn alias(&mut self, module: ModuleId, name: ExprRef<'a>, only: Option<&str>, depth: u32) {
        let is_name = matches!(name.kind(), Expr::Name(_) | Expr::Attribute(..));
        if let (true, Some(depth), Definition::Value(value)) = (
            is_name,
            depth.checked_sub(1),
            self.modules.resolve_expr(module, name),
        ) {
            return self.wrapped(value.module, self.modules.value(value), only, depth);
        }
        self.guards.is_open = true;
    }

    /// Class decorators, mixins before Django's own view, and decorators of methods.
    fn class(&mut self, class: ClassRef) {
        for ancestor in &self.modules.mro(class).ancestors {
            match ancestor {
                Ancestor::Class(ancestor) => {
                    let name = self.modules.qualified_class(*ancestor);
                    if is_view(&name) {
                        return self.reached(&name);
                    }
                    match known(&name) {
                        Some(kind) => self.mixin(class, kind, &name),
                        None => self.own_class(*ancestor),
                    }
                }
                Ancestor::External(name) if is_view(name) => return self.reached(name),
                Ancestor::External(name) => match known(name) {
                    Some(kind) => self.mixin(class, kind, name),
                    None => self.guards.is_open |= !name.starts_with("builtins."),
                },
                Ancestor::Unknown => self.guards.is_open = true,
            }
        }
    }

    /// The framework's own view class ends the search; the REST framework's checks tokens itself,
    /// where somebody is logged in by a cookie, and takes the middleware's demand back.
    fn reached(&mut self, view: &str) {
        if view.starts_with("rest_framework.") {
            self.is_rest = true;
            self.add(GuardKind::CsrfExempt, view, None, None);
        }
    }

    fn mixin(&mut self, class: ClassRef, kind: GuardKind, name: &str) {
        if kind == GuardKind::Harmless {
            return;
        }
        let kind = match kind {
            GuardKind::Permission(_) => GuardKind::Permission(self.permissions(class)),
            kind => kind,
        };
        self.add(kind, name, None, None);
    }

    /// The class attribute that `PermissionRequiredMixin` reads.
    fn permissions(&self, class: ClassRef) -> Option<Vec<Arc<str>>> {
        let Definition::Value(value) = self.modules.class_member(class, "permission_required")
        else {
            return None;
        };
        let reader = Reader {
            modules: self.modules,
        };
        let words = reader.strings(value.module, self.modules.value(value))?;
        Some(words.into_iter().map(|word| word.text).collect())
    }

    fn own_class(&mut self, class: ClassRef) {
        let facts = self.modules.facts(class.module);
        let declared = facts.class(class.class);
        let scope = facts.body(declared.scope);
        for &decorator in &declared.decorators {
            let decorator = scope.expr(decorator);
            let named = decorator
                .as_call()
                .and_then(|call| call.argument(1, "name"))
                .and_then(ExprRef::as_str);
            let only = named.filter(|name| !matches!(*name, "dispatch" | "as_view"));
            self.decorator(class.module, decorator, only, MAX_DEPTH);
        }
        for binding in &self.modules.class_body(class).body().bindings {
            let BindingKind::Function(function) = binding.kind else {
                continue;
            };
            let function = FunctionRef {
                module: class.module,
                function,
            };
            match self.modules.function_name(function) {
                "dispatch" => {
                    self.guards.is_open = true;
                    self.function(function, None);
                }
                name if super::handlers::METHODS.contains(&name) => {
                    self.function(function, Some(name));
                }
                _ => {}
            }
        }
    }

    /// `LoginRequiredMiddleware` stands before every view that does not say otherwise; views of the
    /// REST framework do.
    fn middleware(&mut self, settings: &Settings) {
        let Some(production) = settings.production() else {
            return;
        };
        let middleware = production.at(&["MIDDLEWARE"]);
        let mut guards = self.guards.guards.iter();
        let is_excused = self.is_rest || guards.any(|guard| guard.kind == GuardKind::NoLogin);
        if is_excused || matches!(middleware.kind, Kind::Unset) {
            return;
        }
        if middleware.surely_contains(LOGIN_MIDDLEWARE) {
            self.add(GuardKind::Login, LOGIN_MIDDLEWARE, None, None);
        } else {
            self.guards.is_open |= middleware.may_contain(LOGIN_MIDDLEWARE);
        }
    }
}

const LOGIN_MIDDLEWARE: &str = "django.contrib.auth.middleware.LoginRequiredMiddleware";

/// Whether a class answers requests by itself: what comes after it in the resolution order is not
/// asked any more.
fn is_view(dotted: &str) -> bool {
    if dotted.ends_with("Mixin") {
        return false;
    }
    let is_rest = [
        "rest_framework.views.",
        "rest_framework.generics.",
        "rest_framework.viewsets.",
    ]
    .iter()
    .any(|module| dotted.starts_with(module));
    is_rest || dotted.starts_with("django.views.") || dotted.ends_with(".views.View")
}

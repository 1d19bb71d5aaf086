//! Class-based views that give lists of rows: Django's `ListView` and the generic views of the REST
//! framework, where all of their making is seen.

use std::sync::Arc;

use super::View;
use super::rest::{ClassUse, Combined, Policy, rest_policies};
use crate::Project;
use crate::facts::ExprRef;
use crate::facts::ir::{BindingKind, Stmt};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Mro, ValueRef};
use crate::querysets::{RowsOrder, WholeRows};
use crate::routes::{Route, ViewTarget};

/// A view that gives a list.
#[derive(Clone, Debug)]
pub struct ListView {
    pub class: ClassRef,
    pub rows: WholeRows,
    pub pages: Pages,
    /// Whether the class has an `ordering` of its own.
    pub says_order: bool,
    pub is_rest: bool,
}

/// How a list is cut into pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Not at all.
    None,
    /// By number or offset.
    Numbered,
    /// By a cursor of this class.
    Cursor(Option<ClassRef>),
    /// By something that is not known.
    Unknown,
}

/// The generic views with a list, by package and name.
const REST_LISTS: &[(&str, &str)] = &[
    ("rest_framework.generics", "ListAPIView"),
    ("rest_framework.generics", "ListCreateAPIView"),
    ("rest_framework.mixins", "ListModelMixin"),
    ("rest_framework.viewsets", "ModelViewSet"),
    ("rest_framework.viewsets", "ReadOnlyModelViewSet"),
];

/// Those with one row at a time; some are among the lists too.
const REST_DETAILS: &[(&str, &str)] = &[
    ("rest_framework.generics", "DestroyAPIView"),
    ("rest_framework.generics", "RetrieveAPIView"),
    ("rest_framework.generics", "RetrieveDestroyAPIView"),
    ("rest_framework.generics", "RetrieveUpdateAPIView"),
    ("rest_framework.generics", "RetrieveUpdateDestroyAPIView"),
    ("rest_framework.generics", "UpdateAPIView"),
    ("rest_framework.mixins", "DestroyModelMixin"),
    ("rest_framework.mixins", "RetrieveModelMixin"),
    ("rest_framework.mixins", "UpdateModelMixin"),
    ("rest_framework.viewsets", "ModelViewSet"),
    ("rest_framework.viewsets", "ReadOnlyModelViewSet"),
];

/// What code may replace that decides about the rows or the pages of Django's `ListView`.
const OF_DJANGO: &[&str] = &[
    "get",
    "get_ordering",
    "get_paginate_by",
    "get_paginator",
    "paginate_queryset",
    "paginator_class",
];

/// The same of the REST framework's.
const OF_REST: &[&str] = &[
    "filter_queryset",
    "get",
    "list",
    "paginate_queryset",
    "paginator",
];

/// What may replace which rows of the REST framework's views anybody gets.
const OF_SERVING: &[&str] = &[
    "check_object_permissions",
    "dispatch",
    "filter_queryset",
    "get",
    "get_object",
    "initial",
    "list",
    "retrieve",
];

/// A view of the REST framework for rows, where all of its making is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestView {
    pub class: ClassRef,
    /// Whether it gives a list.
    pub lists: bool,
    /// Whether it gives or changes one row at a time.
    pub details: bool,
    /// The serializer, where one serves all actions.
    pub serializer: Option<ClassRef>,
}

/// A view of the REST framework that gives rows to everybody who is logged in, and says nothing of
/// whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedRows {
    pub class: ClassRef,
    pub rows: WholeRows,
}

impl Project {
    /// The views of the REST framework for rows that routes lead to, every base of which is known.
    pub fn rest_views(&self) -> impl Iterator<Item = RestView> + '_ {
        let views = self.views.views.iter();
        views.filter_map(|view| {
            let ViewTarget::Class(class) = view.target else {
                return None;
            };
            let code = Code::of(self, class)?;
            let acts = |action: &str| {
                let mut routes = view
                    .routes
                    .iter()
                    .map(|&at| &self.routes.routes[at as usize]);
                routes.any(|route| {
                    let mut actions = route.view.actions.iter();
                    route.view.actions.is_empty() || actions.any(|(_, name)| name == action)
                })
            };
            let details = ["destroy", "partial_update", "retrieve", "update"];
            let view = RestView {
                class,
                lists: code.is_rest && acts("list"),
                details: code.has_details && details.iter().any(|action| acts(action)),
                serializer: code.serializer(),
            };
            (view.lists || view.details).then_some(view)
        })
    }

    /// The views that give rows to everybody who is logged in.
    pub fn served_rows(&self) -> impl Iterator<Item = ServedRows> + '_ {
        let views = self.views.views.iter();
        views.filter_map(|view| {
            let ViewTarget::Class(class) = view.target else {
                return None;
            };
            let code = Code::of(self, class)?;
            if !(code.is_rest || code.has_details) || code.replaces(OF_SERVING) {
                return None;
            }
            let mut routes = view
                .routes
                .iter()
                .map(|&at| &self.routes.routes[at as usize]);
            let is_open = routes.all(|route| code.is_open_to_users(route));
            let rows = code.rows().filter(|_| is_open)?;
            Some(ServedRows { class, rows })
        })
    }

    /// The views with lists that routes lead to.
    pub fn list_views(&self) -> &[ListView] {
        self.views.lists.get_or_init(|| {
            let views = self.views.views.iter();
            views.filter_map(|view| self.list_view(view)).collect()
        })
    }

    /// How a view of the REST framework cuts rows into pages, where it does so.
    pub(crate) fn rest_pages(&self, class: ClassRef) -> Pages {
        let pages = || {
            let route = *self.views.of_class(class)?.routes.first()?;
            let route = &self.routes.routes[route as usize];
            let policies = rest_policies(&self.modules, &self.settings, route)?;
            let mut policies = policies.iter();
            let listing = policies.find(|listing| listing.policy == Policy::Pagination)?;
            let code = Code {
                project: self,
                class,
                mro: self.modules.mro(class),
                is_rest: true,
                has_details: false,
            };
            Some(code.pages_of(listing.certain()?))
        };
        pages().unwrap_or(Pages::Unknown)
    }

    /// The fields that a class of cursor pages orders by, signs left out; `None` where that is not
    /// known.
    pub fn cursor_order(&self, class: Option<ClassRef>) -> Option<Vec<String>> {
        let modules = &self.modules;
        let plain = |text: &str| text.trim_start_matches('-').to_owned();
        let mro = class.map(|class| modules.mro(class));
        for class in mro.iter().flat_map(|mro| mro.classes()) {
            let body = modules.class_body(*class);
            if !modules.is_repository(class.module) {
                break;
            }
            if body.binding("get_ordering").is_some() {
                return None;
            }
            let Some(binding) = body.binding("ordering") else {
                continue;
            };
            let BindingKind::Value(value) = binding.kind else {
                return None;
            };
            let value = body.expr(value);
            return match value.as_str() {
                Some(name) => Some(vec![plain(name)]),
                None => value
                    .elements()?
                    .map(|name| name.as_str().map(plain))
                    .collect(),
            };
        }
        // What the framework's own class says.
        Some(vec!["created".to_owned()])
    }

    fn list_view(&self, view: &View) -> Option<ListView> {
        let ViewTarget::Class(class) = view.target else {
            return None;
        };
        let code = Code::of(self, class)?;
        let routes = || {
            let routes = view.routes.iter();
            routes.map(|&route| &self.routes.routes[route as usize])
        };
        if routes().any(|route| !route.view.initkwargs.is_empty()) {
            return None;
        }
        if code.has_details && !code.is_rest {
            return None;
        }
        if code.is_rest {
            let is_list = |route: &&Route| {
                let mut actions = route.view.actions.iter();
                route.view.actions.is_empty() || actions.any(|(_, action)| action == "list")
            };
            let route = routes().find(is_list)?;
            code.rest_list(route)
        } else {
            code.django_list()
        }
    }
}

/// Whether a filter is the framework's: others may put rows in order, or leave rows out.
fn is_framework(used: &ClassUse) -> bool {
    match &used.what {
        Combined::Class(dotted, _) => {
            dotted.starts_with("rest_framework.") || dotted.starts_with("django_filters.")
        }
        _ => false,
    }
}

/// A list view whose every base is known.
struct Code<'a> {
    project: &'a Project,
    class: ClassRef,
    mro: Arc<Mro>,
    /// Whether it is a list of the REST framework.
    is_rest: bool,
    /// Whether it is one of its views of one row.
    has_details: bool,
}

impl<'a> Code<'a> {
    fn of(project: &'a Project, class: ClassRef) -> Option<Self> {
        let modules = &project.modules;
        let mro = modules.mro(class);
        let mut is_django = false;
        let mut is_rest = false;
        let mut has_details = false;
        for ancestor in &mro.ancestors {
            let dotted = match ancestor {
                Ancestor::Class(class) if modules.is_repository(class.module) => continue,
                Ancestor::Class(class) => modules.qualified_class(*class),
                Ancestor::External(dotted) => dotted.clone(),
                Ancestor::Unknown => return None,
            };
            let (module, name) = dotted.rsplit_once('.')?;
            is_rest |= REST_LISTS.contains(&(module, name));
            has_details |= REST_DETAILS.contains(&(module, name));
            is_django |= name == "ListView" && module.starts_with("django.views.generic");
            let is_known = ["django.", "rest_framework.", "builtins."]
                .iter()
                .any(|package| dotted.starts_with(package));
            is_known.then_some(())?;
        }
        (is_django != (is_rest || has_details)).then_some(Self {
            project,
            class,
            mro,
            is_rest,
            has_details,
        })
    }

    /// The serializer that all actions use.
    fn serializer(&self) -> Option<ClassRef> {
        if self.replaces(&["get_serializer", "get_serializer_class"]) {
            return None;
        }
        let value = self.value("serializer_class")?;
        let modules = &self.project.modules;
        match modules.resolve_expr(value.module, modules.value(value)) {
            Definition::Class(class) => Some(class),
            _ => None,
        }
    }

    /// Whether a route lets everybody in who is logged in, and nobody else, and no filter but those
    /// that the client asks for leaves rows out.
    fn is_open_to_users(&self, route: &Route) -> bool {
        let (modules, settings) = (&self.project.modules, &self.project.settings);
        let Some(policies) = rest_policies(modules, settings, route) else {
            return false;
        };
        let classes = |policy| {
            let mut policies = policies.iter();
            policies.find(|listing| listing.policy == policy)?.certain()
        };
        let is_login = |used: &ClassUse| {
            matches!(&used.what, Combined::Class(dotted, _)
                if &**dotted == "rest_framework.permissions.IsAuthenticated")
        };
        let asks = classes(Policy::Permissions)
            .is_some_and(|classes| !classes.is_empty() && classes.iter().all(is_login));
        let is_plain =
            classes(Policy::Filters).is_some_and(|classes| classes.iter().all(is_framework));
        asks && is_plain && route.view.initkwargs.is_empty()
    }

    fn own(&self) -> impl Iterator<Item = ClassRef> + '_ {
        let classes = self.mro.classes().copied();
        classes.filter(|class| self.project.modules.is_repository(class.module))
    }

    /// What the nearest class binds a name to.
    fn bound(&self, name: &str) -> Option<(ClassRef, BindingKind)> {
        self.own().find_map(|class| {
            let body = self.project.modules.class_body(class);
            Some((class, body.binding(name)?.kind))
        })
    }

    /// The value of a class attribute; `None` where no class gives it one.
    fn value(&self, name: &str) -> Option<ValueRef> {
        let (class, kind) = self.bound(name)?;
        let BindingKind::Value(expr) = kind else {
            return None;
        };
        let body = self.project.modules.class_body(class).id;
        Some(ValueRef {
            module: class.module,
            body,
            expr,
        })
    }

    fn replaces(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.bound(name).is_some())
    }

    fn django_list(&self) -> Option<ListView> {
        if self.replaces(OF_DJANGO) {
            return None;
        }
        let pages = match self.bound("paginate_by") {
            None => Pages::None,
            Some(_) => {
                let size = self.project.modules.value(self.value("paginate_by")?);
                match size.is_none() {
                    true => Pages::None,
                    false => Pages::Numbered,
                }
            }
        };
        Some(ListView {
            class: self.class,
            rows: self.ordered_rows()?,
            pages,
            says_order: self.bound("ordering").is_some(),
            is_rest: false,
        })
    }

    fn rest_list(&self, route: &Route) -> Option<ListView> {
        if self.replaces(OF_REST) {
            return None;
        }
        let (modules, settings) = (&self.project.modules, &self.project.settings);
        let policies = rest_policies(modules, settings, route)?;
        let classes = |policy| {
            let mut policies = policies.iter();
            policies.find(|listing| listing.policy == policy)?.certain()
        };
        let is_plain = classes(Policy::Filters)?.iter().all(is_framework);
        let pages = match classes(Policy::Pagination) {
            Some(classes) => self.pages_of(classes),
            None => Pages::Unknown,
        };
        is_plain.then_some(ListView {
            class: self.class,
            rows: self.ordered_rows()?,
            pages,
            says_order: self.bound("ordering").is_some(),
            is_rest: true,
        })
    }

    fn pages_of(&self, classes: &[ClassUse]) -> Pages {
        match classes {
            [] => Pages::None,
            [class] => self.pages_by(&class.what),
            _ => Pages::Unknown,
        }
    }

    /// How a class of the framework's cuts pages.
    fn pages_by(&self, class: &Combined) -> Pages {
        let Combined::Class(dotted, class) = class else {
            return Pages::Unknown;
        };
        let modules = &self.project.modules;
        let mut names = vec![dotted.to_string()];
        if let Some(class) = class {
            names.extend(modules.mro(*class).ancestors.iter().map(|one| match one {
                Ancestor::Class(class) => modules.qualified_class(*class),
                Ancestor::External(name) => name.clone(),
                Ancestor::Unknown => String::new(),
            }));
        }
        let is = |name: &str| {
            names
                .iter()
                .any(|known| *known == format!("rest_framework.pagination.{name}"))
        };
        let (size, own_size) = if is("CursorPagination") {
            (Pages::Cursor(*class), "page_size")
        } else if is("PageNumberPagination") {
            (Pages::Numbered, "page_size")
        } else if is("LimitOffsetPagination") {
            (Pages::Numbered, "default_limit")
        } else {
            return Pages::Unknown;
        };
        match self.has_size(*class, own_size) {
            true => size,
            // Then the framework gives all rows, unless the client asks for a number of them.
            false => Pages::Unknown,
        }
    }

    /// Whether a page has a size without being asked for.
    fn has_size(&self, class: Option<ClassRef>, attribute: &str) -> bool {
        let modules = &self.project.modules;
        let mro = class.map(|class| modules.mro(class));
        let own = mro.iter().flat_map(|mro| mro.classes());
        let mut own = own.filter(|class| modules.is_repository(class.module));
        let said = own.find_map(|class| {
            let body = modules.class_body(*class);
            let BindingKind::Value(value) = body.binding(attribute)?.kind else {
                return None;
            };
            Some(!body.expr(value).is_none())
        });
        said.unwrap_or_else(|| {
            let production = self.project.settings.production();
            let size = production.map(|production| production.at(&["REST_FRAMEWORK", "PAGE_SIZE"]));
            size.is_some_and(|size| size.as_int().is_some_and(|size| size > 0))
        })
    }

    // ---- rows ----

    fn ordered_rows(&self) -> Option<WholeRows> {
        let mut rows = self.rows()?;
        // Of Django's views, and of the filter that the REST framework has for it.
        if self.bound("ordering").is_some() {
            rows.order = RowsOrder::Other;
        }
        Some(rows)
    }

    fn rows(&self) -> Option<WholeRows> {
        let Some((class, kind)) = self.bound("get_queryset") else {
            return self.said_rows();
        };
        let mut others = self.own().skip_while(|other| *other != class).skip(1);
        let modules = &self.project.modules;
        let is_last = others.all(|other| {
            let body = modules.class_body(other);
            body.binding("get_queryset").is_none()
        });
        let BindingKind::Function(function) = kind else {
            return None;
        };
        let module = class.module;
        let method = FunctionRef { module, function };
        is_last.then(|| self.returned(method)).flatten()
    }

    /// What a `get_queryset` gives, in every branch.
    fn returned(&self, method: FunctionRef) -> Option<WholeRows> {
        let body = self.project.modules.function_body(method);
        let known = |rows: ExprRef<'_>| {
            match rows.dotted().as_deref() {
                Some("self.queryset") => return self.said_rows(),
                Some("self.model.objects") => return self.all_rows("objects"),
                _ => {}
            }
            let call = rows.as_call()?;
            let (object, name) = call.callee.as_attribute()?;
            let is_super = object.as_call()?.callee.as_name() == Some("super");
            (is_super && name == "get_queryset").then(|| self.said_rows())?
        };
        let mut found: Option<WholeRows> = None;
        for statement in body.all_statements() {
            let Stmt::Return(value) = statement.kind() else {
                continue;
            };
            let value = body.expr(value?);
            let rows = self.project.whole_rows_with(method.module, value, &known)?;
            found = match found {
                None => Some(rows),
                Some(found) => Some(found.join(rows)?),
            };
        }
        found
    }

    /// What the attributes `queryset` and `model` say.
    fn said_rows(&self) -> Option<WholeRows> {
        let modules = &self.project.modules;
        if let Some((_, kind)) = self.bound("queryset") {
            if !matches!(kind, BindingKind::Value(_)) {
                return None;
            }
            let value = self.value("queryset")?;
            return self.project.whole_rows(value.module, modules.value(value));
        }
        (!self.is_rest).then(|| self.all_rows("_default_manager"))?
    }

    /// What a manager of the view's `model` gives.
    fn all_rows(&self, manager: &str) -> Option<WholeRows> {
        let value = self.value("model")?;
        let modules = &self.project.modules;
        match modules.resolve_expr(value.module, modules.value(value)) {
            Definition::Class(class) => {
                let model = self.project.models.by_class(class)?;
                self.project.all_rows(model, manager)
            }
            _ => None,
        }
    }
}

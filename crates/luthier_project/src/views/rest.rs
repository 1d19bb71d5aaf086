//! What the REST framework asks of a request before a view's code: which classes check permissions,
//! authenticate, throttle, parse, render, filter and paginate, and who says so.

use std::sync::Arc;

use crate::facts::ir::{BinaryOp, BindingKind, UnaryOp};
use crate::facts::{Expr, ExprRef};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};
use crate::routes::{Route, ViewTarget};
use crate::serializers::Reader;
use crate::settings::{Condition, Kind, Settings, Value};

/// One of the lists that a view of the REST framework works by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    Permissions,
    Authentication,
    Throttles,
    Parsers,
    Renderers,
    Filters,
    /// At most one class.
    Pagination,
}

/// How the framework names a policy and where it looks for it.
struct Named {
    policy: Policy,
    attribute: &'static str,
    /// The key of `REST_FRAMEWORK`.
    setting: &'static str,
    defaults: &'static [&'static str],
    /// Methods of a view that decide instead of the attribute.
    methods: &'static [&'static str],
}

const POLICIES: &[Named] = &[
    Named {
        policy: Policy::Permissions,
        attribute: "permission_classes",
        setting: "DEFAULT_PERMISSION_CLASSES",
        defaults: &["rest_framework.permissions.AllowAny"],
        methods: &["get_permissions", "check_permissions"],
    },
    Named {
        policy: Policy::Authentication,
        attribute: "authentication_classes",
        setting: "DEFAULT_AUTHENTICATION_CLASSES",
        defaults: &[
            "rest_framework.authentication.SessionAuthentication",
            "rest_framework.authentication.BasicAuthentication",
        ],
        methods: &["get_authenticators", "perform_authentication"],
    },
    Named {
        policy: Policy::Throttles,
        attribute: "throttle_classes",
        setting: "DEFAULT_THROTTLE_CLASSES",
        defaults: &[],
        methods: &["get_throttles", "check_throttles"],
    },
    Named {
        policy: Policy::Parsers,
        attribute: "parser_classes",
        setting: "DEFAULT_PARSER_CLASSES",
        defaults: &[
            "rest_framework.parsers.JSONParser",
            "rest_framework.parsers.FormParser",
            "rest_framework.parsers.MultiPartParser",
        ],
        methods: &["get_parsers"],
    },
    Named {
        policy: Policy::Renderers,
        attribute: "renderer_classes",
        setting: "DEFAULT_RENDERER_CLASSES",
        defaults: &[
            "rest_framework.renderers.JSONRenderer",
            "rest_framework.renderers.BrowsableAPIRenderer",
        ],
        methods: &["get_renderers"],
    },
    Named {
        policy: Policy::Filters,
        attribute: "filter_backends",
        setting: "DEFAULT_FILTER_BACKENDS",
        defaults: &[],
        methods: &["filter_queryset"],
    },
    Named {
        policy: Policy::Pagination,
        attribute: "pagination_class",
        setting: "DEFAULT_PAGINATION_CLASS",
        defaults: &[],
        methods: &["paginator", "paginate_queryset"],
    },
];

/// What is in force for one policy of one route.
#[derive(Clone, Debug)]
pub struct Listing {
    pub policy: Policy,
    pub said_by: SaidBy,
    /// One, unless the settings leave open which: then each with its condition.
    pub choices: Vec<Choice>,
}

/// Who says which classes are in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// An argument of `as_view()`.
    Route,
    /// `@action(permission_classes=...)` or `@permission_classes(...)`.
    Decorator(ValueRef),
    Class(ClassRef),
    /// A method that the project's own code replaces: what it picks is not followed.
    Method(FunctionRef),
    /// `REST_FRAMEWORK` of the production settings.
    Setting,
    /// The framework's own default.
    Default,
    /// A base that was not found may say it, or the settings are not known.
    Unknown,
}

/// One list of classes.
#[derive(Clone, Debug)]
pub struct Choice {
    pub when: Condition,
    pub classes: Vec<ClassUse>,
    /// Whether `classes` are all.
    pub is_complete: bool,
}

/// One element of a list of classes.
#[derive(Clone, Debug)]
pub struct ClassUse {
    pub what: Combined,
    /// Under which condition of the settings it is there.
    pub when: Condition,
    /// Where the code names it; `None` for those of settings and defaults.
    pub place: Option<ValueRef>,
}

/// A class, or permissions put together with `&`, `|` and `~`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Combined {
    /// Dotted name, and the code where it was found.
    Class(Arc<str>, Option<ClassRef>),
    All(Box<[Combined; 2]>),
    Any(Box<[Combined; 2]>),
    Not(Box<Combined>),
    Unknown,
}

/// The policies of a route whose view is one of the REST framework's; `None` for all other views.
pub fn rest_policies(
    modules: &Modules,
    settings: &Settings,
    route: &Route,
) -> Option<Vec<Listing>> {
    let view = match &route.view.target {
        ViewTarget::Class(class) if is_rest_view(modules, *class) => View::Class(*class),
        ViewTarget::Function(function) if is_api_view(modules, *function) => {
            View::Function(*function)
        }
        _ => return None,
    };
    let asker = Asker {
        modules,
        settings,
        route,
        view,
    };
    let policies = POLICIES.iter().filter(|named| {
        // Filters and pages are for views that have a queryset.
        let is_generic = matches!(named.policy, Policy::Filters | Policy::Pagination);
        !is_generic || asker.is_generic()
    });
    Some(policies.map(|named| asker.ask(named)).collect())
}

enum View {
    Class(ClassRef),
    Function(FunctionRef),
}

/// The packages whose view classes are known by name alone.
const VIEWS: &[&str] = &[
    "rest_framework.generics.",
    "rest_framework.viewsets.",
    "rest_framework.views.",
];

pub(super) fn is_rest_view(modules: &Modules, class: ClassRef) -> bool {
    any_ancestor(modules, class, |name| {
        !name.ends_with("Mixin") && VIEWS.iter().any(|module| name.starts_with(module))
    })
}

fn any_ancestor(modules: &Modules, class: ClassRef, is_it: impl Fn(&str) -> bool) -> bool {
    let mro = modules.mro(class);
    mro.ancestors.iter().any(|ancestor| match ancestor {
        Ancestor::Class(class) => is_it(&modules.qualified_class(*class)),
        Ancestor::External(name) => is_it(name),
        Ancestor::Unknown => false,
    })
}

fn is_api_view(modules: &Modules, function: FunctionRef) -> bool {
    decorator(modules, function, "api_view").is_some()
}

/// The decorator of a function that the REST framework has under this name, as a call.
fn decorator<'a>(
    modules: &'a Modules,
    function: FunctionRef,
    name: &str,
) -> Option<crate::facts::CallRef<'a>> {
    let declared = modules.function(function);
    let scope = modules.facts(function.module).body(declared.scope);
    declared.decorators.iter().find_map(|&decorator| {
        let call = scope.expr(decorator).as_call()?;
        let dotted = modules.qualified_expr(function.module, call.callee)?;
        let (module, last) = dotted.rsplit_once('.')?;
        (module == "rest_framework.decorators" && last == name).then_some(call)
    })
}

fn is_framework(modules: &Modules, module: ModuleId) -> bool {
    let name = &modules.get(module).name;
    name.starts_with("rest_framework.") || name.starts_with("django.")
}

struct Asker<'a> {
    modules: &'a Modules,
    settings: &'a Settings,
    route: &'a Route,
    view: View,
}

impl<'a> Asker<'a> {
    fn is_generic(&self) -> bool {
        let View::Class(class) = self.view else {
            return false;
        };
        any_ancestor(self.modules, class, |name| {
            let class = name.rsplit('.').next().unwrap_or(name);
            let is_generic_set =
                class.ends_with("ModelViewSet") || class.starts_with("GenericViewSet");
            name.starts_with("rest_framework.generics.")
                || name.starts_with("rest_framework.viewsets.") && is_generic_set
        })
    }

    fn ask(&self, named: &Named) -> Listing {
        let listing = |said_by, choices| Listing {
            policy: named.policy,
            said_by,
            choices,
        };
        let unknown = || vec![Choice::unknown()];
        match self.view {
            View::Function(function) => match decorator(self.modules, function, named.attribute) {
                Some(call) => {
                    let place = ValueRef::of(function.module, call.expr);
                    let choices = match call.positional().next() {
                        Some(list) => vec![self.list(function.module, list)],
                        None => unknown(),
                    };
                    listing(SaidBy::Decorator(place), choices)
                }
                None => self.of_settings(named),
            },
            View::Class(class) => {
                if let Some(method) = self.replaced(class, named) {
                    return listing(SaidBy::Method(method), unknown());
                }
                if let Some((place, choice)) = self.of_actions(class, named) {
                    return listing(SaidBy::Decorator(place), vec![choice]);
                }
                let initkwargs = &self.route.view.initkwargs;
                if initkwargs.iter().any(|kwarg| kwarg.name == named.attribute) {
                    return listing(SaidBy::Route, unknown());
                }
                self.of_class(class, named)
            }
        }
    }

    /// The project's own method that decides instead of the attribute.
    fn replaced(&self, class: ClassRef, named: &Named) -> Option<FunctionRef> {
        let mro = self.modules.mro(class);
        let own = mro
            .classes()
            .filter(|class| !is_framework(self.modules, class.module));
        own.flat_map(|class| named.methods.iter().map(move |method| (class, method)))
            .find_map(|(class, method)| {
                let binding = self.modules.class_body(*class).binding(method)?;
                match binding.kind {
                    BindingKind::Function(function) => Some(FunctionRef {
                        module: class.module,
                        function,
                    }),
                    _ => None,
                }
            })
    }

    /// What `@action(...)` says, where the route leads to one extra action.
    fn of_actions(&self, class: ClassRef, named: &Named) -> Option<(ValueRef, Choice)> {
        let (_, name) = self.route.view.actions.first()?;
        let method = super::handlers::method(self.modules, class, name)?;
        let call = decorator(self.modules, method, "action")?;
        let list = call.keyword(named.attribute)?;
        let place = ValueRef::of(method.module, call.expr);
        Some((place, self.value(method.module, list, named)))
    }

    fn of_class(&self, class: ClassRef, named: &Named) -> Listing {
        let listing = |said_by, choice| Listing {
            policy: named.policy,
            said_by,
            choices: vec![choice],
        };
        for ancestor in &self.modules.mro(class).ancestors {
            match ancestor {
                Ancestor::Class(ancestor) => {
                    let Some(binding) = self.modules.class_body(*ancestor).binding(named.attribute)
                    else {
                        continue;
                    };
                    let BindingKind::Value(value) = binding.kind else {
                        return listing(SaidBy::Class(*ancestor), Choice::unknown());
                    };
                    let value = self.modules.class_body(*ancestor).expr(value);
                    if is_setting(value) {
                        return self.of_settings(named);
                    }
                    let mut choice = self.value(ancestor.module, value, named);
                    choice.is_complete &= !binding.conditional;
                    return listing(SaidBy::Class(*ancestor), choice);
                }
                Ancestor::External(name) => {
                    if VIEWS.iter().any(|module| name.starts_with(module))
                        && !name.ends_with("Mixin")
                    {
                        return self.of_settings(named);
                    }
                    let is_silent = name.starts_with("builtins.")
                        || name.starts_with("django.")
                        || name.starts_with("rest_framework.");
                    if !is_silent {
                        return listing(SaidBy::Unknown, Choice::unknown());
                    }
                }
                Ancestor::Unknown => return listing(SaidBy::Unknown, Choice::unknown()),
            }
        }
        self.of_settings(named)
    }

    /// A list of classes; of pagination the class alone.
    fn value(&self, module: ModuleId, value: ExprRef<'a>, named: &Named) -> Choice {
        if named.policy != Policy::Pagination {
            return self.list(module, value);
        }
        let mut classes = Vec::new();
        if !value.is_none() {
            classes.push(self.class_use(module, value));
        }
        Choice::always(classes, true)
    }

    fn list(&self, module: ModuleId, value: ExprRef<'a>) -> Choice {
        let reader = Reader {
            modules: self.modules,
        };
        let (elements, is_complete) = reader.sequence(module, value);
        let classes = elements
            .into_iter()
            .map(|(module, element)| self.class_use(module, element));
        Choice::always(classes.collect(), is_complete)
    }

    fn class_use(&self, module: ModuleId, value: ExprRef<'a>) -> ClassUse {
        ClassUse {
            what: self.combined(module, value, 16),
            when: Condition::ALWAYS,
            place: Some(ValueRef::of(module, value)),
        }
    }

    fn combined(&self, module: ModuleId, value: ExprRef<'a>, depth: u32) -> Combined {
        let Some(depth) = depth.checked_sub(1) else {
            return Combined::Unknown;
        };
        let at = |id| self.combined(module, value.at(id), depth);
        match value.kind() {
            Expr::Binary(BinaryOp::BitAnd, left, right) => {
                Combined::All(Box::new([at(left), at(right)]))
            }
            Expr::Binary(BinaryOp::BitOr, left, right) => {
                Combined::Any(Box::new([at(left), at(right)]))
            }
            Expr::Unary(UnaryOp::Invert, inner) => Combined::Not(Box::new(at(inner))),
            _ => match self.modules.resolve_expr(module, value) {
                Definition::Value(next) => {
                    self.combined(next.module, self.modules.value(next), depth)
                }
                definition => self.named(&definition),
            },
        }
    }

    fn named(&self, definition: &Definition) -> Combined {
        match definition {
            Definition::Class(class) => {
                Combined::Class(self.modules.qualified_class(*class).into(), Some(*class))
            }
            Definition::External(name) => Combined::Class(name.as_str().into(), None),
            _ => Combined::Unknown,
        }
    }

    /// What `REST_FRAMEWORK` of the production settings says, else the framework's default.
    fn of_settings(&self, named: &Named) -> Listing {
        let listing = |said_by, choices| Listing {
            policy: named.policy,
            said_by,
            choices,
        };
        let Some(production) = self.settings.production() else {
            return listing(SaidBy::Unknown, vec![Choice::unknown()]);
        };
        let value = production.at(&["REST_FRAMEWORK", named.setting]);
        match &value.kind {
            Kind::Unset => listing(
                SaidBy::Default,
                vec![self.default(named, Condition::ALWAYS)],
            ),
            Kind::OneOf(alternatives) => {
                let choices = alternatives.iter().map(|alternative| {
                    self.of_value(named, &alternative.value, alternative.when.clone())
                });
                listing(SaidBy::Setting, choices.collect())
            }
            Kind::Unknown(_) => listing(SaidBy::Unknown, vec![Choice::unknown()]),
            _ => {
                let choice = self.of_value(named, &value, Condition::ALWAYS);
                listing(SaidBy::Setting, vec![choice])
            }
        }
    }

    fn default(&self, named: &Named, when: Condition) -> Choice {
        let classes = named.defaults.iter().map(|dotted| ClassUse {
            what: self.named(&self.modules.lookup(dotted)),
            when: Condition::ALWAYS,
            place: None,
        });
        Choice {
            when,
            classes: classes.collect(),
            is_complete: true,
        }
    }

    fn of_value(&self, named: &Named, value: &Value, when: Condition) -> Choice {
        let of_text = |text: &str, when: Condition| ClassUse {
            what: self.named(&self.modules.lookup(text)),
            when,
            place: None,
        };
        let mut choice = Choice {
            when,
            classes: Vec::new(),
            is_complete: true,
        };
        match (&value.kind, value.items()) {
            (Kind::Unset, _) => return self.default(named, choice.when),
            (Kind::None, _) => {}
            (Kind::Str(text), _) => choice.classes.push(of_text(text, Condition::ALWAYS)),
            (_, Some(items)) => {
                for item in items {
                    match &item.value.kind {
                        Kind::Str(text) | Kind::Reference(text) if !item.many => {
                            choice.classes.push(of_text(text, item.when.clone()));
                        }
                        _ => choice.is_complete = false,
                    }
                }
            }
            _ => choice.is_complete = false,
        }
        choice
    }
}

/// `api_settings.DEFAULT_PERMISSION_CLASSES`
fn is_setting(value: ExprRef<'_>) -> bool {
    value
        .as_attribute()
        .is_some_and(|(owner, _)| owner.as_name() == Some("api_settings"))
}

impl Choice {
    fn unknown() -> Self {
        Self::always(Vec::new(), false)
    }

    fn always(classes: Vec<ClassUse>, is_complete: bool) -> Self {
        Self {
            when: Condition::ALWAYS,
            classes,
            is_complete,
        }
    }
}

impl Listing {
    /// The classes, where there is no doubt about them.
    pub fn certain(&self) -> Option<&[ClassUse]> {
        match self.choices.as_slice() {
            [choice] if choice.is_complete && choice.when.is_always() => Some(&choice.classes),
            _ => None,
        }
    }
}

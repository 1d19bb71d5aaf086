//! What one class body declares: fields, managers, `Meta`, and plain attributes that hide them.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::classes::{Classes, FieldNature, Nature};
use super::construct::{Arguments, Called, through_constructors};
use super::evaluate::{Bare, Evaluator, Scope, only_return};
use super::field::{Field, FieldClass};
use super::kind::FieldKind;
use super::manager::Manager;
use super::packages;
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::facts::{BodyId, BodyRef, CallRef, Expr, ExprId, ExprRef, Run, Stmt};
use crate::modules::{ClassRef, Definition, ModuleId, ValueRef};

/// Factories that call factories end somewhere.
const MAX_FACTORIES: u32 = 4;

/// One class body.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub(super) fields: Vec<Field>,
    pub(super) managers: Vec<Manager>,
    /// Calls of classes that add something to the model in ways of their own.
    pub(super) contributions: Vec<Contribution>,
    /// Every name bound in the body.
    pub(super) names: FxHashSet<Arc<str>>,
    pub(super) has_meta: bool,
}

/// A value of a known package that adds fields or models when the class is made.
#[derive(Clone, Debug)]
pub(super) struct Contribution {
    pub(super) name: Arc<str>,
    /// The dotted name of what is called.
    pub(super) callee: Arc<str>,
    pub(super) value: ValueRef,
}

pub(super) struct Declarer<'c, 'a> {
    pub(super) evaluator: Evaluator<'a>,
    pub(super) classes: &'c Classes<'a>,
}

impl<'a> Declarer<'_, 'a> {
    pub(super) fn class(&self, class: ClassRef) -> Declarations {
        let mut declarations = Declarations::default();
        let body = self.evaluator.modules.class_body(class);
        self.block(class, body, body.body().top, &mut declarations);
        declarations
    }

    fn block(&self, class: ClassRef, body: BodyRef<'a>, run: Run, into: &mut Declarations) {
        let facts = body.facts;
        for statement in body.block(run) {
            match statement.kind() {
                Stmt::Class(nested) => {
                    let name = facts.text(facts.class(nested).name);
                    into.has_meta |= name == "Meta";
                    into.bind(name);
                }
                Stmt::Function(function) => {
                    into.bind(facts.text(facts.function(function).name));
                }
                Stmt::Assign { targets, value } => {
                    let value = body.expr(value);
                    for target in body.list(targets) {
                        self.assign(class, target, value, into);
                    }
                }
                Stmt::Annotated {
                    target,
                    value: Some(value),
                    ..
                } => self.assign(class, body.expr(target), body.expr(value), into),
                Stmt::Import { first, count } => {
                    for index in first.index()..first.index() + count as usize {
                        into.bind(facts.text(facts.imports[index].binds));
                    }
                }
                Stmt::If {
                    test,
                    body: then,
                    orelse,
                } => {
                    let truth = self.evaluator.value(class.module, body.expr(test)).truth();
                    if truth != Some(false) {
                        self.block(class, body, then, into);
                    }
                    if truth != Some(true) {
                        self.block(class, body, orelse, into);
                    }
                }
                Stmt::With { body: block, .. } | Stmt::For { body: block, .. } => {
                    self.block(class, body, block, into);
                }
                Stmt::Try(index) => {
                    let attempt = body.body().tries[index as usize];
                    self.block(class, body, attempt.body, into);
                }
                _ => {}
            }
        }
    }

    fn assign(
        &self,
        class: ClassRef,
        target: ExprRef<'a>,
        value: ExprRef<'a>,
        into: &mut Declarations,
    ) {
        let Some(name) = target.as_name() else {
            return;
        };
        into.has_meta |= name == "Meta";
        into.bind(name);
        self.value(class, name, class.module, value.body.id, value.id, into);
    }

    /// Adds what an expression makes of the attribute `name`, if anything.
    pub(super) fn value(
        &self,
        class: ClassRef,
        name: &str,
        module: ModuleId,
        body: BodyId,
        expr: ExprId,
        into: &mut Declarations,
    ) {
        let value = self.evaluator.modules.facts(module).body(body).expr(expr);
        if value.as_call().is_none() {
            return;
        }
        match self.made(class, name, module, value, &Bare, MAX_FACTORIES) {
            Some(Made::Field(field)) => into.fields.push(field),
            Some(Made::Manager(manager)) => into.managers.push(manager),
            Some(Made::Contribution(contribution)) => into.contributions.push(contribution),
            None => {}
        }
    }

    /// What a call makes of the attribute `name`.
    fn made(
        &self,
        class: ClassRef,
        name: &str,
        module: ModuleId,
        value: ExprRef<'a>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Option<Made> {
        let call = value.as_call()?;
        let place = ValueRef::of(module, value);
        if let Some(manager) = self.made_manager(name, module, call, place) {
            return Some(Made::Manager(manager));
        }
        let modules = self.evaluator.modules;
        // `models.ForeignKey["Order", "Order"](...)`: types for checkers.
        let class_called = match call.callee.kind() {
            Expr::Subscript(class, _) => call.callee.at(class),
            _ => call.callee,
        };
        let callee = modules.resolve_expr(module, class_called);
        match &callee {
            Definition::Function(function) => {
                let depth = depth.checked_sub(1)?;
                let returned = only_return(modules, *function);
                let made = returned.and_then(|returned| {
                    let arguments = Arguments::of_call(self.evaluator, module, call, scope);
                    let scope = Called::of(self.evaluator, *function, arguments);
                    self.made(class, name, function.module, returned, &scope, depth)
                });
                if let Some(Made::Field(_) | Made::Manager(_)) = made {
                    return made;
                }
                // A manager of a class that is made around what another function makes.
                let own = returned.and_then(ExprRef::as_call).and_then(|returned| {
                    callee_class(&modules.resolve_expr(function.module, returned.callee))
                });
                match unfollowed_manager(name, call, place) {
                    Some(Made::Manager(manager)) => Some(Made::Manager(Manager {
                        manager_class: own,
                        ..manager
                    })),
                    _ => made,
                }
            }
            Definition::Value(maker) => self
                .by_value(class, name, call, *maker, depth)
                .or_else(|| unfollowed_manager(name, call, place)),
            _ => match self.classes.of_definition(&callee) {
                Nature::Field(nature) => {
                    let arguments = Arguments::of_call(self.evaluator, module, call, scope);
                    let field = self.field(Some(class), name, &nature, arguments, Some(place));
                    Some(Made::Field(field))
                }
                Nature::Manager => Some(Made::Manager(Manager {
                    name: name.into(),
                    class: modules
                        .qualified(&callee)
                        .map(|class| match class.as_str() {
                            "django.db.models.Manager" => "django.db.models.manager.Manager".into(),
                            _ => class.into(),
                        }),
                    manager_class: callee_class(&callee),
                    queryset: callee_class(&callee).and_then(|class| self.queryset_of(class)),
                    value: Some(place),
                })),
                nature @ (Nature::Other | Nature::Unknown) => {
                    // A class whose bases are all known is what they are, whatever its name.
                    let unfollowed = matches!(nature, Nature::Unknown)
                        .then(|| unfollowed_manager(name, call, place))
                        .flatten();
                    unfollowed.or_else(|| {
                        Some(Made::Contribution(Contribution {
                            name: name.into(),
                            callee: modules.qualified(&callee)?.into(),
                            value: place,
                        }))
                    })
                }
                Nature::ModelBase | Nature::Model | Nature::QuerySet => None,
            },
        }
    }

    /// The queryset class of `class OrderManager(Manager.from_queryset(OrderQuerySet))`, or of a base
    /// made so.
    fn queryset_of(&self, manager: ClassRef) -> Option<ClassRef> {
        let modules = self.evaluator.modules;
        let mro = modules.mro(manager);
        mro.classes().find_map(|class| {
            let declared = modules.class(*class);
            let scope = modules.facts(class.module).body(declared.scope);
            declared.bases.iter().find_map(|base| {
                let call = scope.expr(base.value).as_call()?;
                let (_, "from_queryset") = call.callee.as_attribute()? else {
                    return None;
                };
                let queryset = call.argument(0, "queryset_class")?;
                callee_class(&modules.resolve_expr(class.module, queryset))
            })
        })
    }

    /// `objects = ManagerFromQuerySet()` and `name = partial_field()`.
    fn by_value(
        &self,
        class: ClassRef,
        name: &str,
        call: CallRef<'a>,
        maker: ValueRef,
        depth: u32,
    ) -> Option<Made> {
        let modules = self.evaluator.modules;
        let maker_expr = modules.value(maker);
        let maker_call = maker_expr.as_call()?;
        if let Some(manager) = self.made_manager(name, maker.module, maker_call, maker) {
            return Some(Made::Manager(manager));
        }
        depth.checked_sub(1)?;
        let callee = modules.qualified_expr(maker.module, maker_call.callee)?;
        if callee != "functools.partial" {
            return None;
        }
        let made = maker_call.positional().next()?;
        let definition = modules.resolve_expr(maker.module, made);
        let Nature::Field(nature) = self.classes.of_definition(&definition) else {
            return None;
        };
        let mut arguments = Arguments::of_call(self.evaluator, maker.module, maker_call, &Bare);
        arguments.positional.remove(0);
        let later = Arguments::of_call(self.evaluator, class.module, call, &Bare);
        arguments.positional.extend(later.positional);
        for (key, value) in later.keywords {
            arguments.set(&key, value);
        }
        arguments.open |= later.open;
        let place = ValueRef::of(class.module, call.expr);
        Some(Made::Field(self.field(
            Some(class),
            name,
            &nature,
            arguments,
            Some(place),
        )))
    }

    /// `QuerySet.as_manager()`, `Manager.from_queryset(QuerySet)`, and the latter called.
    fn made_manager(
        &self,
        name: &str,
        module: ModuleId,
        call: CallRef<'a>,
        place: ValueRef,
    ) -> Option<Manager> {
        let modules = self.evaluator.modules;
        if let Expr::Call(..) = call.callee.kind() {
            return self.made_manager(name, module, call.callee.as_call()?, place);
        }
        let (owner, method) = call.callee.as_attribute()?;
        let named = |class: &str| Arc::from(format!("django.db.models.manager.{class}"));
        match method {
            "as_manager" => {
                let queryset = modules.resolve_expr(module, owner);
                let queryset_name = modules.qualified(&queryset)?;
                let class = queryset_name.rsplit('.').next()?;
                let own = callee_class(&queryset).and_then(|class| self.own_as_manager(class));
                let (made, manager_class) = match own {
                    None => (Some(named(&format!("ManagerFrom{class}"))), None),
                    Some(None) => (None, None),
                    Some(Some(base)) => {
                        let name = modules.class_name(base);
                        (Some(named(&format!("{name}From{class}"))), Some(base))
                    }
                };
                Some(Manager {
                    name: name.into(),
                    class: made,
                    manager_class,
                    queryset: callee_class(&queryset),
                    value: Some(place),
                })
            }
            "from_queryset" => {
                let base = modules.resolve_expr(module, owner);
                let queryset = modules.resolve_expr(module, call.argument(0, "queryset_class")?);
                let base_name = modules.qualified(&base)?;
                let queryset_name = modules.qualified(&queryset)?;
                let given = call
                    .argument(1, "class_name")
                    .and_then(|given| given.as_str());
                let class = given.map_or_else(
                    || {
                        let last = |dotted: &str| dotted.rsplit('.').next().map(str::to_owned);
                        Some(format!(
                            "{}From{}",
                            last(&base_name)?,
                            last(&queryset_name)?
                        ))
                    },
                    |given| Some(given.to_owned()),
                )?;
                Some(Manager {
                    name: name.into(),
                    class: Some(named(&class)),
                    manager_class: callee_class(&base),
                    queryset: callee_class(&queryset),
                    value: Some(place),
                })
            }
            _ => None,
        }
    }

    /// The manager class that a queryset's own `as_manager` combines it with: the inner `None` where
    /// that is not followed, the outer one where `as_manager` is Django's.
    #[expect(
        clippy::option_option,
        reason = "no such method differs from one not understood"
    )]
    fn own_as_manager(&self, queryset: ClassRef) -> Option<Option<ClassRef>> {
        let modules = self.evaluator.modules;
        let mro = modules.mro(queryset);
        let owner = mro
            .classes()
            .find(|class| modules.class_body(**class).binding("as_manager").is_some())?;
        if modules.get(owner.module).name.starts_with("django.") {
            return None;
        }
        // `as_manager = classmethod(as_manager)` hides the function that it is made from.
        let facts = modules.facts(owner.module);
        let bindings = &modules.class_body(*owner).body().bindings;
        let function = bindings
            .iter()
            .rev()
            .find_map(|binding| match binding.kind {
                BindingKind::Function(function) if facts.text(binding.name) == "as_manager" => {
                    Some(function)
                }
                _ => None,
            });
        let combined = function.and_then(|function| {
            let body = facts.body(facts.function(function).body);
            body.exprs().find_map(|expr| {
                let (base, "from_queryset") = expr.as_call()?.callee.as_attribute()? else {
                    return None;
                };
                callee_class(&modules.resolve_expr(owner.module, base))
            })
        });
        Some(combined)
    }

    /// A field of this nature, its arguments followed down to Django's own class.
    pub(super) fn field(
        &self,
        class: Option<ClassRef>,
        name: &str,
        nature: &FieldNature,
        arguments: Arguments,
        value: Option<ValueRef>,
    ) -> Field {
        let modules = self.evaluator.modules;
        let sort_column = packages::sort_column(modules, &nature.constructors, &arguments);
        let mut arguments = through_constructors(self.evaluator, &nature.constructors, arguments);
        arguments.name_positional(nature.parameters);
        if let Some(column) = sort_column {
            arguments.set(packages::SORT_COLUMN, column);
        }
        let mut class_of_field = Arc::clone(&nature.class);
        if nature.kind == FieldKind::Generated
            && let Some(internal_type) = self.output_type(&arguments)
        {
            class_of_field = Arc::new(FieldClass {
                internal_type: Some(internal_type),
                ..(*class_of_field).clone()
            });
        }
        packages::adjust(&class_of_field, &mut arguments);
        let given = arguments.get("name").and_then(Constant::as_str);
        Field {
            name: given.unwrap_or(name).into(),
            kind: nature.kind,
            class: class_of_field,
            value,
            declared_in: class,
            arguments: Arc::new(arguments),
            is_automatic: false,
            relation: None,
        }
    }

    /// What a generated field stores: the type of its `output_field`.
    fn output_type(&self, arguments: &Arguments) -> Option<Arc<str>> {
        let Some(Constant::Some(value)) = arguments.get("output_field") else {
            return None;
        };
        let call = self.evaluator.modules.value(*value).as_call()?;
        let callee = self
            .evaluator
            .modules
            .resolve_expr(value.module, call.callee);
        match self.classes.of_definition(&callee) {
            Nature::Field(nature) => nature.class.internal_type.clone(),
            _ => None,
        }
    }
}

enum Made {
    Field(Field),
    Manager(Manager),
    Contribution(Contribution),
}

/// A manager by the name of what makes it, where that is not followed.
fn unfollowed_manager(name: &str, call: CallRef<'_>, place: ValueRef) -> Option<Made> {
    let callee = call.callee.dotted()?;
    if !callee.ends_with("Manager") {
        return None;
    }
    Some(Made::Manager(Manager {
        name: name.into(),
        class: None,
        manager_class: None,
        queryset: None,
        value: Some(place),
    }))
}

fn callee_class(definition: &Definition) -> Option<ClassRef> {
    match definition {
        Definition::Class(class) => Some(*class),
        _ => None,
    }
}

impl Declarations {
    /// A later binding of a name hides an earlier one.
    fn bind(&mut self, name: &str) {
        if !self.names.insert(name.into()) {
            self.fields.retain(|field| &*field.name != name);
            self.managers.retain(|manager| &*manager.name != name);
            self.contributions.retain(|other| &*other.name != name);
        }
    }
}

//! From an expression to its exact value.

use std::sync::Arc;

use super::algebra::{Choice, binary, condition, is_choices, is_expression, library, unary};
use super::value::{Made, Value};
use crate::apps::Configured;
use crate::constant::Constant;
use crate::facts::ir::{BindingKind, Owner};
use crate::facts::{BodyId, CallRef, Expr, ExprRef, Stmt};
use crate::models::{Evaluator, KEEPING, is_changed_in_blocks};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// Names lead to names, displays hold displays; deeper than this nothing is followed.
const MAX_DEPTH: u32 = 24;

/// Works exact values out.
#[derive(Clone, Copy)]
pub(super) struct Exact<'a> {
    pub(super) modules: &'a Modules,
    pub(super) settings: &'a Configured,
}

impl<'a> Exact<'a> {
    pub(super) fn value(self, module: ModuleId, expr: ExprRef<'a>) -> Value {
        self.within(module, expr, MAX_DEPTH)
    }

    /// The value of what the evaluator of models gave: exact where it kept the place.
    pub(super) fn of_constant(self, constant: &Constant) -> Value {
        match constant {
            Constant::Some(place) => self.value(place.module, self.modules.value(*place)),
            Constant::Class(class) => self.class(*class),
            Constant::Function(function) if self.is_computed(*function) => Value::Unknown,
            Constant::Function(function) => self.function(*function),
            Constant::External(name) => external(name),
            Constant::List(items) => {
                Value::Items(items.iter().map(|item| self.of_constant(item)).collect())
            }
            other => Value::of_constant(other),
        }
    }

    /// Which of Django's constraints a class of the project derives from: constraints are equal
    /// whichever of the two makes them.
    pub(super) fn constraint(self, class: &str) -> Option<Arc<str>> {
        const CONSTRAINTS: &[&str] =
            &["CheckConstraint", "ExclusionConstraint", "UniqueConstraint"];
        if class.starts_with("django.") {
            return None;
        }
        let Definition::Class(class) = self.modules.lookup(class) else {
            return None;
        };
        let mut kinds = CONSTRAINTS.iter();
        let kind = kinds.find(|kind| self.modules.inherits_by_name(class, &[**kind]))?;
        Some(match *kind {
            "ExclusionConstraint" => "django.contrib.postgres.ExclusionConstraint".into(),
            kind => format!("django.db.models.{kind}").into(),
        })
    }

    /// The choices that a class stands for (Django 5.0): those of an enumeration.
    pub(super) fn choices_of(self, class: ClassRef) -> Value {
        let members = match self.is_enumeration(class) {
            true => self.members(class, MAX_DEPTH),
            false => None,
        };
        members.map_or(Value::Unknown, |members| {
            Value::List(members.iter().map(Member::pair).collect())
        })
    }

    fn class(self, class: ClassRef) -> Value {
        Value::Object(canonical(&self.modules.qualified_class(class)))
    }

    fn function(self, function: FunctionRef) -> Value {
        Value::Object(canonical(&self.modules.qualified_function(function)))
    }

    /// Whether a function of a class gives way to what a decorator makes of it, such as `classproperty`.
    fn is_computed(self, function: FunctionRef) -> bool {
        const KEEPERS: &[&str] = &["builtins.classmethod", "builtins.staticmethod"];
        let modules = self.modules;
        let declared = modules.function(function);
        let scope = modules.facts(function.module).body(declared.scope);
        let mut decorators = declared.decorators.iter().map(|it| scope.expr(*it));
        matches!(scope.owner(), Owner::Class(_))
            && decorators.any(|decorator| {
                let name = modules.qualified_expr(function.module, decorator);
                name.is_none_or(|name| !KEEPERS.contains(&name.as_str()))
            })
    }

    fn within(self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Value {
        let Some(depth) = depth.checked_sub(1) else {
            return Value::Unknown;
        };
        match expr.kind() {
            Expr::List(run) => Value::List(self.items(module, expr.body.list(run), depth)),
            Expr::Tuple(run) => Value::Tuple(self.items(module, expr.body.list(run), depth)),
            Expr::Set(run) => Value::Set(self.items(module, expr.body.list(run), depth)),
            Expr::Dict(_) => self.dict(module, expr, depth),
            Expr::Name(_) | Expr::Attribute(..) => self.named(module, expr, depth),
            Expr::Subscript(owner, key) => {
                self.subscript(module, expr.at(owner), expr.at(key), depth)
            }
            Expr::Unary(op, operand) => {
                let operand = self.within(module, expr.at(operand), depth);
                unary(op, &operand)
            }
            Expr::Binary(op, left, right) => {
                let left = self.within(module, expr.at(left), depth);
                let right = self.within(module, expr.at(right), depth);
                match binary(op, &left, &right) {
                    Value::Unknown => self.plain(module, expr),
                    value => value,
                }
            }
            Expr::Call(..) => expr
                .as_call()
                .map_or(Value::Unknown, |call| self.call(module, call, depth)),
            Expr::Bytes(text) => Value::Bytes(expr.facts().text(text).into()),
            Expr::Lambda(_) => Value::Lambda(ValueRef::of(module, expr)),
            _ => self.plain(module, expr),
        }
    }

    /// What needs no more than the evaluator of models knows.
    fn plain(self, module: ModuleId, expr: ExprRef<'a>) -> Value {
        let evaluator = Evaluator {
            modules: self.modules,
            settings: self.settings,
        };
        match evaluator.value(module, expr) {
            // Its place is the one that was asked about.
            Constant::Some(place) if place == ValueRef::of(module, expr) => Value::Unknown,
            constant => self.of_constant(&constant),
        }
    }

    fn items(
        self,
        module: ModuleId,
        items: impl Iterator<Item = ExprRef<'a>>,
        depth: u32,
    ) -> Arc<[Value]> {
        let mut values = Vec::new();
        for item in items {
            match item.kind() {
                Expr::Starred(inner) => {
                    let inner = self.within(module, item.at(inner), depth);
                    match inner.elements() {
                        Some(elements) => values.extend_from_slice(elements),
                        None => values.push(Value::Unknown),
                    }
                }
                _ => values.push(self.within(module, item, depth)),
            }
        }
        values.into()
    }

    fn dict(self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Value {
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let mut set = |key: Value, value: Value| {
            entries.retain(|(known, _)| key.same(known) != Some(true));
            entries.push((key, value));
        };
        for (key, value) in expr.items().into_iter().flatten() {
            let value = self.within(module, value, depth);
            match (key, value) {
                (None, Value::Dict(inner)) => {
                    for (key, value) in inner.iter() {
                        set(key.clone(), value.clone());
                    }
                }
                (None, _) => return Value::Unknown,
                (Some(key), value) => set(self.within(module, key, depth), value),
            }
        }
        Value::Dict(entries.into())
    }

    fn named(self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Value {
        if let Some((owner, name)) = expr.as_attribute() {
            // A setting is what it holds, never the name that it is asked by.
            if self.modules.is_settings(module, owner) {
                return self.plain(module, expr);
            }
            let member = self.of_member(module, owner, name, depth);
            if let Some(value) = member.or_else(|| self.of_choices(module, owner, name, depth)) {
                return value;
            }
        }
        match self.modules.resolve_expr(module, expr) {
            Definition::Class(class) => self.class(class),
            Definition::Function(function) if self.is_computed(function) => Value::Unknown,
            Definition::Function(function) => self.function(function),
            Definition::External(name) => external(&name),
            Definition::Value(value) => match self.enumeration_of(value) {
                // Within the class a name still is what was assigned: members come with the class.
                Some(_) if value.module == module && value.body == expr.body.id => {
                    self.within(module, self.modules.value(value), depth)
                }
                Some(class) => self.member(class, value, depth),
                None => {
                    let name = expr.last_name().unwrap_or_default();
                    let begun = self.within(value.module, self.modules.value(value), depth);
                    self.changed_later(value, name, begun, depth)
                }
            },
            Definition::Module(_) => Value::Unknown,
            Definition::Unknown => match self.added_to(module, expr, depth) {
                Some(value) => value,
                None => self.plain(module, expr),
            },
        }
    }

    /// A list of the module that `+=` adds to.
    fn added_to(self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Option<Value> {
        let name = expr.as_name()?;
        let body = self.modules.facts(module).module();
        let mut bindings = body.body().bindings.iter();
        let first = bindings.find(|binding| body.facts.text(binding.name) == name)?;
        let BindingKind::Value(value) = first.kind else {
            return None;
        };
        let value = body.expr(value);
        let begun = self.within(module, value, depth);
        Some(self.changed_later(ValueRef::of(module, value), name, begun, depth))
    }

    /// A list of a module with what later statements of the module add to it; not known where they do it in
    /// a loop or under a condition.
    fn changed_later(self, value: ValueRef, name: &str, begun: Value, depth: u32) -> Value {
        let body = self.modules.facts(value.module).body(value.body);
        if body.id != BodyId::MODULE {
            return begun;
        }
        let may_change = begun.elements().is_some() || matches!(begun, Value::Dict(_));
        if may_change && is_changed_in_blocks(body, name) {
            return Value::Unknown;
        }
        if !matches!(begun, Value::List(_) | Value::Dict(_)) {
            return begun;
        }
        let mut changed = begun;
        for statement in body.statements() {
            let added = match statement.kind() {
                Stmt::Augmented {
                    op,
                    target,
                    value: more,
                } if body.expr(target).as_name() == Some(name) => {
                    let more = self.within(value.module, body.expr(more), depth);
                    binary(op, &changed, &more)
                }
                Stmt::Expr(expr) => {
                    let call = body.expr(expr).as_call();
                    let method = call.and_then(|call| {
                        let (owner, method) = call.callee.as_attribute()?;
                        (owner.as_name() == Some(name)).then_some((call, method))
                    });
                    let Some((call, method)) = method else {
                        continue;
                    };
                    let given = call.positional().next();
                    let given = given.map(|given| self.within(value.module, given, depth));
                    match (method, given, &changed) {
                        ("append", Some(item), Value::List(items)) => {
                            Value::List(items.iter().cloned().chain([item]).collect())
                        }
                        ("extend", Some(more), Value::List(items)) => match more.elements() {
                            Some(more) => Value::List(items.iter().chain(more).cloned().collect()),
                            None => Value::Unknown,
                        },
                        (method, ..) if KEEPING.contains(&method) => continue,
                        _ => Value::Unknown,
                    }
                }
                _ => continue,
            };
            changed = added;
        }
        changed
    }

    /// `Status.choices`, `Status.values`, and `value`, `label` and `name` of a member.
    fn of_member(
        self,
        module: ModuleId,
        owner: ExprRef<'a>,
        name: &str,
        depth: u32,
    ) -> Option<Value> {
        if !matches!(
            name,
            "choices" | "values" | "labels" | "names" | "value" | "label" | "name"
        ) {
            return None;
        }
        match self.modules.resolve_expr(module, owner) {
            Definition::Class(class) if self.is_enumeration(class) => {
                let members = self.members(class, depth)?;
                let list = |pick: &dyn Fn(&Member) -> Value| {
                    Value::List(members.iter().map(pick).collect())
                };
                Some(match name {
                    "choices" => list(&Member::pair),
                    "values" => list(&|member| member.value.clone()),
                    "labels" => list(&|member| member.label.clone()),
                    "names" => list(&|member| Value::Str(Arc::clone(&member.name))),
                    _ => return None,
                })
            }
            Definition::Value(place) => {
                let class = self.enumeration_of(place)?;
                let member = self.member_at(class, place, depth)?;
                Some(match name {
                    "value" => member.value,
                    "label" => member.label,
                    "name" => Value::Str(member.name),
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// `STATUS.draft`, where that is one of the `Choices` of `model_utils`.
    fn of_choices(
        self,
        module: ModuleId,
        owner: ExprRef<'a>,
        name: &str,
        depth: u32,
    ) -> Option<Value> {
        let Definition::Value(place) = self.modules.resolve_expr(module, owner) else {
            return None;
        };
        let call = self.modules.value(place).as_call()?;
        let callee = self.modules.resolve_expr(place.module, call.callee);
        self.modules
            .qualified(&callee)
            .filter(|class| is_choices(class))?;
        let arguments = self.items(place.module, call.positional(), depth);
        let mut choices = arguments.iter().filter_map(Choice::of);
        let chosen = choices.find(|choice| choice.name.as_str() == Some(name))?;
        Some(chosen.value.clone())
    }

    /// `Status["DRAFT"]` and `mapping["key"]`.
    fn subscript(
        self,
        module: ModuleId,
        owner: ExprRef<'a>,
        key: ExprRef<'a>,
        depth: u32,
    ) -> Value {
        let key = self.within(module, key, depth);
        if let Definition::Class(class) = self.modules.resolve_expr(module, owner)
            && let Some(name) = key.as_str()
            && let Definition::Value(place) = self.modules.class_member(class, name)
            && self.is_enumeration(class)
        {
            return self.member(class, place, depth);
        }
        let owner = self.within(module, owner, depth);
        match (&owner, &key) {
            (Value::Dict(entries), _) => {
                let mut entries = entries.iter();
                let found = entries.find(|(known, _)| known.same(&key) == Some(true));
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            (_, Value::Int(index)) => owner
                .elements()
                .and_then(|items| items.get(usize::try_from(*index).ok()?))
                .cloned()
                .unwrap_or(Value::Unknown),
            _ => Value::Unknown,
        }
    }

    /// The class that a value is a member of, where that is an enumeration.
    fn enumeration_of(self, value: ValueRef) -> Option<ClassRef> {
        let body = self.modules.facts(value.module).body(value.body);
        let Owner::Class(class) = body.owner() else {
            return None;
        };
        let class = ClassRef {
            module: value.module,
            class,
        };
        self.is_enumeration(class).then_some(class)
    }

    fn is_enumeration(self, class: ClassRef) -> bool {
        const ENUMERATIONS: &[&str] = &["Choices", "Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"];
        self.has_labels(class) || self.is_of_package(class, ENUMERATIONS)
    }

    /// Whether it is one of Django's, whose members have labels.
    fn has_labels(self, class: ClassRef) -> bool {
        const LABELLED: &[&str] = &["Choices", "IntegerChoices", "TextChoices"];
        self.is_of_package(class, LABELLED)
    }

    /// Whether a class derives from one with one of these names that a package or Python itself brings:
    /// a project's own `Choices` may be any class.
    fn is_of_package(self, class: ClassRef, names: &[&str]) -> bool {
        let mro = self.modules.mro(class);
        let mut ancestors = mro.ancestors.iter().filter(|ancestor| match ancestor {
            Ancestor::Class(class) => !self.modules.is_repository(class.module),
            Ancestor::External(_) => true,
            Ancestor::Unknown => false,
        });
        ancestors.any(|ancestor| {
            let name = self.modules.ancestor_name(ancestor);
            name.is_some_and(|name| names.contains(&name))
        })
    }

    /// What a member of an enumeration is to a migration: text and numbers are what they hold.
    fn member(self, class: ClassRef, place: ValueRef, depth: u32) -> Value {
        const PLAIN: &[&str] = &[
            "IntEnum",
            "IntFlag",
            "IntegerChoices",
            "StrEnum",
            "TextChoices",
            "int",
            "str",
        ];
        let Some(member) = self.member_at(class, place, depth) else {
            return Value::Unknown;
        };
        if self.modules.inherits_by_name(class, PLAIN) {
            return member.value;
        }
        let class = self.modules.qualified_class(class);
        Value::Object(format!("{class}.{}", member.name).into())
    }

    /// The members of an enumeration in their order; `None` where some are not understood.
    fn members(self, class: ClassRef, depth: u32) -> Option<Vec<Member>> {
        let depth = depth.checked_sub(1)?;
        let has_labels = self.has_labels(class);
        let mut members = Vec::new();
        for (name, expr) in self.assigned(class)? {
            let written = self.within(class.module, expr, depth);
            if name == "__empty__" {
                members.insert(0, Member::none(written));
            } else if matches!(written, Value::Unknown) {
                return None;
            } else {
                members.push(Member::new(name, written, has_labels));
            }
        }
        Some(members)
    }

    /// One member of an enumeration. The others are not worked out: they may be made of those of
    /// further enumerations.
    fn member_at(self, class: ClassRef, place: ValueRef, depth: u32) -> Option<Member> {
        let depth = depth.checked_sub(1)?;
        let mut assigned = self.assigned(class)?.into_iter();
        let (name, expr) = assigned.find(|(name, expr)| {
            *name != "__empty__" && ValueRef::of(class.module, *expr) == place
        })?;
        let written = self.within(class.module, expr, depth);
        (!matches!(written, Value::Unknown))
            .then(|| Member::new(name, written, self.has_labels(class)))
    }

    /// What the body of an enumeration gives names to; `None` where its members may be others.
    fn assigned(self, class: ClassRef) -> Option<Vec<(&'a str, ExprRef<'a>)>> {
        let body = self.modules.class_body(class);
        let mut assigned = Vec::new();
        for binding in &body.body().bindings {
            let name = body.facts.text(binding.name);
            match (name, binding.kind) {
                ("__new__" | "_ignore_" | "_generate_next_value_", _) => return None,
                // The label of having none.
                ("__empty__", BindingKind::Value(expr)) => assigned.push((name, body.expr(expr))),
                (name, _) if name.starts_with("__") => {}
                (_, BindingKind::Value(expr)) => assigned.push((name, body.expr(expr))),
                (_, BindingKind::Function(_) | BindingKind::Class(_)) => {}
                (_, BindingKind::Import(_) | BindingKind::Other(_)) => return None,
            }
        }
        Some(assigned)
    }

    fn call(self, module: ModuleId, call: CallRef<'a>, depth: u32) -> Value {
        let definition = self.modules.resolve_expr(module, call.callee);
        let callee = self
            .modules
            .qualified(&definition)
            .or_else(|| crate::models::lazily_translated(self.modules, &definition));
        let Some(callee) = callee else {
            return self.method(module, call, depth);
        };
        match callee.as_str() {
            "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset" => {
                let items = match call.positional().next() {
                    None => [].into(),
                    Some(given) => match self.within(module, given, depth).elements() {
                        Some(items) => items.into(),
                        None => return Value::Unknown,
                    },
                };
                match callee.as_str() {
                    "builtins.list" => Value::List(items),
                    "builtins.tuple" => Value::Tuple(items),
                    _ => Value::Set(items),
                }
            }
            "builtins.dict" | "builtins.str" | "builtins.int" | "builtins.bool"
            | "builtins.sorted" => self.plain(module, call.expr),
            name if name.starts_with("django.utils.translation.") => {
                match crate::models::translated(name)
                    .and_then(|position| call.positional().nth(position))
                {
                    Some(message) => self.within(module, message, depth),
                    None => Value::Unknown,
                }
            }
            // Functions that only wrap what they are given.
            "django.db.models.SET"
            | "django.db.models.deletion.SET"
            | "django.utils.regex_helper._lazy_re_compile" => {
                self.made(module, &callee, call, depth)
            }
            _ => match definition {
                // What a setting comes to, only its settings know.
                Definition::External(name) if name.starts_with("django.conf.settings") => {
                    Value::Unknown
                }
                Definition::Class(_) | Definition::External(_) => {
                    self.made(module, &callee, call, depth)
                }
                Definition::Function(function) => self.returned(module, function, call, depth),
                _ => self.plain(module, call.expr),
            },
        }
    }

    /// A call of a function: what it returns where that is all it does.
    fn returned(
        self,
        module: ModuleId,
        function: FunctionRef,
        call: CallRef<'a>,
        depth: u32,
    ) -> Value {
        let returned = call.arguments().is_empty().then(|| {
            let value = crate::models::only_return(self.modules, function)?;
            Some(self.within(function.module, value, depth))
        });
        match returned.flatten() {
            Some(Value::Unknown) | None => self.plain(module, call.expr),
            Some(value) => value,
        }
    }

    fn made(self, module: ModuleId, class: &str, call: CallRef<'a>, depth: u32) -> Value {
        let mut arguments = Vec::new();
        let mut keywords: Vec<(Arc<str>, Value)> = Vec::new();
        for argument in call.arguments() {
            let value = call.expr.at(argument.value);
            match (argument.keyword, value.kind()) {
                (Some(name), _) => keywords.push((
                    value.facts().text(name).into(),
                    self.within(module, value, depth),
                )),
                (None, Expr::Starred(inner)) => {
                    match self.within(module, value.at(inner), depth).elements() {
                        Some(items) => arguments.extend_from_slice(items),
                        None => return Value::Unknown,
                    }
                }
                (None, Expr::DoubleStarred(inner)) => {
                    let Value::Dict(entries) = self.within(module, value.at(inner), depth) else {
                        return Value::Unknown;
                    };
                    for (key, value) in entries.iter() {
                        let Some(key) = key.as_str() else {
                            return Value::Unknown;
                        };
                        keywords.push((key.into(), value.clone()));
                    }
                }
                (None, _) => arguments.push(self.within(module, value, depth)),
            }
        }
        let class = canonical(class);
        if &*class == "django.db.models.Q" {
            return condition(arguments, keywords);
        }
        library(Made {
            class,
            arguments,
            keywords,
        })
    }

    /// `F("rank").desc()`, `"{}_x".format(..)` and what else is called on a value.
    fn method(self, module: ModuleId, call: CallRef<'a>, depth: u32) -> Value {
        let ordered = call.callee.as_attribute().and_then(|(owner, name)| {
            if !matches!(name, "asc" | "desc") {
                return None;
            }
            let owner = self.within(module, owner, depth);
            if !is_expression(&owner) {
                return None;
            }
            let mut keywords: Vec<(Arc<str>, Value)> = call
                .keywords()
                .map(|(name, value)| (name.into(), self.within(module, value, depth)))
                .collect();
            if name == "desc" {
                keywords.push(("descending".into(), Value::Bool(true)));
            }
            Some(Value::Made(Arc::new(Made {
                class: "django.db.models.OrderBy".into(),
                arguments: vec![owner],
                keywords,
            })))
        });
        ordered.unwrap_or_else(|| self.plain(module, call.expr))
    }
}

/// Validators of Django that are objects of its classes. What they are made of is not the same in all
/// releases (`django/core/validators.py` of 4.2 to 6.0).
const MADE_VALIDATORS: &[&str] = &[
    "integer_validator",
    "validate_comma_separated_integer_list",
    "validate_domain_name",
    "validate_email",
    "validate_slug",
    "validate_unicode_slug",
];

fn is_made_validator(dotted: &str) -> bool {
    let name = dotted.strip_prefix("django.core.validators.");
    name.is_some_and(|name| MADE_VALIDATORS.contains(&name))
}

/// What a name of a package stands for. An operator of ranges is the text that it is.
fn external(dotted: &str) -> Value {
    // What Django's defaults hold is another thing in each release.
    if is_made_validator(dotted)
        || dotted.starts_with("django.conf.global_settings.")
        || is_foreign_constant(dotted)
    {
        return Value::Unknown;
    }
    let operator = match dotted.strip_prefix("django.contrib.postgres.fields.") {
        Some(rest) => rest
            .trim_start_matches("ranges.")
            .strip_prefix("RangeOperators."),
        None => None,
    };
    // `RangeOperators` of Django 4.2 to 6.1.
    Value::text(match operator {
        Some("EQUAL") => "=",
        Some("NOT_EQUAL") => "<>",
        Some("CONTAINS") => "@>",
        Some("CONTAINED_BY") => "<@",
        Some("OVERLAPS") => "&&",
        Some("FULLY_LT") => "<<",
        Some("FULLY_GT") => ">>",
        Some("NOT_LT") => "&>",
        Some("NOT_GT") => "&<",
        Some("ADJACENT_TO") => "-|-",
        _ => return Value::Object(canonical(dotted)),
    })
}

/// A constant of a package that was not found: migrations have its value and not its name.
fn is_foreign_constant(dotted: &str) -> bool {
    let last = dotted.rsplit('.').next().unwrap_or(dotted);
    let is_constant = last.chars().any(|c| c.is_ascii_uppercase())
        && !last.chars().any(|c| c.is_ascii_lowercase());
    is_constant && !dotted.starts_with("django.")
}

/// One name for what Django offers under several: where it is defined, and where it is handed on.
/// Without Django's code the two cannot be told to be one.
pub(super) fn canonical(dotted: &str) -> Arc<str> {
    const PACKAGES: &[&str] = &[
        "django.contrib.gis.",
        "django.contrib.postgres.",
        "django.db.models.",
    ];
    let package = PACKAGES
        .iter()
        .find(|package| dotted.starts_with(**package));
    match (package, dotted.rsplit('.').next()) {
        (Some(package), Some(last)) => format!("{package}{last}").into(),
        _ => dotted.into(),
    }
}

/// One member of an enumeration.
struct Member {
    name: Arc<str>,
    value: Value,
    label: Value,
}

impl Member {
    fn new(name: &str, written: Value, has_labels: bool) -> Self {
        let split = match &written {
            Value::Tuple(parts) if has_labels => match &parts[..] {
                [value @ .., label] if !value.is_empty() => Some(match value {
                    [value] => (value.clone(), label.clone()),
                    several => (Value::Tuple(several.into()), label.clone()),
                }),
                _ => None,
            },
            _ => None,
        };
        let (value, label) = split.unwrap_or_else(|| (written, Value::Str(title(name).into())));
        Self {
            name: name.into(),
            value,
            label,
        }
    }

    /// What stands for no value at all.
    fn none(label: Value) -> Self {
        Self {
            name: "__empty__".into(),
            value: Value::None,
            label,
        }
    }

    fn pair(&self) -> Value {
        Value::Tuple([self.value.clone(), self.label.clone()].into())
    }
}

/// `name.replace("_", " ").title()`: the label of a member that has none.
fn title(name: &str) -> String {
    let mut is_first = true;
    name.chars()
        .map(|letter| {
            let letter = if letter == '_' { ' ' } else { letter };
            let cased = match is_first {
                true => letter.to_ascii_uppercase(),
                false => letter.to_ascii_lowercase(),
            };
            is_first = !letter.is_alphabetic();
            cased
        })
        .collect()
}

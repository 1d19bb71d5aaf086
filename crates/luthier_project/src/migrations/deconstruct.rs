//! What a field is compared by: `Field.deconstruct()` of Django 4.2 to 6.0.

use std::sync::Arc;

use super::exact::{Exact, canonical};
use super::state::StateField;
use super::value::{Made, Value, all_same, both, same_keywords};
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::facts::{Expr, ExprRef, Stmt};
use crate::models::{Field, FieldKind, FieldReader};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// A field by its class and what tells it from a bare one of that class.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deconstruction {
    /// Full dotted name of the class.
    pub(super) class: Arc<str>,
    pub(super) arguments: Vec<Value>,
    pub(super) keywords: Vec<(Arc<str>, Value)>,
    /// Whether there may be more that tells it, or less.
    pub(super) is_open: bool,
}

impl Deconstruction {
    /// Whether Django takes the two fields for the same; `None` where that is not known.
    pub(super) fn same(&self, other: &Self) -> Option<bool> {
        let is_open = self.is_open || other.is_open;
        if self.class != other.class {
            // A field's own `deconstruct` may name another class.
            return (!is_open).then_some(false);
        }
        let keywords = match self.may_leave_out(other) || other.may_leave_out(self) {
            true => None,
            false => same_keywords(&self.keywords, &other.keywords),
        };
        let same = both(all_same(&self.arguments, &other.arguments), keywords);
        same.filter(|same| *same || !is_open)
    }

    /// Whether something is told of the other field only and is not known: it may be what Django leaves out,
    /// such as a `max_length` that is the usual one.
    fn may_leave_out(&self, other: &Self) -> bool {
        let mut keywords = other.keywords.iter();
        keywords.any(|(name, value)| self.keyword(name).is_none() && value.may_be_plain())
    }

    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        let mut keywords = self.keywords.iter();
        keywords
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.remove(name);
        self.keywords.push((name.into(), value));
    }

    fn set_nested(&mut self, name: &str, field: Self) {
        self.is_open |= field.is_open;
        let made = Made {
            class: field.class,
            arguments: field.arguments,
            keywords: field.keywords,
        };
        self.set(name, Value::Made(Arc::new(made)));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.keywords.retain(|(key, _)| &**key != name);
    }

    fn remove_if(&mut self, name: &str, is_default: impl Fn(&Value) -> bool) {
        self.keywords
            .retain(|(key, value)| &**key != name || !is_default(value));
    }

    /// Takes away what `Field.deconstruct()` leaves out: what the constructor assumes anyway.
    fn drop_common(&mut self, kind: FieldKind) {
        self.keywords.retain(|(name, value)| {
            let is_default = match &**name {
                "verbose_name" | "max_length" | "unique_for_date" | "unique_for_month"
                | "unique_for_year" | "db_column" | "db_comment" | "db_tablespace"
                | "error_messages" | "related_name" | "related_query_name" => *value == Value::None,
                "primary_key" | "unique" | "blank" | "null" | "db_index" | "auto_created"
                | "auto_now" | "auto_now_add" => *value == Value::Bool(false),
                "editable" => *value == Value::Bool(true) && kind != FieldKind::Binary,
                "serialize" => *value == Value::Bool(true),
                "help_text" => *value == Value::text(""),
                "default" | "db_default" => {
                    matches!(value, Value::Object(name) if name.ends_with(".NOT_PROVIDED"))
                }
                "choices" => *value == Value::None,
                "validators" => is_empty(value) || *value == Value::None,
                "limit_choices_to" => value.truth() == Some(false),
                "db_collation" => value.truth() == Some(false),
                // Not told by any class.
                "name" => true,
                _ => false,
            };
            !is_default
        });
    }
}

fn is_empty(value: &Value) -> bool {
    value.elements().is_some_and(<[Value]>::is_empty)
}

/// What a field of a model or of a migration deconstructs to. `choices` are normalised as by
/// Django 5.0 and later where `normalizes_choices`.
pub(super) fn deconstruct(
    exact: Exact<'_>,
    field: &Field,
    normalizes_choices: bool,
) -> Deconstruction {
    let mut made = Deconstruction {
        class: canonical(&field.class.dotted),
        arguments: Vec::new(),
        keywords: arguments(exact, field),
        is_open: field.is_open(),
    };
    if field.kind == FieldKind::CompositePrimaryKey {
        made.arguments = positional(exact, field);
        for (name, value) in [("blank", true), ("editable", false), ("primary_key", true)] {
            made.set(name, Value::Bool(value));
        }
    }
    made.drop_common(field.kind);
    if let Some((_, choices)) = made
        .keywords
        .iter_mut()
        .find(|(name, _)| &**name == "choices")
    {
        *choices = if normalizes_choices {
            normal_choices(choices)
        } else {
            as_list(choices)
        };
    }
    of_class(field, &mut made);
    if field.kind == FieldKind::Array {
        of_array(exact, field, normalizes_choices, &mut made);
    }
    if let Some(class) = field.class.class {
        own_deconstruct(exact, class, field, normalizes_choices, &mut made);
    }
    made
}

/// What a field of a state is compared by, by a release of Django.
pub(super) fn of_state(
    exact: Exact<'_>,
    version: (u32, u32),
    field: &StateField,
) -> Option<Deconstruction> {
    let known = field.field.as_deref()?;
    let mut made = deconstruct(exact, known, version >= (5, 0));
    made.is_open |= field.is_sketched || field.is_of_package;
    made.is_open |= known.is_automatic && known.class.internal_type.is_none();
    let text = |text: &Arc<str>| Value::Str(Arc::clone(text));
    if known.kind.is_foreign_key() || known.kind == FieldKind::ManyToMany {
        let settings = exact.settings;
        let is_told = settings.is_complete() || settings.get("AUTH_USER_MODEL").is_some();
        // Django's own model of users stands for whatever the settings name.
        let to = field
            .to
            .as_ref()
            .filter(|to| is_told || &***to != "auth.user");
        made.set("to", to.map_or(Value::Unknown, text));
    }
    if known.kind == FieldKind::ManyToMany {
        made.remove("through");
        if let Some(through) = &field.through {
            made.set("through", text(through));
        }
        // Written since Django 5.2.
        if version < (5, 2) || exact.settings.django.is_none() {
            made.remove("through_fields");
        }
    }
    if version < (4, 0) && known.kind.is_relation() {
        // Before Django 4.0 the name in force was written, placeholders filled in.
        made.remove("related_name");
    }
    // That name is another one for every few releases: where it is not known which is used, it tells nothing.
    if known.kind == FieldKind::ManyToMany && exact.settings.django.is_none() {
        let name = made.keyword("related_name").and_then(Value::as_str);
        if name.is_some_and(|name| name.starts_with('_') && name.ends_with("_+")) {
            made.set("related_name", Value::text("+"));
        }
    }
    for (old, new) in &field.renamed {
        if made.keyword("to_field").and_then(Value::as_str) == Some(old) {
            made.set("to_field", text(new));
        }
    }
    if field.names_key {
        made.remove("to_field");
    }
    if field.lost_default {
        made.remove("default");
    }
    if known.is_automatic {
        made.set("auto_created", Value::Bool(true));
        if known.kind == FieldKind::OneToOne {
            made.set("parent_link", Value::Bool(true));
            let cascade = "django.db.models.CASCADE";
            made.set("on_delete", Value::Object(cascade.into()));
        }
    }
    // Before Django 4.0 the fields of old models were taken from classes too.
    let is_key = version < (4, 0) && known.primary_key() == Some(true);
    if field.is_model_key || is_key {
        made.set("serialize", Value::Bool(false));
    }
    Some(made)
}

/// What a column does not hear of: `non_db_attrs` of Django 4.1 to 6.1.
const NOT_OF_COLUMN: &[&str] = &[
    "blank",
    "choices",
    "db_column",
    "editable",
    "error_messages",
    "help_text",
    "limit_choices_to",
    "on_delete",
    "related_name",
    "related_query_name",
    "validators",
    "verbose_name",
];

/// Whether a schema editor surely takes one field for another one than before, though it may be the same
/// column: `_field_should_be_altered`.
pub(super) fn is_altered(exact: Exact<'_>, old: &StateField, new: &StateField) -> bool {
    let version = exact.settings.django.unwrap_or((5, 2));
    let of_column = |field| {
        let mut made = of_state(exact, version, field)?;
        for name in NOT_OF_COLUMN {
            made.remove(name);
        }
        // Left out where it names the primary key, which the schema editor sees.
        made.remove("to_field");
        Some(made)
    };
    let both = of_column(old).zip(of_column(new));
    both.is_some_and(|(old, new)| old.same(&new) == Some(false))
}

/// The arguments by name, as exactly as the code has them.
fn arguments(exact: Exact<'_>, field: &Field) -> Vec<(Arc<str>, Value)> {
    let place = field.value;
    let call = place.and_then(|place| exact.modules.value(place).as_call());
    let written = |name: &str| {
        let expr = call?.keyword(name)?;
        Some(exact.value(place?.module, expr))
    };
    field
        .arguments()
        .map(|(name, constant)| {
            if let (true, Constant::Class(class)) = (name == "choices", constant) {
                return (Arc::from(name), exact.choices_of(*class));
            }
            let value = exact.of_constant(constant);
            let value = match written(name) {
                // Parameters of a function that makes the field are known to the model alone.
                Some(written) if !written.is_known() && value.is_known() => value,
                // What a package makes of another field keeps that one's place.
                Some(Value::Bool(written)) if is_other_flag(&value, written) => value,
                // What members of enumerations are is known here alone.
                Some(written) if is_djangos(&field.class.dotted) => written,
                Some(written) if value.same(&written) != Some(false) => written,
                _ => value,
            };
            let value = match (name, constant) {
                // What is called for each row is a class or a function more often than a constant.
                ("default", Constant::External(dotted))
                    if !value.is_known() && !is_djangos(dotted) =>
                {
                    Value::Foreign(Arc::clone(dotted))
                }
                _ => value,
            };
            (Arc::from(name), value)
        })
        .collect()
}

fn is_other_flag(value: &Value, written: bool) -> bool {
    matches!(value, Value::Bool(flag) if *flag != written)
}

fn is_djangos(dotted: &str) -> bool {
    dotted.starts_with("django.")
}

fn positional(exact: Exact<'_>, field: &Field) -> Vec<Value> {
    let call = field
        .value
        .and_then(|place| Some((place.module, exact.modules.value(place).as_call()?)));
    let Some((module, call)) = call else {
        return Vec::new();
    };
    call.positional()
        .map(|argument| exact.value(module, argument))
        .collect()
}

/// `normalize_choices` of Django 5.0: pairs are tuples, mappings are lists of pairs.
fn normal_choices(choices: &Value) -> Value {
    let pair = |key: &Value, value: &Value| {
        let value = match value {
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Items(_) => {
                normal_choices(value)
            }
            plain => plain.clone(),
        };
        Value::Tuple([key.clone(), value].into())
    };
    match choices {
        Value::Dict(entries) => Value::List(
            entries
                .iter()
                .map(|(key, value)| pair(key, value))
                .collect(),
        ),
        other => match other.elements() {
            None => other.clone(),
            Some(items) => Value::List(
                items
                    .iter()
                    .map(|item| match item.elements() {
                        Some([key, value]) => pair(key, value),
                        _ => item.clone(),
                    })
                    .collect(),
            ),
        },
    }
}

fn as_list(value: &Value) -> Value {
    match value {
        Value::Tuple(items) => Value::List(Arc::clone(items)),
        other => other.clone(),
    }
}

/// What each of Django's classes leaves out or adds.
fn of_class(field: &Field, made: &mut Deconstruction) {
    let drop_length = |made: &mut Deconstruction, length: i64| {
        made.remove_if("max_length", |value| *value == Value::Int(length));
    };
    if let Some((_, validators)) = made
        .keywords
        .iter_mut()
        .find(|(name, _)| &**name == "validators")
    {
        *validators = as_list(validators);
    }
    match field.kind {
        FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto => {
            made.remove("blank");
            made.set("primary_key", Value::Bool(true));
        }
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time => {
            let sets_itself = |name| made.keyword(name).is_some();
            if sets_itself("auto_now") || sets_itself("auto_now_add") {
                made.remove("blank");
                made.remove("editable");
            }
        }
        FieldKind::Decimal => {
            made.remove_if("max_digits", |value| *value == Value::None);
            made.remove_if("decimal_places", |value| *value == Value::None);
        }
        FieldKind::Email if made.keyword("max_length").is_none() => {
            made.set("max_length", Value::Int(254));
        }
        FieldKind::Slug => {
            drop_length(made, 50);
            // Its own default is to have an index.
            let has_none = field.db_index() == Some(false);
            made.remove("db_index");
            if has_none {
                made.set("db_index", Value::Bool(false));
            }
            made.remove_if("allow_unicode", |value| *value == Value::Bool(false));
        }
        FieldKind::Url => drop_length(made, 200),
        FieldKind::File | FieldKind::Image => {
            drop_length(made, 100);
            if made.keyword("upload_to").is_none() {
                made.set("upload_to", Value::text(""));
            }
            made.remove_if("storage", |value| {
                *value == Value::None
                    || matches!(value, Value::Made(made) if made.class.ends_with(".DefaultStorage"))
                    || matches!(value, Value::Object(name) if name.ends_with(".default_storage"))
            });
            made.remove_if("width_field", |value| value.truth() == Some(false));
            made.remove_if("height_field", |value| value.truth() == Some(false));
        }
        FieldKind::FilePath => {
            drop_length(made, 100);
            made.remove_if("path", |value| *value == Value::text(""));
            made.remove_if("match", |value| *value == Value::None);
            made.remove_if("recursive", |value| *value == Value::Bool(false));
            made.remove_if("allow_files", |value| *value == Value::Bool(true));
            made.remove_if("allow_folders", |value| *value == Value::Bool(false));
        }
        FieldKind::GenericIpAddress => {
            drop_length(made, 39);
            made.remove_if("unpack_ipv4", |value| *value == Value::Bool(false));
            made.remove_if("protocol", |value| *value == Value::text("both"));
        }
        FieldKind::IpAddress | FieldKind::Uuid => made.remove("max_length"),
        FieldKind::Binary => made.remove_if("editable", |value| *value == Value::Bool(false)),
        FieldKind::Json => {
            made.remove_if("encoder", |value| *value == Value::None);
            made.remove_if("decoder", |value| *value == Value::None);
        }
        FieldKind::NullBoolean => {
            made.remove("null");
            made.remove("blank");
        }
        FieldKind::Generated => {
            made.remove("blank");
            made.remove("editable");
        }
        FieldKind::Array => made.remove_if("size", |value| *value == Value::None),
        FieldKind::ForeignKey | FieldKind::OneToOne => of_foreign_key(field, made),
        FieldKind::ManyToMany => {
            for name in ["symmetrical", "on_delete", "null", "swappable"] {
                made.remove(name);
            }
            made.remove_if("db_table", |value| *value == Value::None);
            made.remove_if("through", |value| *value == Value::None);
            made.remove_if("through_fields", |value| value.truth() != Some(true));
            made.remove_if("db_constraint", |value| *value == Value::Bool(true));
        }
        FieldKind::Geometry => {
            if made.keyword("srid").is_none() {
                made.set("srid", Value::Int(4326));
            }
            made.remove_if("dim", |value| *value == Value::Int(2));
            made.remove_if("spatial_index", |value| *value == Value::Bool(true));
            made.remove_if("geography", |value| *value == Value::Bool(false));
        }
        FieldKind::Tags => of_tags(made),
        FieldKind::ForeignObject | FieldKind::Other | FieldKind::Unknown => {
            // Each says for itself what it is made of.
            made.is_open = true;
        }
        _ => {}
    }
}

/// The field that makes the elements is compared as one, not as it is written.
fn of_array(exact: Exact<'_>, field: &Field, normalizes_choices: bool, made: &mut Deconstruction) {
    let element = match field.argument("base_field") {
        Some(Constant::Some(place)) => nested(exact, *place, normalizes_choices),
        _ => None,
    };
    match element {
        Some(element) => made.set_nested("base_field", element),
        None => made.is_open = true,
    }
}

/// What a field within another one's arguments deconstructs to.
fn nested(exact: Exact<'_>, place: ValueRef, normalizes_choices: bool) -> Option<Deconstruction> {
    let made = exact.modules.value(place);
    made.as_call()?;
    let reader = FieldReader::new(exact.modules, exact.settings);
    let field = reader.field(place.module, made)?;
    Some(deconstruct(exact, &field, normalizes_choices))
}

/// `TaggableManager.deconstruct` (taggit 6.1). Which models it leads over is left out: silent about
/// another `through` alone.
fn of_tags(made: &mut Deconstruction) {
    for name in ["through", "to", "manager", "ordering", "related_name"] {
        made.remove(name);
    }
    for (name, text) in [
        ("verbose_name", "Tags"),
        ("help_text", "A comma-separated list of tags."),
    ] {
        if made.keyword(name).is_none() {
            made.set(name, Value::text(text));
        }
    }
}

fn of_foreign_key(field: &Field, made: &mut Deconstruction) {
    let has_index =
        made.keyword("db_index") != Some(&Value::Bool(false)) && field.db_index() != Some(false);
    made.remove("db_index");
    if !has_index {
        made.set("db_index", Value::Bool(false));
    }
    if field.kind == FieldKind::OneToOne {
        made.remove("unique");
    }
    made.remove("swappable");
    made.remove_if("db_constraint", |value| *value == Value::Bool(true));
    made.remove_if("parent_link", |value| *value == Value::Bool(false));
    made.remove_if("to_field", |value| *value == Value::None);
}

/// Whether what the classes of a module deconstruct to is said in `of_class`.
fn is_known(module: &str) -> bool {
    is_djangos(module) || module.starts_with("taggit.")
}

/// What a project's own `deconstruct` changes: arguments taken away, and those that its own
/// constructor takes added.
fn own_deconstruct(
    exact: Exact<'_>,
    class: ClassRef,
    field: &Field,
    normalizes_choices: bool,
    made: &mut Deconstruction,
) {
    let modules = exact.modules;
    let mro = modules.mro(class);
    made.is_open |= mro.ancestors.contains(&Ancestor::Unknown) && !is_djangos(&field.class.dotted);
    // From Django's end on: each calls the one after it first.
    let own: Vec<ClassRef> = mro
        .classes()
        .copied()
        .take_while(|class| !is_known(&modules.get(class.module).name))
        .collect();
    for class in own.into_iter().rev() {
        let Some(binding) = modules.class_body(class).binding("deconstruct") else {
            continue;
        };
        let BindingKind::Function(function) = binding.kind else {
            made.is_open = true;
            continue;
        };
        let function = FunctionRef {
            module: class.module,
            function,
        };
        match Changes::read(modules, function) {
            Some(changes) => changes.apply(exact, class, field, normalizes_choices, made),
            None => made.is_open = true,
        }
    }
}

/// What one `deconstruct` does to the keywords that `super()` gave.
struct Changes<'a> {
    removed: Vec<&'a str>,
    /// Keywords that are set, always or under a condition.
    added: Vec<&'a str>,
    /// The class that it calls itself by.
    class: Option<&'a str>,
}

impl<'a> Changes<'a> {
    /// `None` where it does anything but take keywords away and set them.
    fn read(modules: &'a Modules, function: FunctionRef) -> Option<Self> {
        let body = modules.function_body(function);
        let mut changes = Self {
            removed: Vec::new(),
            added: Vec::new(),
            class: None,
        };
        let mut names: Vec<&str> = Vec::new();
        for statement in body.all_statements() {
            match statement.kind() {
                Stmt::Delete(targets) => {
                    for target in body.list(targets) {
                        changes.removed.push(key(target)?);
                    }
                }
                Stmt::Assign { .. } | Stmt::Annotated { .. } => {
                    let (target, value) = statement.assignment()?;
                    match target.elements() {
                        Some(parts) => {
                            names = parts.filter_map(ExprRef::as_name).collect();
                            calls_super(value).then_some(())?;
                        }
                        None => changes.added.push(key(target)?),
                    }
                }
                Stmt::Expr(expr) => {
                    let call = body.expr(expr).as_call()?;
                    let (_, method) = call.callee.as_attribute()?;
                    let first = call.positional().next();
                    match method {
                        "pop" => changes.removed.push(first?.as_str()?),
                        "update" => {
                            for (key, _) in first.into_iter().filter_map(ExprRef::items).flatten() {
                                changes.added.push(key?.as_str()?);
                            }
                            changes.added.extend(call.keywords().map(|(name, _)| name));
                            let is_plain = first.is_none_or(|first| first.items().is_some());
                            (is_plain && !call.is_open()).then_some(())?;
                        }
                        _ => return None,
                    }
                }
                Stmt::If { .. } => {}
                Stmt::Return(value) => {
                    // The names come back in the order in which they were taken.
                    let parts: Vec<ExprRef<'_>> = body.expr(value?).elements()?.collect();
                    let is_kept = |(part, name): (&ExprRef<'_>, &&str)| match part.as_str() {
                        Some(_) => names.get(1) == Some(name),
                        None => part.as_name() == Some(*name),
                    };
                    let is_handed_on =
                        parts.len() == names.len() && parts.iter().zip(&names).all(is_kept);
                    is_handed_on.then_some(())?;
                    changes.class = parts.get(1).and_then(|part| part.as_str());
                }
                _ => return None,
            }
        }
        (!names.is_empty()).then_some(changes)
    }

    fn apply(
        &self,
        exact: Exact<'_>,
        class: ClassRef,
        field: &Field,
        normalizes_choices: bool,
        made: &mut Deconstruction,
    ) {
        if let Some(class) = self.class {
            made.class = canonical(class);
        }
        for name in &self.removed {
            made.remove(name);
        }
        for name in &self.added {
            let Some((module, given)) = own_argument(exact.modules, class, field, name) else {
                made.is_open = true;
                continue;
            };
            match nested(exact, ValueRef::of(module, given), normalizes_choices) {
                Some(element) => made.set_nested(name, element),
                None => made.set(name, exact.value(module, given)),
            }
        }
    }
}

/// `kwargs["key"]`
fn key(target: ExprRef<'_>) -> Option<&str> {
    match target.kind() {
        Expr::Subscript(_, key) => target.at(key).as_str(),
        _ => None,
    }
}

/// `super().deconstruct()`
fn calls_super(value: ExprRef<'_>) -> bool {
    let called = value.as_call().and_then(|call| call.callee.as_attribute());
    called.is_some_and(|(_, name)| name == "deconstruct")
}

/// What the constructor of a class was given for a parameter, or takes where it is not given.
fn own_argument<'a>(
    modules: &'a Modules,
    class: ClassRef,
    field: &Field,
    name: &str,
) -> Option<(ModuleId, ExprRef<'a>)> {
    let place = field.value?;
    let call = modules.value(place).as_call()?;
    if let Some(given) = call.keyword(name) {
        return Some((place.module, given));
    }
    let Definition::Function(function) = modules.class_member(class, "__init__") else {
        return None;
    };
    let facts = modules.facts(function.module);
    let declared = facts.function(function.function);
    let mut parameters = declared.params.iter().skip(1).enumerate();
    let (index, parameter) = parameters.find(|(_, it)| facts.text(it.name) == name)?;
    if let Some(given) = call.positional().nth(index) {
        return Some((place.module, given));
    }
    let scope = facts.body(declared.scope);
    parameter
        .default
        .map(|default| (function.module, scope.expr(default)))
}

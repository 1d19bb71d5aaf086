//! What known packages add to a model when its class is made: their metaclasses, descriptors and
//! signal receivers, said again as rules.

mod history;
mod money;
mod search;
mod stores;
mod tags;
mod translations;
mod trees;

use std::sync::Arc;

use super::build::Builder;
use super::classes::Nature;
use super::construct::Arguments;
use super::declare::{Contribution, Declarations, Declarer};
use super::field::{Field, FieldClass};
use super::manager::Manager;
use super::meta::Meta;
use super::{Model, ModelId};
use crate::constant::Constant;
use crate::facts::CallRef;
use crate::modules::{Ancestor, ClassRef, ModuleId, Modules};

/// Packages whose metaclasses, and fields that bring others along, are said again here.
const KNOWN: &[&str] = &[
    "djmoney.",
    "modeltranslation.",
    "mptt.",
    "parler.",
    "polymorphic.",
];

/// Whether what a module of a package does to models is said again here.
pub(super) fn is_known(module: &str) -> bool {
    KNOWN.iter().any(|package| module.starts_with(package))
}

/// What base classes and fields of known packages add to one model, as soon as it has its fields.
pub(super) fn extend(builder: &Builder<'_>, model: &mut Model, class: ClassRef) {
    if model.is_abstract || model.is_proxy {
        return;
    }
    trees::add_tree_fields(builder, model, class);
    money::add_currencies(builder, model);
    tags::add_tagged_items(builder, model);
    add_status_managers(builder, model, class);
}

/// Models that known packages make beside a model, and fields that they add from outside it. To be
/// called once all classes are models; `loaded` are the modules that starting Django runs.
pub(super) fn contribute(builder: &mut Builder<'_>, loaded: &[ModuleId]) {
    for index in 0..builder.graph.models.len() {
        let id = ModelId(index as u32);
        let model = builder.graph.get(id);
        if model.is_abstract || model.class.is_none() {
            continue;
        }
        history::add_history(builder, id);
        for contribution in own_contributions(builder, id) {
            translations::add_translated_fields(builder, id, &contribution);
        }
    }
    translations::add_language_fields(builder);
    search::add_index_entries(builder);
    if builder.modules.find("hierarkey").is_some() {
        for &module in loaded {
            stores::add_stores(builder, module);
        }
    }
}

/// What the constructor of a known package's field leaves to a signal receiver.
pub(super) fn adjust(class: &FieldClass, arguments: &mut Arguments) {
    if &*class.dotted == "model_utils.fields.StatusField" {
        for name in ["choices", "default"] {
            if arguments.get(name).is_none() {
                arguments.set(name, Constant::List(vec![Constant::Unknown]));
            }
        }
    }
}

/// The column by which `sortedm2m` orders the rows of the model between, if the field whose
/// constructors and arguments these are is one of its.
pub(super) fn sort_column(
    modules: &Modules,
    constructors: &[ClassRef],
    arguments: &Arguments,
) -> Option<Constant> {
    let is_it = |class: &ClassRef| {
        modules.class_name(*class) == "SortedManyToManyField"
            && modules.get(class.module).name == "sortedm2m.fields"
    };
    let place = constructors.iter().position(is_it)?;
    let is_sorted = match arguments.positional.get(1).filter(|_| place == 0) {
        Some(sorted) => Some(sorted),
        None => arguments.get("sorted"),
    };
    if is_sorted.and_then(Constant::truth) == Some(false) {
        return None;
    }
    let named = arguments.get(SORT_COLUMN).cloned();
    Some(named.unwrap_or_else(|| Constant::Str("sort_value".into())))
}

/// The argument of `sortedm2m` fields that names the column.
pub(super) const SORT_COLUMN: &str = "sort_value_field_name";

fn own_contributions(builder: &Builder<'_>, id: ModelId) -> Vec<Contribution> {
    builder.contributions.get(&id).cloned().unwrap_or_default()
}

/// Whether a class has an ancestor of this name in this module, its code found or not.
fn has_ancestor(modules: &Modules, class: ClassRef, module: &str, name: &str) -> bool {
    modules
        .mro(class)
        .ancestors
        .iter()
        .any(|ancestor| match ancestor {
            Ancestor::Class(class) => {
                modules.class_name(*class) == name
                    && modules.get(class.module).name.starts_with(module)
            }
            Ancestor::External(dotted) => dotted
                .strip_prefix(module)
                .is_some_and(|rest| rest.ends_with(name)),
            Ancestor::Unknown => false,
        })
}

/// A field of the class with this dotted name, made with these arguments.
fn made_field(builder: &Builder<'_>, name: &str, dotted: &str, arguments: Arguments) -> Field {
    let definition = builder.modules.lookup(dotted);
    let nature = match builder.classes.of_definition(&definition) {
        nature @ Nature::Field(_) => nature,
        // What the package derives it from stands in where its code is not there.
        _ => builder
            .classes
            .of_definition(&builder.modules.lookup("django.db.models.fields.Field")),
    };
    let declarer = Declarer {
        evaluator: builder.evaluator,
        classes: &builder.classes,
    };
    match nature {
        Nature::Field(nature) => declarer.field(None, name, &nature, arguments, None),
        _ => super::build::automatic(name, super::FieldKind::Other, dotted),
    }
}

fn arguments(entries: &[(&str, Constant)]) -> Arguments {
    let mut arguments = Arguments::default();
    for (name, value) in entries {
        arguments.set(name, value.clone());
    }
    arguments
}

/// The fields that a call's keyword arguments make.
fn fields_of_call(
    builder: &Builder<'_>,
    class: ClassRef,
    module: ModuleId,
    call: CallRef<'_>,
) -> Vec<Field> {
    let declarer = Declarer {
        evaluator: builder.evaluator,
        classes: &builder.classes,
    };
    let mut made = Declarations::default();
    for (name, value) in call.keywords() {
        declarer.value(class, name, module, value.body.id, value.id, &mut made);
    }
    made.fields
}

/// `model_utils` gives each status, and the running time frame, a manager of its own.
fn add_status_managers(builder: &Builder<'_>, model: &mut Model, class: ClassRef) {
    let modules = builder.modules;
    let mut names: Vec<Arc<str>> = Vec::new();
    if has_ancestor(modules, class, "model_utils.models", "TimeFramedModel") {
        names.push("timeframed".into());
    }
    if has_ancestor(modules, class, "model_utils.models", "StatusModel")
        && let crate::modules::Definition::Value(value) = modules.class_member(class, "STATUS")
        && let Some(call) = modules.value(value).as_call()
    {
        names.extend(
            call.positional()
                .filter_map(|choice| choice.as_str())
                .map(Arc::from),
        );
    }
    if names.is_empty() {
        return;
    }
    if model.own_managers.is_empty() {
        model.own_managers.push(Manager::automatic());
    }
    names.sort();
    for name in names {
        model.own_managers.push(Manager {
            name,
            class: Some("model_utils.managers.QueryManager".into()),
            manager_class: None,
            queryset: None,
            value: None,
        });
    }
}

/// A model that a package makes without a class in any text: an `id`, the usual manager.
fn made_model(
    builder: &Builder<'_>,
    app_label: Arc<str>,
    name: Arc<str>,
    module: ModuleId,
) -> Model {
    Model {
        label: format!("{app_label}.{name}").into(),
        name,
        app_label,
        class: None,
        module,
        is_abstract: false,
        is_proxy: false,
        is_registered: true,
        is_open: false,
        made_by: None,
        swapped_for: None,
        concrete: builder.graph.next(),
        parents: Vec::new(),
        fields: Vec::new(),
        private_fields: Vec::new(),
        pk: Some("id".into()),
        db_table: None,
        managers: vec![Manager::automatic()],
        own_managers: vec![Manager::automatic()],
        default_manager: Some("objects".into()),
        base_manager: None,
        meta: Meta::default(),
    }
}

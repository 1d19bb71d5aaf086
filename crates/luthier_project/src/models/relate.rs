//! From the names that relations are written with to models, and the ways back.

use std::sync::Arc;

use super::build::automatic;
use super::construct::Arguments;
use super::field::{Field, Relation, Target};
use super::kind::FieldKind;
use super::lookup::Reverse;
use super::manager::Manager;
use super::meta::Meta;
use super::{Model, ModelGraph, ModelId, packages};
use crate::apps::Apps;
use crate::constant::Constant;

/// Longer names are cut, on most databases and each at another length.
const MAX_TABLE_NAME: usize = 63;

/// Resolves every relation, makes the models between many-to-many fields, and files the ways back.
pub(super) fn relate(graph: &mut ModelGraph, apps: &Apps) {
    for index in 0..graph.models.len() {
        let id = ModelId(index as u32);
        if graph.get(id).is_abstract {
            continue;
        }
        for slot in slots(graph.get(id)) {
            let field = slot.get(graph.get(id));
            if !field.kind.is_relation() || field.kind == FieldKind::GenericForeignKey {
                continue;
            }
            let relation = relation(graph, id, field);
            slot.get_mut(graph.get_mut(id)).relation = Some(Box::new(relation));
        }
        set_table(graph.get_mut(id));
    }
    for index in 0..graph.models.len() {
        link_through(graph, ModelId(index as u32), apps);
    }
    file_ways_back(graph);
}

/// The place of one field of a model.
#[derive(Clone, Copy)]
enum Slot {
    Field(usize),
    Private(usize),
}

impl Slot {
    fn get(self, model: &Model) -> &Field {
        match self {
            Self::Field(index) => &model.fields[index],
            Self::Private(index) => &model.private_fields[index],
        }
    }

    fn get_mut(self, model: &mut Model) -> &mut Field {
        match self {
            Self::Field(index) => &mut model.fields[index],
            Self::Private(index) => &mut model.private_fields[index],
        }
    }
}

fn slots(model: &Model) -> impl Iterator<Item = Slot> + use<> {
    let fields = (0..model.fields.len()).map(Slot::Field);
    fields.chain((0..model.private_fields.len()).map(Slot::Private))
}

fn set_table(model: &mut Model) {
    if model.is_proxy {
        return;
    }
    model.db_table = match model.meta.get("db_table") {
        Some(Constant::Str(table)) if !table.is_empty() => Some(Arc::clone(table)),
        Some(Constant::Str(_)) | None => {
            Some(format!("{}_{}", model.app_label, model.name.to_lowercase()).into())
        }
        Some(_) => None,
    }
    .filter(|table: &Arc<str>| table.len() <= MAX_TABLE_NAME);
}

/// What a field's `to`, or `through`, names as seen from a model.
fn target(graph: &ModelGraph, from: ModelId, value: Option<&Constant>) -> Target {
    match value {
        Some(Constant::Class(class)) => match graph.by_class(*class) {
            Some(id) => Target::Model(id),
            None => Target::Unknown,
        },
        Some(Constant::Str(name)) if &**name == "self" => Target::Model(from),
        Some(Constant::Str(name)) => {
            let label: Arc<str> = if name.contains('.') {
                Arc::clone(name)
            } else {
                format!("{}.{name}", graph.get(from).app_label).into()
            };
            match graph.by_label(&label) {
                Some(id) => Target::Model(id),
                None => Target::Missing(label),
            }
        }
        _ => Target::Unknown,
    }
}

fn relation(graph: &ModelGraph, id: ModelId, field: &Field) -> Relation {
    let model = graph.get(id);
    let through = match field.kind {
        FieldKind::ManyToMany | FieldKind::Tags => field.argument("through"),
        _ => None,
    };
    let through = through
        .filter(|through| **through != Constant::None)
        .map(|through| target(graph, id, Some(through)));
    let to = match field.kind {
        FieldKind::Tags => tagged(graph, id, field, through.as_ref()),
        _ => target(graph, id, field.argument("to")),
    };
    related(model, id, field, to, through)
}

/// The relation that a field is once it is known where it leads.
pub(super) fn related(
    model: &Model,
    id: ModelId,
    field: &Field,
    to: Target,
    through: Option<Target>,
) -> Relation {
    let is_symmetrical = field.kind == FieldKind::ManyToMany
        && match field.argument("symmetrical") {
            None | Some(Constant::None) => {
                field.argument("to").and_then(Constant::as_str) == Some("self")
            }
            Some(value) => value.truth() == Some(true),
        };
    let mut names = Names::of(model, field);
    names.fill(model, field, is_symmetrical, &to, id);
    Relation {
        to,
        related_name: names.related_name,
        related_query_name: names.related_query_name,
        is_named: names.is_known,
        through,
        is_symmetrical,
        is_parent_link: field.kind == FieldKind::OneToOne
            && field.argument("parent_link").and_then(Constant::truth) == Some(true),
    }
}

/// taggit finds its tags through the model between: the far end of that model's `tag`.
fn tagged(graph: &ModelGraph, id: ModelId, field: &Field, through: Option<&Target>) -> Target {
    if let Some(to) = field.argument("to").filter(|to| **to != Constant::None) {
        return target(graph, id, Some(to));
    }
    let through = match through {
        Some(Target::Model(through)) => Some(*through),
        Some(_) => return Target::Unknown,
        None => graph.by_label("taggit.TaggedItem"),
    };
    let Some(through) = through else {
        return Target::Unknown;
    };
    let tag = graph
        .get(through)
        .fields
        .iter()
        .find(|field| &*field.name == "tag");
    match tag {
        Some(tag) => target(graph, through, tag.argument("to")),
        None => Target::Unknown,
    }
}

/// The names that lead back over a relation.
struct Names {
    related_name: Option<Arc<str>>,
    related_query_name: Option<Arc<str>>,
    is_known: bool,
}

impl Names {
    fn of(model: &Model, field: &Field) -> Self {
        let mut is_known = !field.is_open() && !field.class.names_relations;
        let mut given = |name: &str| match field.argument(name) {
            Some(Constant::Str(text)) if !text.is_empty() => Some(Arc::clone(text)),
            None | Some(Constant::None | Constant::Str(_)) => None,
            Some(_) => {
                is_known = false;
                None
            }
        };
        let related_name = given("related_name");
        let related_query_name = given("related_query_name");
        let related_name = related_name.or_else(|| model.meta.text("default_related_name"));
        Self {
            related_name,
            related_query_name,
            is_known,
        }
    }

    fn fill(
        &mut self,
        model: &Model,
        field: &Field,
        is_symmetrical: bool,
        to: &Target,
        id: ModelId,
    ) {
        let class = model.name.to_lowercase();
        let app = model.app_label.to_lowercase();
        match field.kind {
            FieldKind::GenericRelation => {
                self.related_name = Some(match &self.related_query_name {
                    Some(name) => Arc::clone(name),
                    None => "+".into(),
                });
            }
            FieldKind::ManyToMany => {
                let is_own = is_symmetrical && *to == Target::Model(id);
                let is_hidden = self
                    .related_name
                    .as_deref()
                    .is_some_and(|name| name.ends_with('+'));
                if is_own {
                    self.related_name = Some(format!("{}_rel_+", field.name).into());
                } else if is_hidden && field.argument("related_name").is_some() {
                    let name = format!("_{}_{class}_{}_+", model.app_label, field.name);
                    self.related_name = Some(name.into());
                }
            }
            _ => {}
        }
        for name in [&mut self.related_name, &mut self.related_query_name] {
            if let Some(text) = name
                && text.contains("%(")
            {
                let filled = text
                    .replace("%(class)s", &class)
                    .replace("%(model_name)s", &class)
                    .replace("%(app_label)s", &app);
                *name = Some(filled.into());
            }
        }
    }
}

/// Files the model that stands between the two ends of a many-to-many field, where Django makes it.
fn link_through(graph: &mut ModelGraph, id: ModelId, apps: &Apps) {
    let model = graph.get(id);
    if model.is_abstract || model.is_proxy || model.swapped_for.is_some() {
        return;
    }
    for index in 0..graph.get(id).fields.len() {
        let model = graph.get(id);
        let field = &model.fields[index];
        let Some(relation) = field.relation.as_deref() else {
            continue;
        };
        let through = match (field.kind, &relation.through) {
            (FieldKind::ManyToMany, None) if !field.is_open() => {
                let between = between(graph, id, field, &relation.to, apps);
                Target::Model(graph.add(between))
            }
            (FieldKind::Tags, None) => match graph.by_label("taggit.TaggedItem") {
                Some(through) => Target::Model(through),
                None => Target::Unknown,
            },
            _ => continue,
        };
        if let Some(relation) = graph.get_mut(id).fields[index].relation.as_deref_mut() {
            relation.through = Some(through);
        }
    }
}

/// The model that Django makes for a many-to-many field without `through`.
fn between(graph: &ModelGraph, id: ModelId, field: &Field, to: &Target, apps: &Apps) -> Model {
    let model = graph.get(id);
    let name: Arc<str> = format!("{}_{}", model.name, field.name).into();
    let hidden: Arc<str> = format!("{name}+").into();
    let own = model.name.to_lowercase();
    let far = match to {
        Target::Model(to) => graph.get(*to).name.to_lowercase(),
        Target::Missing(label) => label.rsplit('.').next().unwrap_or(label).to_lowercase(),
        Target::Unknown => String::new(),
    };
    let (own, far) = if own == far {
        (format!("from_{own}"), format!("to_{far}"))
    } else {
        (own, far)
    };
    let key = |name: &str, to: Target| {
        let mut key = automatic(
            name,
            FieldKind::ForeignKey,
            "django.db.models.fields.related.ForeignKey",
        );
        key.relation = Some(Box::new(Relation {
            to,
            related_name: Some(Arc::clone(&hidden)),
            related_query_name: None,
            is_named: true,
            through: None,
            is_symmetrical: false,
            is_parent_link: false,
        }));
        key
    };
    let mut id_field = graph
        .automatic_keys
        .get(&model.app_label)
        .cloned()
        .unwrap_or_else(|| automatic("id", FieldKind::Auto, "django.db.models.fields.AutoField"));
    let mut arguments = Arguments::default();
    arguments.set("primary_key", Constant::Bool(true));
    id_field.arguments = Arc::new(arguments);
    let db_table = match field.argument("db_table") {
        Some(Constant::Str(table)) => Some(Arc::clone(table)),
        _ => model
            .db_table
            .as_ref()
            .map(|table| format!("{table}_{}", field.name).into()),
    };
    let mut fields = vec![
        id_field,
        key(&own, Target::Model(id)),
        key(&far, to.clone()),
    ];
    let mut meta = Meta::default();
    if let Some(Constant::Str(column)) = field.argument(packages::SORT_COLUMN) {
        let mut sorting = automatic(
            column,
            FieldKind::Integer,
            "django.db.models.fields.IntegerField",
        );
        let mut arguments = Arguments::default();
        arguments.set("default", Constant::Int(0));
        sorting.arguments = Arc::new(arguments);
        fields.push(sorting);
        let ordering = vec![Constant::Str(Arc::clone(column))];
        meta.set("ordering", Constant::List(ordering));
    }
    Model {
        label: format!("{}.{name}", model.app_label).into(),
        app_label: Arc::clone(&model.app_label),
        class: None,
        module: model.module,
        is_abstract: false,
        is_proxy: false,
        is_registered: model.is_registered && apps.by_label(&model.app_label).is_some(),
        is_open: false,
        made_by: Some(id),
        swapped_for: None,
        concrete: graph.next(),
        parents: Vec::new(),
        fields,
        private_fields: Vec::new(),
        pk: Some("id".into()),
        db_table,
        managers: vec![Manager::automatic()],
        own_managers: vec![Manager::automatic()],
        default_manager: Some("objects".into()),
        base_manager: None,
        meta,
        name,
    }
}

pub(super) fn file_ways_back(graph: &mut ModelGraph) {
    let mut order: Vec<ModelId> = graph
        .registered()
        .filter(|(_, model)| model.swapped_for.is_none())
        .map(|(id, _)| id)
        .collect();
    order.sort_by(|a, b| graph.get(*a).label.cmp(&graph.get(*b).label));
    let mut found: Vec<(ModelId, Reverse)> = Vec::new();
    for id in order {
        let model = graph.get(id);
        if model.is_proxy {
            continue;
        }
        let private = model.private_fields.iter().map(|field| (field, true));
        let fields = model.fields.iter().map(|field| (field, false));
        for (field, is_private) in fields.chain(private) {
            let to = field
                .relation
                .as_deref()
                .and_then(|relation| relation.to.model());
            if let Some(to) = to {
                let reverse = Reverse {
                    from: id,
                    field: Arc::clone(&field.name),
                    is_private,
                };
                found.push((graph.get(to).concrete, reverse));
            }
        }
    }
    for (to, reverse) in found {
        graph.reverse.entry(to).or_default().push(reverse);
    }
}

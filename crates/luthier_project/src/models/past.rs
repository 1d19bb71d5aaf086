//! Models as migrations leave them at some point: what `apps` of a data migration gives.
//!
//! They are no classes of the code: they have its fields, and nothing of its methods.

use std::sync::Arc;

use super::field::{Field, Target};
use super::manager::Manager;
use super::meta::Meta;
use super::relate;
use super::{Model, ModelGraph, ModelId, Parent};
use crate::constant::Constant;
use crate::modules::{ClassRef, ModuleId};

/// One model at one point of the history.
#[derive(Debug)]
pub(crate) struct PastModel {
    pub(crate) app: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) fields: Vec<PastField>,
    /// The models that it derives from, as `app.model`.
    pub(crate) parents: Vec<Arc<str>>,
    pub(crate) is_proxy: bool,
    /// Whether it may have more than is known.
    pub(crate) is_open: bool,
    pub(crate) table: Arc<str>,
    /// `Meta.ordering`
    pub(crate) ordering: Option<Constant>,
    /// By name, each with its class where the code has it. None but Django's own where there are none.
    pub(crate) managers: Vec<(Arc<str>, Option<ClassRef>)>,
}

/// One field of it.
#[derive(Debug)]
pub(crate) struct PastField {
    pub(crate) field: Field,
    /// Where it leads, and by which model, as `app.model`.
    pub(crate) to: Option<Arc<str>>,
    pub(crate) through: Option<Arc<str>>,
}

impl ModelGraph {
    /// Models that a migration finds, in a graph of their own: their numbers come after those of the
    /// models of the code.
    pub(crate) fn past(&self, module: ModuleId, models: Vec<PastModel>) -> Self {
        let mut graph = Self {
            first: self.next().0,
            ..Self::default()
        };
        let mut leads = Vec::with_capacity(models.len());
        let mut bases = Vec::with_capacity(models.len());
        for past in models {
            let id = graph.next();
            let (fields, ways): (Vec<Field>, Vec<_>) = past
                .fields
                .into_iter()
                .map(|past| (past.field, (past.to, past.through)))
                .unzip();
            leads.push(ways);
            bases.push(past.parents);
            let mut meta = Meta::default();
            if let Some(ordering) = past.ordering {
                meta.set("ordering", ordering);
            }
            let named = past.managers.into_iter();
            let mut managers: Vec<Manager> = named
                .map(|(name, class)| Manager {
                    name,
                    manager_class: class,
                    ..Manager::automatic()
                })
                .collect();
            if managers.is_empty() {
                managers.push(Manager::automatic());
            }
            let key = fields
                .iter()
                .find(|field| field.primary_key() == Some(true));
            graph.add(Model {
                label: format!("{}.{}", past.app, past.name).into(),
                name: past.name,
                app_label: past.app,
                class: None,
                module,
                is_abstract: false,
                is_proxy: past.is_proxy,
                is_registered: true,
                is_open: past.is_open,
                made_by: None,
                swapped_for: None,
                concrete: id,
                parents: Vec::new(),
                pk: key.map(|field| Arc::clone(&field.name)),
                fields,
                private_fields: Vec::new(),
                db_table: Some(past.table),
                default_manager: managers.first().map(|manager| Arc::clone(&manager.name)),
                own_managers: managers.clone(),
                managers,
                base_manager: None,
                meta,
            });
        }
        for (index, ways) in leads.into_iter().enumerate() {
            let id = graph.id(index);
            for (field, (to, through)) in ways.into_iter().enumerate() {
                if let Some(to) = to {
                    let through = through.map(|label| graph.target(label));
                    let to = graph.target(to);
                    relate::lead(&mut graph, id, field, to, through);
                }
            }
        }
        for (index, bases) in bases.into_iter().enumerate() {
            let id = graph.id(index);
            for base in bases {
                if let Some(parent) = graph.by_label(&base) {
                    graph.derive(id, parent);
                }
            }
        }
        for index in 0..graph.models.len() {
            graph.settle(graph.id(index), 0);
        }
        relate::file_ways_back(&mut graph);
        graph
    }

    fn target(&self, label: Arc<str>) -> Target {
        match self.by_label(&label) {
            Some(id) => Target::Model(id),
            None => Target::Missing(label),
        }
    }

    fn derive(&mut self, id: ModelId, parent: ModelId) {
        let model = self.get_mut(id);
        let mut fields = model.fields.iter();
        let link = fields.find(|field| {
            let relation = field.relation();
            relation.is_some_and(|it| it.is_parent_link && it.to.model() == Some(parent))
        });
        let link = link.map(|field| Arc::clone(&field.name));
        model.parents.push(Parent {
            model: parent,
            link,
        });
    }

    /// A proxy uses the table of its parent.
    fn settle(&mut self, id: ModelId, depth: usize) {
        let model = self.get(id);
        if !model.is_proxy || model.concrete != id || depth > self.models.len() {
            return;
        }
        let Some(parent) = model.parents.first().map(|parent| parent.model) else {
            return;
        };
        self.settle(parent, depth + 1);
        let parent = self.get(parent);
        let (concrete, pk, table) = (parent.concrete, parent.pk.clone(), parent.db_table.clone());
        let fields = parent.fields.clone();
        let model = self.get_mut(id);
        model.concrete = concrete;
        model.pk = pk;
        model.db_table = table;
        model.fields = fields;
    }
}

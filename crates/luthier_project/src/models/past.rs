//! Models as migrations leave them at some point: what `apps` of a data migration gives.
//!
//! They are no classes of the code: they have its fields, and nothing of its methods.

use std::sync::Arc;

use rustc_hash::FxHashMap;

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

/// Makes graphs of the models that migrations find, for one point of the history after the other. A model that
/// is the same at several points is made once and shared.
pub(crate) struct PastGraphs {
    /// Its number comes after those of the models of the code.
    first: u32,
    /// Every model of whatever point, by `app.model` in lower case: it has the same number in all graphs.
    numbers: FxHashMap<Arc<str>, ModelId>,
    /// Stand for the models that there are not at some point.
    absent: Vec<Arc<Model>>,
    /// By what tells a model at one point from the same one at another.
    made: FxHashMap<usize, Arc<Model>>,
}

impl PastGraphs {
    /// `labels` has every model of whatever point, as `app.model` in lower case.
    pub(crate) fn new(graph: &ModelGraph, labels: impl Iterator<Item = Arc<str>>) -> Self {
        let first = graph.next().0;
        let numbers: FxHashMap<Arc<str>, ModelId> = labels.zip((first..).map(ModelId)).collect();
        let ids = (first..).map(ModelId).take(numbers.len());
        Self {
            first,
            absent: ids.map(|id| Arc::new(absent(id))).collect(),
            numbers,
            made: FxHashMap::default(),
        }
    }

    /// The graph of one point: for each label that there is of whatever point, in their order, what tells the
    /// model from others, where there is one. `make` gives it with the module of a migration that finds it.
    pub(crate) fn graph<M: Copy>(
        &mut self,
        labels: impl Iterator<Item = (Arc<str>, Option<(usize, M)>)>,
        make: impl Fn(M) -> (PastModel, ModuleId),
    ) -> ModelGraph {
        let mut graph = ModelGraph {
            first: self.first,
            ..ModelGraph::default()
        };
        for ((label, found), absent) in labels.zip(&self.absent) {
            let id = graph.next();
            let model = match found {
                None => Arc::clone(absent),
                Some((identity, it)) => {
                    graph.by_label.insert(label, id);
                    match self.made.get(&identity) {
                        Some(made) => Arc::clone(made),
                        None => {
                            let (past, module) = make(it);
                            let made = Arc::new(self.model(id, past, module));
                            self.made.insert(identity, Arc::clone(&made));
                            made
                        }
                    }
                }
            };
            graph.models.push(model);
        }
        for index in 0..graph.models.len() {
            graph.settle(graph.id(index), 0);
        }
        relate::file_ways_back(&mut graph);
        graph
    }

    fn model(&self, id: ModelId, past: PastModel, module: ModuleId) -> Model {
        let (fields, ways): (Vec<Field>, Vec<_>) = past
            .fields
            .into_iter()
            .map(|past| (past.field, (past.to, past.through)))
            .unzip();
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
        let mut model = Model {
            label: format!("{}.{}", past.app, past.name).into(),
            name: past.name,
            app_label: past.app,
            module,
            is_abstract: false,
            is_proxy: past.is_proxy,
            is_registered: true,
            is_open: past.is_open,
            pk: key.map(|field| Arc::clone(&field.name)),
            fields,
            db_table: Some(past.table),
            default_manager: managers.first().map(|manager| Arc::clone(&manager.name)),
            own_managers: managers.clone(),
            managers,
            meta,
            ..absent(id)
        };
        for (index, (to, through)) in ways.into_iter().enumerate() {
            if let Some(to) = to {
                let through = through.map(|label| self.target(label));
                let field = &model.fields[index];
                let relation = relate::related(&model, id, field, self.target(to), through);
                model.fields[index].relation = Some(Box::new(relation));
            }
        }
        for base in past.parents {
            if let Some(&parent) = self.numbers.get(&base) {
                derive(&mut model, parent);
            }
        }
        model
    }

    fn target(&self, label: Arc<str>) -> Target {
        match self.numbers.get(&label) {
            Some(id) => Target::Model(*id),
            None => Target::Missing(label),
        }
    }
}

/// A model of which nothing is known, and that nothing finds.
fn absent(id: ModelId) -> Model {
    Model {
        label: Arc::default(),
        name: Arc::default(),
        app_label: Arc::default(),
        class: None,
        module: ModuleId::FIRST,
        is_abstract: true,
        is_proxy: false,
        is_registered: false,
        is_open: true,
        made_by: None,
        swapped_for: None,
        concrete: id,
        parents: Vec::new(),
        pk: None,
        fields: Vec::new(),
        private_fields: Vec::new(),
        db_table: None,
        default_manager: None,
        own_managers: Vec::new(),
        managers: Vec::new(),
        base_manager: None,
        meta: Meta::default(),
    }
}

fn derive(model: &mut Model, parent: ModelId) {
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

impl ModelGraph {
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

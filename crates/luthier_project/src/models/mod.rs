//! The model graph: every model of the project and of the apps it installs, with fields, relations
//! and their ways back, managers, inheritance and options, as Django's app registry would hold them.

mod added;
mod attribute;
mod build;
mod choices;
mod classes;
mod construct;
mod declare;
mod evaluate;
mod field;
mod given;
mod indexes;
mod kind;
mod lookup;
mod manager;
mod meta;
mod packages;
mod past;
mod reach;
mod reader;
mod relate;
mod remade;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use luthier_source::Sources;
use rustc_hash::FxHashMap;

use crate::apps::{Apps, Configured};
use crate::constant::Constant;
use crate::modules::{ClassRef, ModuleId, Modules};

pub use attribute::Attribute;
pub use choices::ChoiceValue;
pub(crate) use construct::Arguments;
pub(crate) use evaluate::{
    Evaluator, KEEPING, is_changed_in_blocks, lazily_translated, only_return, translated,
};
pub use field::{Field, FieldClass, Number, Open, Relation, Target};
pub(crate) use given::GivenNames;
pub use indexes::{IndexColumn, IndexMaker, Listed, PartialIndex, TableIndex};
pub use kind::FieldKind;
pub use lookup::{Found, Reverse};
pub use manager::Manager;
use manager::Serving;
pub use meta::Meta;
pub(crate) use past::{PastField, PastGraphs, PastModel};
pub(crate) use reader::FieldReader;

/// One model, by its place in the graph: own models of the repository in path order first met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(u32);

/// One model.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says another thing about a model"
)]
#[derive(Clone, Debug)]
pub struct Model {
    pub name: Arc<str>,
    /// `app_label.Name`; the label is empty for models outside every app.
    pub label: Arc<str>,
    pub app_label: Arc<str>,
    /// The class in the code; `None` for the models that Django or a package makes.
    pub class: Option<ClassRef>,
    pub module: ModuleId,
    pub is_abstract: bool,
    pub is_proxy: bool,
    /// Whether loading the project's apps loads the class. Others are known only to code that
    /// imports them, and add no way back to the models they point at.
    pub is_registered: bool,
    /// Whether a base was not found, or a metaclass or a field makes more of the class than it says:
    /// there may be more fields and managers than are known.
    pub is_open: bool,
    /// The model whose many-to-many field made this one.
    pub made_by: Option<ModelId>,
    /// The model that stands in for this one, by a setting.
    pub swapped_for: Option<Arc<str>>,
    /// The model whose table it uses: itself unless it is a proxy.
    pub concrete: ModelId,
    pub parents: Vec<Parent>,
    /// Own fields and those copied from abstract bases; a parent's own table keeps its fields.
    pub fields: Vec<Field>,
    /// Generic relations and generic foreign keys.
    pub private_fields: Vec<Field>,
    /// The name of the primary key's field; it may be a parent's.
    pub pk: Option<Arc<str>>,
    pub db_table: Option<Arc<str>>,
    /// All managers, those of bases included, in Django's order.
    pub managers: Vec<Manager>,
    pub default_manager: Option<Arc<str>>,
    pub base_manager: Option<Arc<str>>,
    pub meta: Meta,
    own_managers: Vec<Manager>,
}

/// A parent with a table of its own, or the model that a proxy stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub model: ModelId,
    /// The field that links the two tables; `None` for proxies.
    pub link: Option<Arc<str>>,
}

/// All models that the project can reach.
#[derive(Clone, Debug, Default)]
pub struct ModelGraph {
    /// Shared by graphs of several points of the history.
    models: Vec<Arc<Model>>,
    /// The number of the first model: the models of data migrations come after those of the code.
    first: u32,
    by_class: FxHashMap<ClassRef, ModelId>,
    /// Registered models by label in lower case.
    by_label: FxHashMap<Arc<str>, ModelId>,
    /// Ways back, by the concrete model at the far end; in order of the pointing models' labels.
    reverse: FxHashMap<ModelId, Vec<Reverse>>,
    /// The automatic primary key of each app's models, by app label.
    automatic_keys: FxHashMap<Arc<str>, Field>,
    /// By the class of a manager.
    managed: Serving,
    /// The same by the class of a queryset that a manager is made from.
    queried: Serving,
}

impl ModelGraph {
    /// Links the models of all apps.
    pub fn link(
        modules: &Modules,
        sources: &Sources,
        apps: &Apps,
        configured: &Configured,
    ) -> Self {
        let mut graph = build::build(modules, sources, apps, configured);
        relate::relate(&mut graph, apps);
        graph.managed = graph.managed();
        graph.queried = graph.queried(modules);
        graph
    }

    pub fn get(&self, id: ModelId) -> &Model {
        &self.models[(id.0 - self.first) as usize]
    }

    /// Every model, abstract and unregistered ones included.
    pub fn all(&self) -> impl ExactSizeIterator<Item = (ModelId, &Model)> {
        self.models
            .iter()
            .enumerate()
            .map(|(index, model)| (self.id(index), &**model))
    }

    /// What `apps.get_models()` gives, swapped and automatic ones included.
    pub fn registered(&self) -> impl Iterator<Item = (ModelId, &Model)> {
        self.all()
            .filter(|(_, model)| model.is_registered && !model.is_abstract)
    }

    /// The registered model with a label such as `shop.Order`; letter case does not matter in the
    /// model's name.
    pub fn by_label(&self, label: &str) -> Option<ModelId> {
        if let Some(&id) = self.by_label.get(label) {
            return Some(id);
        }
        let (app, name) = label.rsplit_once('.')?;
        self.by_label
            .get(format!("{app}.{}", name.to_lowercase()).as_str())
            .copied()
    }

    /// The model that a class is.
    pub fn by_class(&self, class: ClassRef) -> Option<ModelId> {
        self.by_class.get(&class).copied()
    }

    /// The models that a module's own code defines, in order of place.
    pub fn of_module(&self, module: ModuleId) -> impl Iterator<Item = (ModelId, &Model)> {
        self.all()
            .filter(move |(_, model)| model.module == module && model.class.is_some())
    }

    fn get_mut(&mut self, id: ModelId) -> &mut Model {
        Arc::make_mut(&mut self.models[(id.0 - self.first) as usize])
    }

    fn id(&self, index: usize) -> ModelId {
        ModelId(self.first + index as u32)
    }

    /// The model that is added next.
    fn next(&self) -> ModelId {
        self.id(self.models.len())
    }

    /// Whether a model is one of these.
    pub(crate) fn has(&self, id: ModelId) -> bool {
        id.0 >= self.first && id < self.next()
    }

    fn add(&mut self, model: Model) -> ModelId {
        let id = self.next();
        if let Some(class) = model.class {
            self.by_class.insert(class, id);
        }
        if model.is_registered && !model.is_abstract {
            let key = format!("{}.{}", model.app_label, model.name.to_lowercase());
            self.by_label.entry(key.into()).or_insert(id);
        }
        self.models.push(Arc::new(model));
        id
    }
}

impl Model {
    /// Whether Django creates its table: `Meta.managed`.
    pub fn is_managed(&self) -> bool {
        self.meta
            .get("managed")
            .and_then(Constant::truth)
            .unwrap_or(true)
    }
}

//! From classes to models, step by step as Django's model metaclass goes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Sources;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::classes::{Classes, Nature};
use super::construct::Arguments;
use super::declare::{Contribution, Declarations, Declarer};
use super::evaluate::Evaluator;
use super::field::{Field, FieldClass};
use super::kind::FieldKind;
use super::manager::Manager;
use super::meta::Meta;
use super::{Model, ModelGraph, ModelId, Parent, added, packages, reach, remade};
use crate::apps::{Apps, Configured};
use crate::constant::Constant;
use crate::facts::ir::Owner;
use crate::modules::{Ancestor, ClassRef, Definition, Modules, Mro, Origin};

/// Names bound in a class body, and those that its fields put on the class.
type Bound = Rc<FxHashSet<Arc<str>>>;

pub(super) struct Builder<'a> {
    pub(super) modules: &'a Modules,
    pub(super) apps: &'a Apps,
    pub(super) configured: &'a Configured,
    pub(super) evaluator: Evaluator<'a>,
    pub(super) classes: Classes<'a>,
    pub(super) graph: ModelGraph,
    bound: FxHashMap<ClassRef, Bound>,
    /// Classes of which it is known whether their statements make fields.
    declaring: RefCell<FxHashMap<ClassRef, bool>>,
    /// What known packages add, by the model that declares it.
    pub(super) contributions: FxHashMap<ModelId, Vec<Contribution>>,
    /// Classes being built: one that needs itself is broken code.
    building: Vec<ClassRef>,
}

/// All models of the project: first those that loading its apps would register, then the others
/// that its apps' packages define.
pub(super) fn build(
    modules: &Modules,
    sources: &Sources,
    apps: &Apps,
    configured: &Configured,
) -> ModelGraph {
    let mut builder = Builder {
        modules,
        apps,
        configured,
        evaluator: Evaluator {
            modules,
            settings: configured,
        },
        classes: Classes::new(modules),
        graph: ModelGraph::default(),
        bound: FxHashMap::default(),
        declaring: RefCell::default(),
        contributions: FxHashMap::default(),
        building: Vec::new(),
    };
    let reached = reach::modules_loaded(builder.evaluator, apps);
    find_bases(builder.evaluator, &reached);
    for &module in &reached.loaded {
        builder.module(module, true);
    }
    for &module in &reached.others {
        builder.module(module, false);
    }
    for &module in &reached.loaded {
        added::add_from_outside(&mut builder, sources, module);
    }
    packages::contribute(&mut builder, &reached.loaded);
    for app in apps.iter() {
        let key = builder.automatic_key(&app.label);
        let keys = &mut builder.graph.automatic_keys;
        keys.entry(Arc::clone(&app.label)).or_insert(key);
    }
    builder.graph
}

/// Bases lead into installed packages, whose modules are read when they are first asked for: here on
/// all threads, where building would do it one by one.
fn find_bases(evaluator: Evaluator<'_>, reached: &reach::Reached) {
    let modules = evaluator.modules;
    let ran = reached.loaded.par_iter().chain(&reached.others);
    ran.for_each(|&module| {
        let classes = reach::classes_run(evaluator, module).into_iter();
        for base in classes.flat_map(|class| modules.bases(class)) {
            if let Ancestor::Class(base) = base
                && !modules.is_repository(base.module)
            {
                modules.mro(base);
            }
        }
    });
}

impl Builder<'_> {
    fn module(&mut self, module: crate::modules::ModuleId, is_registered: bool) {
        for class in reach::classes_run(self.evaluator, module) {
            if self.is_model(class) {
                self.class(class, is_registered);
            }
        }
    }

    /// Whether a class is a model: it inherits from Django's, or from something unknown while it or
    /// a known base declares model fields.
    fn is_model(&self, class: ClassRef) -> bool {
        match self.classes.nature(class) {
            Nature::Model => true,
            Nature::Unknown => {
                let mro = self.modules.mro(class);
                mro.classes().any(|&class| self.declares_fields(class))
            }
            _ => false,
        }
    }

    fn declares_fields(&self, class: ClassRef) -> bool {
        if let Some(&known) = self.declaring.borrow().get(&class) {
            return known;
        }
        let found = self.has_fields(class);
        self.declaring.borrow_mut().insert(class, found);
        found
    }

    /// Whether the class's own statements make fields.
    fn has_fields(&self, class: ClassRef) -> bool {
        let body = self.modules.class_body(class);
        let mut values = body.body().bindings.iter();
        values.any(|binding| {
            let crate::facts::ir::BindingKind::Value(value) = binding.kind else {
                return false;
            };
            let Some(call) = body.expr(value).as_call() else {
                return false;
            };
            let callee = self.modules.resolve_expr(class.module, call.callee);
            matches!(self.classes.of_definition(&callee), Nature::Field(_))
        })
    }

    /// The model of a class; it is built on first sight.
    pub(super) fn class(&mut self, class: ClassRef, is_registered: bool) -> Option<ModelId> {
        if let Some(&id) = self.graph.by_class.get(&class) {
            return Some(id);
        }
        if self.building.contains(&class) {
            return None;
        }
        self.building.push(class);
        let id = self.make(class, is_registered);
        self.building.pop();
        Some(id)
    }

    fn make(&mut self, class: ClassRef, is_registered: bool) -> ModelId {
        let modules = self.modules;
        let mut parents = Vec::new();
        let mut is_open = false;
        for base in modules.bases(class) {
            match base {
                Ancestor::Class(base) => {
                    if self.is_model(base) {
                        parents.extend(self.class(base, is_registered));
                    } else if matches!(self.classes.nature(base), Nature::Unknown) {
                        is_open = true;
                    }
                }
                Ancestor::External(name) => {
                    is_open |= !name.starts_with("builtins.") && !name.starts_with("django.");
                }
                Ancestor::Unknown => is_open = true,
            }
        }
        let declared = Declarer {
            evaluator: self.evaluator,
            classes: &self.classes,
        }
        .class(class);
        is_open |= parents.iter().any(|&parent| self.graph.get(parent).is_open);
        // A field of a class that is not known may be the key.
        let mut contributions = declared.contributions.iter();
        is_open |= contributions.any(|it| self.may_be_key(it));
        is_open |= remade::by_metaclass(modules, class);
        let mut model = self.outline(class, &declared, is_registered, is_open);
        self.set_concrete(&mut model, &parents);
        let id = self.graph.next();
        if !model.is_proxy {
            model.concrete = id;
        }
        let contributions = declared.contributions.clone();
        self.take_fields(&mut model, class, declared, &parents);
        let mut fields = model.fields.iter().chain(&model.private_fields);
        model.is_open |= fields.any(|field| field.class.adds_fields);
        packages::extend(self, &mut model, class);
        self.inherit_options(&mut model, &parents);
        if !model.is_abstract && !model.is_proxy {
            order_with_respect_to(&mut model);
            self.set_primary_key(&mut model);
        }
        if !contributions.is_empty() {
            self.contributions.insert(id, contributions);
        }
        self.set_managers(&mut model, class);
        self.graph.add(model)
    }

    fn may_be_key(&self, contribution: &Contribution) -> bool {
        let call = self.modules.value(contribution.value).as_call();
        let is_key = call.and_then(|call| call.keyword("primary_key"));
        is_key.is_some_and(|is_key| is_key.as_bool() != Some(false))
    }

    /// The model without fields: names, options, what kind it is.
    fn outline(
        &self,
        class: ClassRef,
        declared: &Declarations,
        is_registered: bool,
        is_open: bool,
    ) -> Model {
        let meta = self.meta(class, declared);
        let is_abstract = declared.has_meta && self.says_abstract(class);
        let name: Arc<str> = self.modules.class_name(class).into();
        let app_label = meta.text("app_label").or_else(|| {
            let app = self.apps.containing(&self.modules.get(class.module).name)?;
            Some(Arc::clone(&app.label))
        });
        let is_registered = is_registered
            && app_label
                .as_deref()
                .is_some_and(|label| self.apps.by_label(label).is_some());
        let app_label = app_label.unwrap_or_else(|| "".into());
        let label: Arc<str> = format!("{app_label}.{name}").into();
        Model {
            is_proxy: !is_abstract && meta.is_true("proxy"),
            swapped_for: self.swapped_for(&meta, &label),
            db_table: None,
            class: Some(class),
            module: class.module,
            concrete: ModelId(u32::MAX),
            made_by: None,
            parents: Vec::new(),
            fields: Vec::new(),
            private_fields: Vec::new(),
            pk: None,
            managers: Vec::new(),
            own_managers: Vec::new(),
            default_manager: None,
            base_manager: None,
            name,
            label,
            app_label,
            is_abstract,
            is_registered,
            is_open,
            meta,
        }
    }

    /// The model's own `Meta`, else the nearest one that an abstract base or a mixin hands down.
    fn meta(&self, class: ClassRef, declared: &Declarations) -> Meta {
        let is_own = declared.has_meta;
        let meta = match self.modules.class_member(class, "Meta") {
            Definition::Class(meta) if is_own => Some(meta),
            _ if is_own => None,
            _ => self.meta_handed_down(class),
        };
        match meta {
            Some(meta) => Meta::read(self.evaluator, meta, &self.order_of_meta(meta), is_own),
            None => Meta::default(),
        }
    }

    /// The `Meta` of the nearest ancestor that still has it: Django takes it away from a class that has a
    /// table (`ModelBase.__new__`).
    fn meta_handed_down(&self, class: ClassRef) -> Option<ClassRef> {
        let mro = self.modules.mro(class);
        let mut ancestors = mro.classes().skip(1);
        ancestors.find_map(|ancestor| {
            let has_own = self.modules.class_body(*ancestor).binding("Meta").is_some();
            if !has_own || self.is_concrete(*ancestor) {
                return None;
            }
            match self.modules.class_member(*ancestor, "Meta") {
                Definition::Class(meta) => Some(meta),
                _ => None,
            }
        })
    }

    fn is_concrete(&self, class: ClassRef) -> bool {
        let model = self.graph.by_class(class);
        model.is_some_and(|id| !self.graph.get(id).is_abstract)
    }

    /// A `Meta` and what it derives from, as Python finds it: `Order.Meta` of a model that has a table is
    /// that of the nearest abstract base.
    fn order_of_meta(&self, meta: ClassRef) -> Mro {
        let mro = self.modules.mro(meta);
        if !mro
            .classes()
            .skip(1)
            .any(|base| self.owner_with_table(*base).is_some())
        {
            return (*mro).clone();
        }
        let mut ancestors = vec![Ancestor::Class(meta)];
        for base in self.modules.bases(meta) {
            let meant = match base {
                Ancestor::Class(base) => match self.owner_with_table(base) {
                    Some(owner) => {
                        let handed_down = self.meta_handed_down(owner);
                        if handed_down.is_none() && self.has_foreign_base(owner) {
                            // A package's abstract base may have one.
                            ancestors.push(Ancestor::Unknown);
                        }
                        handed_down
                    }
                    None => Some(base),
                },
                other => {
                    ancestors.push(other);
                    None
                }
            };
            if let Some(meant) = meant {
                ancestors.extend(self.order_of_meta(meant).ancestors);
            }
        }
        Mro { ancestors }
    }

    /// Whether a model derives from a class of a package that is not read, other than Django's `Model`.
    fn has_foreign_base(&self, class: ClassRef) -> bool {
        let mro = self.modules.mro(class);
        let mut ancestors = mro.ancestors.iter();
        ancestors.any(|ancestor| match ancestor {
            Ancestor::Class(class) => {
                let module = self.modules.get(class.module);
                module.origin == Origin::Builtin && !module.name.starts_with("django.db.")
            }
            Ancestor::External(name) => {
                !name.starts_with("builtins.") && !name.starts_with("django.db.")
            }
            Ancestor::Unknown => true,
        })
    }

    /// The model that has a table and in whose body a class stands.
    fn owner_with_table(&self, class: ClassRef) -> Option<ClassRef> {
        let facts = self.modules.facts(class.module);
        let scope = facts.body(facts.class(class.class).scope);
        let Owner::Class(owner) = scope.owner() else {
            return None;
        };
        let owner = ClassRef {
            module: class.module,
            class: owner,
        };
        self.is_concrete(owner).then_some(owner)
    }

    /// `abstract` counts only where the model's own `Meta` says it: Django takes it back from the
    /// `Meta` that is handed down.
    fn says_abstract(&self, class: ClassRef) -> bool {
        let Definition::Class(meta) = self.modules.class_member(class, "Meta") else {
            return false;
        };
        let body = self.modules.class_body(meta);
        match body.binding("abstract").map(|binding| binding.kind) {
            Some(crate::facts::ir::BindingKind::Value(value)) => {
                let value = self.evaluator.value(meta.module, body.expr(value));
                value.truth() == Some(true)
            }
            _ => false,
        }
    }

    fn swapped_for(&self, meta: &Meta, label: &str) -> Option<Arc<str>> {
        let setting = meta.text("swappable")?;
        let stand_in = self.configured.text(&setting)?;
        (!stand_in.eq_ignore_ascii_case(label)).then_some(stand_in)
    }

    /// A proxy uses the table of the first parent that has one.
    fn set_concrete(&self, model: &mut Model, parents: &[ModelId]) {
        if !model.is_proxy {
            return;
        }
        let mut tables = parents.iter().map(|&parent| self.graph.get(parent));
        match tables.find(|parent| !parent.is_abstract) {
            Some(parent) => model.concrete = parent.concrete,
            // Django refuses it; the class may still be a model once its base is found.
            None => model.is_proxy = false,
        }
    }

    fn take_fields(
        &mut self,
        model: &mut Model,
        class: ClassRef,
        declared: Declarations,
        parents: &[ModelId],
    ) {
        let (private, local) = declared
            .fields
            .into_iter()
            .partition(|field: &Field| field.kind.is_private());
        model.fields = local;
        model.private_fields = private;
        model.own_managers = declared.managers;
        let own_fields: FxHashSet<Arc<str>> = model
            .fields
            .iter()
            .chain(&model.private_fields)
            .map(|field| Arc::clone(&field.name))
            .collect();
        let mut names = declared.names;
        names.extend(model.fields.iter().map(Field::attname));
        if model.is_proxy {
            let concrete = self.graph.get(model.concrete);
            model.pk.clone_from(&concrete.pk);
            model.db_table.clone_from(&concrete.db_table);
            // A proxy has its model's fields as its own.
            model.fields.clone_from(&concrete.fields);
        }
        let mut hidden: Vec<Bound> = Vec::new();
        let mro = self.modules.mro(class);
        for &ancestor in mro.classes().skip(1) {
            let parent = self
                .graph
                .by_class(ancestor)
                .filter(|id| parents.contains(id));
            let Some(parent) = parent else {
                hidden.push(self.bound(ancestor));
                continue;
            };
            let mut heir = Heir {
                model: &mut *model,
                own_fields: &own_fields,
                names: &mut names,
                hidden: &hidden,
            };
            if self.graph.get(parent).is_abstract {
                heir.take_abstract(self.graph.get(parent));
            } else {
                let taken = heir.take_concrete(&self.graph, parent);
                hidden.push(Rc::new(taken));
            }
        }
        if model.is_abstract {
            // A generic relation puts nothing on an abstract class, so it hides nothing there.
            let generic = model.private_fields.iter();
            for field in generic.filter(|field| field.kind == FieldKind::GenericRelation) {
                names.remove(&field.name);
            }
        }
        self.bound.insert(class, Rc::new(names));
    }

    /// The names that a class which is no direct parent puts on the class.
    fn bound(&mut self, class: ClassRef) -> Bound {
        if let Some(known) = self.bound.get(&class) {
            return Rc::clone(known);
        }
        let mut names = FxHashSet::default();
        if !matches!(self.classes.nature(class), Nature::ModelBase) {
            let body = self.modules.class_body(class);
            let bindings = body.body().bindings.iter();
            names.extend(bindings.map(|binding| Arc::from(body.facts.text(binding.name))));
        }
        let bound = Rc::new(names);
        self.bound.insert(class, Rc::clone(&bound));
        bound
    }

    /// Ordering and `get_latest_by` come from the first parent with a table, where not said.
    fn inherit_options(&self, model: &mut Model, parents: &[ModelId]) {
        if model.is_abstract {
            return;
        }
        let Some(&first) = parents.first() else {
            return;
        };
        let first = self.graph.get(first);
        if !first.is_abstract {
            model.meta.inherit(&first.meta, "ordering");
            model.meta.inherit(&first.meta, "get_latest_by");
        }
    }

    fn set_primary_key(&self, model: &mut Model) {
        let declared = model
            .fields
            .iter()
            .find(|field| field.primary_key() == Some(true));
        if let Some(field) = declared {
            model.pk = Some(Arc::clone(&field.name));
            return;
        }
        if let Some(parent) = model.parents.first() {
            let Some(link) = parent.link.clone() else {
                return;
            };
            if let Some(field) = model.fields.iter_mut().find(|field| field.name == link) {
                let mut arguments = (*field.arguments).clone();
                arguments.set("primary_key", Constant::Bool(true));
                field.arguments = Arc::new(arguments);
            }
            model.pk = Some(link);
            return;
        }
        if model.is_open {
            return;
        }
        model.fields.insert(0, self.automatic_key(&model.app_label));
        model.pk = Some("id".into());
    }

    /// The `id` of models that declare no primary key.
    pub(super) fn automatic_key(&self, app_label: &str) -> Field {
        let of_app = self
            .apps
            .by_label(app_label)
            .and_then(|app| app.default_auto_field.clone());
        let is_told = of_app.is_some()
            || self.configured.is_complete()
            || self.configured.get("DEFAULT_AUTO_FIELD").is_some();
        let dotted = of_app.or_else(|| self.configured.text("DEFAULT_AUTO_FIELD"));
        let mut field = automatic(
            "id",
            FieldKind::Unknown,
            "django.db.models.fields.AutoField",
        );
        let mut arguments = Arguments::default();
        arguments.set("primary_key", Constant::Bool(true));
        arguments.set("verbose_name", Constant::Str("ID".into()));
        field.arguments = Arc::new(arguments);
        let nature = match dotted {
            Some(dotted) => self.classes.of_definition(&self.modules.lookup(&dotted)),
            // Only the Django version tells which one: all are whole numbers.
            None => Nature::Unknown,
        };
        if let Nature::Field(nature) = nature {
            field.kind = nature.kind;
            field.class = nature.class;
        } else {
            field.kind = FieldKind::Auto;
        }
        // Without the settings it is a whole number, of a size that each site decides.
        if !is_told {
            field.class = Arc::new(FieldClass {
                internal_type: None,
                ..(*field.class).clone()
            });
        }
        field
    }

    fn set_managers(&self, model: &mut Model, class: ClassRef) {
        let mut all: Vec<(usize, Manager)> = Vec::new();
        let own = model.own_managers.iter().cloned();
        all.extend(own.map(|manager| (0, manager)));
        let mro = self.modules.mro(class);
        for (depth, ancestor) in mro.classes().enumerate().skip(1) {
            let Some(id) = self.graph.by_class(*ancestor) else {
                continue;
            };
            for manager in &self.graph.get(id).own_managers {
                if all.iter().all(|(_, known)| known.name != manager.name) {
                    all.push((depth, manager.clone()));
                }
            }
        }
        if all.is_empty() && !model.is_abstract && !model.is_open {
            model.own_managers.push(Manager::automatic());
            all.push((0, Manager::automatic()));
        }
        model.managers = all.into_iter().map(|(_, manager)| manager).collect();
        let bases = || {
            mro.classes()
                .skip(1)
                .filter_map(|class| self.graph.by_class(*class))
                .map(|id| self.graph.get(id))
        };
        let named = model.meta.text("default_manager_name").or_else(|| {
            let first = bases().next().filter(|_| model.own_managers.is_empty())?;
            first.meta.text("default_manager_name")
        });
        model.default_manager = named.or_else(|| {
            let first = model.managers.first()?;
            Some(Arc::clone(&first.name))
        });
        model.base_manager = model
            .meta
            .text("base_manager_name")
            .or_else(|| bases().next()?.base_manager.clone());
    }
}

/// The column for the order among the rows of one other row.
fn order_with_respect_to(model: &mut Model) {
    if !matches!(
        model.meta.get("order_with_respect_to"),
        Some(Constant::Str(_))
    ) || model.fields.iter().any(|field| &*field.name == "_order")
    {
        return;
    }
    let ordering = Constant::List(vec![Constant::Str("_order".into())]);
    model.meta.set("ordering", ordering);
    let field = automatic(
        "_order",
        FieldKind::OrderWrt,
        "django.db.models.fields.proxy.OrderWrt",
    );
    model.fields.push(field);
}

/// A model that takes fields over from its parents.
struct Heir<'b> {
    model: &'b mut Model,
    /// The fields that its own body declares.
    own_fields: &'b FxHashSet<Arc<str>>,
    /// What is on the class so far.
    names: &'b mut FxHashSet<Arc<str>>,
    /// What classes earlier in the resolution order bind.
    hidden: &'b [Bound],
}

impl Heir<'_> {
    fn is_hidden(&self, name: &Arc<str>) -> bool {
        self.own_fields.contains(name)
            || self.names.contains(name)
            || self.hidden.iter().any(|names| names.contains(name))
    }

    /// Copies the fields of an abstract base that nothing hides.
    fn take_abstract(&mut self, base: &Model) {
        for field in &base.fields {
            if !self.is_hidden(&field.name) {
                self.names.insert(Arc::clone(&field.name));
                self.names.insert(field.attname());
                self.model.fields.push(field.clone());
            }
        }
        for parent in &base.parents {
            if self
                .model
                .parents
                .iter()
                .all(|known| known.model != parent.model)
            {
                self.model.parents.push(parent.clone());
            }
        }
        self.take_private(base);
    }

    /// Links to a parent with a table of its own; gives the names of its fields.
    fn take_concrete(&mut self, graph: &ModelGraph, parent: ModelId) -> FxHashSet<Arc<str>> {
        let declared = graph.get(parent);
        let names = declared.fields.iter().map(|field| Arc::clone(&field.name));
        let taken = names.collect();
        let concrete = graph.get(declared.concrete);
        let link = if self.model.is_proxy {
            None
        } else {
            Some(self.parent_link(concrete))
        };
        if self
            .model
            .parents
            .iter()
            .all(|known| known.model != declared.concrete)
        {
            self.model.parents.push(Parent {
                model: declared.concrete,
                link,
            });
        }
        self.take_private(declared);
        taken
    }

    fn take_private(&mut self, base: &Model) {
        for field in &base.private_fields {
            if !self.is_hidden(&field.name) {
                self.names.insert(Arc::clone(&field.name));
                self.model.private_fields.push(field.clone());
            }
        }
    }

    /// The one-to-one field declared as link to a parent, else the automatic `parent_ptr`.
    fn parent_link(&mut self, parent: &Model) -> Arc<str> {
        let declared = self.model.fields.iter().find(|field| {
            field.kind == FieldKind::OneToOne
                && field.argument("parent_link").and_then(Constant::truth) == Some(true)
                && names_model(field.argument("to"), parent, &self.model.app_label)
        });
        if let Some(field) = declared {
            return Arc::clone(&field.name);
        }
        let name: Arc<str> = format!("{}_ptr", parent.name.to_lowercase()).into();
        if self.model.fields.iter().all(|field| field.name != name) {
            let mut field = automatic(
                &name,
                FieldKind::OneToOne,
                "django.db.models.fields.related.OneToOneField",
            );
            let mut arguments = Arguments::default();
            let to = parent
                .class
                .map_or(Constant::Str(Arc::clone(&parent.label)), Constant::Class);
            arguments.set("to", to);
            arguments.set("parent_link", Constant::Bool(true));
            field.arguments = Arc::new(arguments);
            self.names.insert(Arc::clone(&name));
            self.model.fields.insert(0, field);
        }
        name
    }
}

/// Whether a relation's `to` names this model.
fn names_model(to: Option<&Constant>, model: &Model, app_label: &str) -> bool {
    match to {
        Some(Constant::Class(class)) => model.class == Some(*class),
        Some(Constant::Str(name)) => {
            let label = if name.contains('.') {
                name.to_string()
            } else {
                format!("{app_label}.{name}")
            };
            label.eq_ignore_ascii_case(&model.label)
        }
        _ => false,
    }
}

/// A field that Django adds by itself.
pub(super) fn automatic(name: &str, kind: FieldKind, dotted: &str) -> Field {
    let internal_type = match kind {
        FieldKind::OrderWrt => "IntegerField",
        _ => dotted.rsplit('.').next().unwrap_or(dotted),
    };
    Field {
        name: name.into(),
        kind,
        class: Arc::new(FieldClass {
            dotted: dotted.into(),
            class: None,
            internal_type: Some(internal_type.into()),
            names_relations: false,
            adds_fields: false,
            reads_itself: false,
            max_length: None,
        }),
        value: None,
        declared_in: None,
        arguments: Arc::default(),
        is_automatic: true,
        relation: None,
    }
}

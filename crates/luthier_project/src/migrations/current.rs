//! The models as the code has them, in the form that migrations have: `ProjectState.from_apps`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::exact::{Exact, canonical};
use super::operation::{Base, Managers, ModelOptions, Named, set_option};
use super::state::{ModelState, ProjectState, StateField, named, normalize_together, rename};
use super::value::{Made, Value};
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::facts::{ExprRef, Stmt};
use crate::models::{Field, FieldKind, FieldReader, Manager, Model, ModelGraph, ModelId, Target};
use crate::modules::{Ancestor, ClassRef, Definition, Origin};

/// Options that Django keeps in a model's state (`DEFAULT_NAMES` of Django 5.2), apart from
/// `app_label`, `apps`, `indexes` and `constraints`.
const OPTIONS: &[&str] = &[
    "verbose_name",
    "verbose_name_plural",
    "db_table",
    "db_table_comment",
    "ordering",
    "unique_together",
    "permissions",
    "get_latest_by",
    "order_with_respect_to",
    "db_tablespace",
    "abstract",
    "managed",
    "proxy",
    "swappable",
    "auto_created",
    "index_together",
    "default_permissions",
    "select_on_save",
    "default_related_name",
    "required_db_features",
    "required_db_vendor",
    "base_manager_name",
    "default_manager_name",
];

/// The state of the registered models of some apps.
pub(super) fn current(
    exact: Exact<'_>,
    reader: &FieldReader<'_>,
    graph: &ModelGraph,
    apps: &BTreeSet<Arc<str>>,
) -> ProjectState {
    let mut state = ProjectState::default();
    for (id, model) in graph.registered() {
        if model.made_by.is_none() && apps.contains(&model.app_label) {
            let current = Current {
                exact,
                reader,
                graph,
                model,
                id,
            };
            let model = current.model();
            state.models.insert(model.key(), Arc::new(model));
        }
    }
    state
}

struct Current<'a> {
    exact: Exact<'a>,
    reader: &'a FieldReader<'a>,
    graph: &'a ModelGraph,
    model: &'a Model,
    id: ModelId,
}

impl Current<'_> {
    fn model(&self) -> ModelState {
        let model = self.model;
        let (indexes, indexes_known) = self.listed("indexes");
        let (constraints, constraints_known) = self.listed("constraints");
        ModelState {
            app: Arc::clone(&model.app_label),
            name: Arc::clone(&model.name),
            fields: self.fields(),
            options: self.options(),
            indexes,
            constraints,
            bases: self.bases(),
            managers: self.managers(),
            is_open: model.is_open
                || model.meta.is_open
                || self.rests_on_outlines()
                || !indexes_known
                || !constraints_known,
            is_of_package: model.class.is_none(),
            is_doubtful: false,
        }
    }

    fn fields(&self) -> Vec<(Arc<str>, Arc<StateField>)> {
        if self.model.is_proxy {
            return Vec::new();
        }
        let fields = self.model.fields.iter();
        fields
            .filter(|field| field.kind != FieldKind::OrderWrt)
            .map(|field| (Arc::clone(&field.name), Arc::new(self.field(field))))
            .collect()
    }

    fn field(&self, field: &Field) -> StateField {
        let relation = field.relation.as_deref();
        let label = |target: &Target| match target {
            Target::Model(id) => self.label(*id),
            Target::Missing(label) => Some(Arc::clone(label)),
            Target::Unknown => None,
        };
        let to = relation
            .and_then(|relation| label(&relation.to))
            .or_else(|| label_of_djangos(field));
        // A model that Django made itself is no part of what the field is made of.
        let through = relation.and_then(|relation| {
            let through = relation.through.as_ref()?;
            let id = through.model();
            let is_automatic = id.is_some_and(|id| self.graph.get(id).made_by.is_some());
            if is_automatic { None } else { label(through) }
        });
        let target = relation.and_then(|relation| relation.to.model());
        let names_key = target.is_some_and(|target| {
            let named = field.argument("to_field").and_then(Constant::as_str);
            named.is_some() && named == self.graph.get(target).pk.as_deref()
        });
        let copied = self.reader.copied(field);
        StateField {
            names_key,
            place: field.value,
            to: to.map(|to| to.to_lowercase().into()),
            through,
            is_model_key: self.model.pk.as_ref() == Some(&field.name),
            field: Some(Box::new(copied.unwrap_or_else(|| field.clone()))),
            is_sketched: [field.declared_in, field.class.class]
                .into_iter()
                .flatten()
                .any(|class| self.is_sketched(class)),
            is_of_package: (field.value.is_none() && !field.is_automatic)
                || self.is_changed_later(&field.name),
            lost_default: false,
            renamed: Vec::new(),
        }
    }

    /// `Order._meta.get_field("name").max_length = 64` beside the model.
    fn is_changed_later(&self, field: &str) -> bool {
        let facts = self.exact.modules.facts(self.model.module);
        let changes = |target: ExprRef<'_>| {
            let call = target.as_attribute()?.0.as_call()?;
            let (meta, "get_field") = call.callee.as_attribute()? else {
                return None;
            };
            let (class, "_meta") = meta.as_attribute()? else {
                return None;
            };
            let named = call.argument(0, "field_name")?.as_str()?;
            Some(named == field && class.last_name() == Some(&*self.model.name))
        };
        let body = facts.module();
        facts.names.mention("get_field")
            && body.statements().any(|statement| match statement.kind() {
                Stmt::Assign { targets, .. } => {
                    let mut targets = body.list(targets);
                    targets.any(|target| changes(target) == Some(true))
                }
                _ => false,
            })
    }

    /// Whether the model's class rests on one of a package, or its `Meta` on any, of which only the
    /// outline is known: its metaclass may bring more fields along, its release have other ones.
    fn rests_on_outlines(&self) -> bool {
        let modules = self.exact.modules;
        let rests = |class: Option<ClassRef>, is_it: &dyn Fn(ClassRef) -> bool| {
            class.is_some_and(|class| modules.mro(class).classes().any(|class| is_it(*class)))
        };
        rests(self.model.meta.class, &|class| self.is_sketched(class))
            || rests(self.model.class, &|class| {
                let is_djangos = modules.get(class.module).name.starts_with("django.");
                !is_djangos && self.is_sketched(class)
            })
    }

    fn is_sketched(&self, class: ClassRef) -> bool {
        self.exact.modules.get(class.module).origin == Origin::Builtin
    }

    fn options(&self) -> ModelOptions {
        let meta = &self.model.meta;
        let mut options = ModelOptions::new();
        for &name in OPTIONS {
            if !meta.is_original(name) {
                continue;
            }
            let value = match meta.code(self.exact.modules, name) {
                Some((module, expr)) => self.exact.value(module, expr),
                None => meta.get(name).map_or(Value::Unknown, Value::of_constant),
            };
            let value = match name {
                "unique_together" | "index_together" => normalize_together(&value),
                _ => value,
            };
            set_option(&mut options, name, value);
        }
        // What leads over a private field is not kept.
        let is_private = |name: &Value| {
            let mut private = self.model.private_fields.iter();
            private.any(|field| Some(&*field.name) == name.as_str())
        };
        options.retain(|(name, value)| &**name != "order_with_respect_to" || !is_private(value));
        options
    }

    /// Indexes or constraints of `Meta`, with the names that they have in the end.
    fn listed(&self, option: &str) -> (Vec<Named>, bool) {
        let meta = &self.model.meta;
        if !meta.is_original(option) {
            return (Vec::new(), true);
        }
        let value = match meta.code(self.exact.modules, option) {
            Some((module, expr)) => self.exact.value(module, expr),
            None => Value::Unknown,
        };
        let (mut listed, is_known) = named(Some(value), self.exact);
        for named in &mut listed {
            let name = match &named.name {
                Some(name) => Some(self.filled_in(name)),
                None if option == "indexes" => self.automatic_name(named),
                None => None,
            };
            if let Some(name) = name {
                rename(named, &name);
            }
        }
        (listed, is_known)
    }

    /// `%(app_label)s` and `%(class)s` stand for the model that has the name in the end.
    fn filled_in(&self, name: &Arc<str>) -> Arc<str> {
        if !name.contains("%(") {
            return Arc::clone(name);
        }
        let class = self.model.name.to_lowercase();
        let name = name.replace("%(app_label)s", &self.model.app_label.to_lowercase());
        name.replace("%(class)s", &class).into()
    }

    /// `Index.set_name_with_model` of Django 4.2 to 6.0: table, first column, and a hash of all.
    fn automatic_name(&self, index: &Named) -> Option<Arc<str>> {
        let made = index.made()?;
        let own = self.own_suffix(&made.class);
        let suffix = match made.class.rsplit('.').next()? {
            "Index" => "idx",
            "BTreeIndex" => "btree",
            "BloomIndex" => "bloom",
            "BrinIndex" => "brin",
            "GinIndex" => "gin",
            "GistIndex" => "gist",
            "HashIndex" => "hash",
            "SpGistIndex" => "spgist",
            _ => own.as_deref()?,
        };
        let table = self.table()?;
        // A schema before the name does not count.
        let table = table
            .rsplit_once("\".\"")
            .map_or(&*table, |(_, table)| table);
        let mut columns = Vec::new();
        for field in made.keyword("fields")?.elements()? {
            let field = field.as_str()?;
            let plain = field.strip_prefix('-').unwrap_or(field);
            let column = self.column(plain)?;
            columns.push((column, field.starts_with('-')));
        }
        let first = columns.first()?.0.clone();
        let ordered = columns
            .iter()
            .map(|(column, is_descending)| match is_descending {
                true => format!("-{column}"),
                false => column.to_string(),
            });
        let mut hash = md5::Context::new();
        hash.consume(table);
        for column in ordered {
            hash.consume(column);
        }
        hash.consume(suffix);
        let digest = format!("{:x}", hash.finalize());
        let start = |text: &str, length: usize| text.chars().take(length).collect::<String>();
        let name = format!(
            "{}_{}_{}_{suffix}",
            start(table, 11),
            start(&first, 7),
            &digest[..6]
        );
        Some(match name.chars().next() {
            Some(letter) if letter == '_' || letter.is_ascii_digit() => {
                format!("D{}", &name[1..]).into()
            }
            _ => name.into(),
        })
    }

    /// The `suffix` that a project's own class of indexes has.
    fn own_suffix(&self, class: &str) -> Option<Arc<str>> {
        let modules = self.exact.modules;
        let Definition::Class(class) = modules.lookup(class) else {
            return None;
        };
        let Definition::Value(value) = modules.class_member(class, "suffix") else {
            return Some("idx".into());
        };
        modules.value(value).as_str().map(Arc::from)
    }

    fn table(&self) -> Option<Arc<str>> {
        let table = self.graph.get(self.id).db_table.clone();
        table.or_else(|| {
            let app = &self.model.app_label;
            Some(format!("{app}_{}", self.model.name.to_lowercase()).into())
        })
    }

    fn column(&self, name: &str) -> Option<Arc<str>> {
        let mut fields = self.model.fields.iter();
        let field = fields.find(|field| &*field.name == name || &*field.attname() == name)?;
        field.column()
    }

    fn bases(&self) -> Vec<Base> {
        let Some(class) = self.model.class else {
            return vec![Base::Unknown];
        };
        let mut bases = Vec::new();
        self.flatten_bases(class, &mut bases);
        let has_model = bases.iter().any(|base| !matches!(base, Base::Class(_)));
        if !has_model && bases.is_empty() {
            bases.push(Base::Class("django.db.models.Model".into()));
        }
        bases
    }

    /// `app.Model`; where settings list no apps, the label of one of Django's own is known all the same.
    fn label(&self, id: ModelId) -> Option<Arc<str>> {
        let model = self.graph.get(id);
        if !model.app_label.is_empty() {
            return Some(Arc::clone(&model.label));
        }
        let class = self.exact.modules.qualified_class(model.class?);
        label_of_class(&class)
    }

    /// Abstract bases are no part of a state; what they derive from takes their place.
    fn flatten_bases(&self, class: ClassRef, into: &mut Vec<Base>) {
        let modules = self.exact.modules;
        for base in modules.bases(class) {
            let base = match base {
                Ancestor::Class(base) => match self.graph.by_class(base) {
                    Some(id) if self.graph.get(id).is_abstract => {
                        self.flatten_bases(base, into);
                        continue;
                    }
                    Some(id) => match self.label(id) {
                        Some(label) => Base::Model(label.to_lowercase().into()),
                        None => Base::Unknown,
                    },
                    None => Base::Class(canonical(&modules.qualified_class(base))),
                },
                Ancestor::External(name) => Base::Class(canonical(&name)),
                Ancestor::Unknown => Base::Unknown,
            };
            if !into.contains(&base) {
                into.push(base);
            }
        }
    }

    /// The managers that migrations keep: those that say so, and plain ones in place of the default.
    fn managers(&self) -> Managers {
        let plain = || {
            Value::Made(Arc::new(Made {
                class: "django.db.models.Manager".into(),
                arguments: Vec::new(),
                keywords: Vec::new(),
            }))
        };
        let mut kept = Vec::new();
        let mut has_only_stand_in = true;
        for manager in &self.model.managers {
            let is_default = self.model.default_manager.as_ref() == Some(&manager.name);
            let is_base = self.model.meta.is_original("base_manager_name")
                && self.model.base_manager.as_ref() == Some(&manager.name);
            if self.is_used_in_migrations(manager)? {
                kept.push((Arc::clone(&manager.name), self.made(manager)?));
                has_only_stand_in = false;
            } else if is_default || is_base {
                has_only_stand_in &= is_default && &*manager.name == "objects";
                kept.push((Arc::clone(&manager.name), plain()));
            }
        }
        if kept.len() == 1 && has_only_stand_in {
            kept.clear();
        }
        Some(kept)
    }

    /// `use_in_migrations` of a manager's class; `None` where the class is not known.
    fn is_used_in_migrations(&self, manager: &Manager) -> Option<bool> {
        if manager.value.is_none() {
            return Some(false);
        }
        let modules = self.exact.modules;
        let Some(class) = manager.manager_class else {
            let name = manager.class.as_deref()?;
            let last = name.rsplit('.').next().unwrap_or(name);
            let says_so = [
                "UserManager",
                "GroupManager",
                "PermissionManager",
                "ContentTypeManager",
            ];
            return name.starts_with("django.").then(|| says_so.contains(&last));
        };
        let mro = modules.mro(class);
        let mut is_djangos = false;
        for ancestor in &mro.ancestors {
            let ancestor = match ancestor {
                Ancestor::Class(ancestor) => *ancestor,
                Ancestor::External(name) if name.starts_with("django.") => {
                    let last = name.rsplit('.').next();
                    return match last {
                        Some("UserManager") => Some(true),
                        // Without Django's code, `Manager` may come before one that derives from it.
                        Some("Manager" | "BaseManager") => continue,
                        _ => None,
                    };
                }
                Ancestor::External(_) => continue,
                // A base that Django itself makes.
                Ancestor::Unknown if is_djangos => return Some(false),
                Ancestor::Unknown => return None,
            };
            // What luthier only knows the outline of may say so.
            if self.is_sketched(ancestor) {
                return None;
            }
            is_djangos |= modules.get(ancestor.module).name.starts_with("django.");
            let body = modules.class_body(ancestor);
            if let Some(binding) = body.binding("use_in_migrations") {
                let BindingKind::Value(value) = binding.kind else {
                    return None;
                };
                return self.exact.value(ancestor.module, body.expr(value)).truth();
            }
        }
        Some(false)
    }

    fn made(&self, manager: &Manager) -> Option<Value> {
        let place = manager.value?;
        match self
            .exact
            .value(place.module, self.exact.modules.value(place))
        {
            made @ Value::Made(_) => Some(made),
            _ => None,
        }
    }
}

/// The label of a model of one of Django's own apps, told by the name of its class: where Django's
/// code is not there to be asked.
fn label_of_djangos(field: &Field) -> Option<Arc<str>> {
    let Constant::External(class) = field.argument("to")? else {
        return None;
    };
    label_of_class(class)
}

/// `auth.Group` of `django.contrib.auth.models.Group`.
fn label_of_class(dotted: &str) -> Option<Arc<str>> {
    let (app, model) = dotted
        .strip_prefix("django.contrib.")?
        .split_once(".models.")?;
    Some(format!("{app}.{model}").into())
}

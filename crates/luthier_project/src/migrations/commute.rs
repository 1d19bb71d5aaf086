//! Whether the migrations of several leaves may run in any order.
//!
//! Django merges leaves whatever they do (`makemigrations --merge`); whether the result hangs on the
//! order is asked of the person. Here it is worked out from what each operation changes and needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::operation::{Base, Named, OldIndex, Operation, Step, option};
use super::state::{ModelKey, StateField, resolve};
use super::value::Value;
use super::{Conflict, MigrationId, Migrations};

/// Two migrations of different leaves whose order matters, or may.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    pub one: ClashSide,
    pub other: ClashSide,
    /// What both are about.
    pub over: Item,
    /// Whether the order is known to matter: what code and SQL do is not.
    pub is_certain: bool,
}

/// One of the two migrations whose order matters.
#[derive(Clone, Debug, PartialEq)]
pub struct ClashSide {
    pub migration: MigrationId,
    /// Its operation; `None` for what it does beside its operations.
    pub step: Option<Arc<Step>>,
}

/// What an operation changes or needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A model with all that it has.
    Model(ModelKey),
    /// That a model is there under its name.
    Presence(ModelKey),
    Field(ModelKey, Arc<str>),
    /// An option of `Meta`, by its name in an operation.
    Option(ModelKey, &'static str),
    /// An index or a constraint; a database has one of a name, whatever its table.
    Index(ModelKey, Arc<str>),
    /// A table, by its name.
    Table(Arc<str>),
    /// Whatever code, SQL or an operation of the project's own does, and what a database does whose tables
    /// are not as the models say.
    Anything,
}

impl Item {
    /// In words: `field total of order`.
    pub fn describe(&self) -> String {
        match self {
            Self::Model((_, model)) | Self::Presence((_, model)) => format!("model {model}"),
            Self::Field((_, model), field) => format!("field {field} of {model}"),
            Self::Option((_, model), option) => format!("{option} of {model}"),
            Self::Index((_, model), name) => format!("index or constraint {name} of {model}"),
            Self::Table(name) => format!("table {name}"),
            Self::Anything => "code or SQL".to_owned(),
        }
    }

    fn model(&self) -> Option<&ModelKey> {
        match self {
            Self::Model(key)
            | Self::Presence(key)
            | Self::Field(key, _)
            | Self::Option(key, _)
            | Self::Index(key, _) => Some(key),
            Self::Table(_) | Self::Anything => None,
        }
    }
}

/// What one operation changes, and what it needs to be as it is.
#[derive(Debug, Default)]
struct Touched {
    changed: BTreeSet<Item>,
    needed: BTreeSet<Item>,
}

impl Migrations {
    /// The migrations of an app that come with one of its leaves and not with all of them: what a merge
    /// brings together. In the order of the leaves; each branch in the order in which it runs.
    pub fn branches(&self, conflict: &Conflict) -> Vec<Vec<MigrationId>> {
        let before: Vec<BTreeSet<MigrationId>> = conflict
            .leaves
            .iter()
            .map(|&leaf| self.of_app_before(leaf))
            .collect();
        let is_common = |id: &MigrationId| before.iter().all(|branch| branch.contains(id));
        before
            .iter()
            .map(|branch| {
                let in_order = self.order.iter().copied();
                in_order
                    .filter(|id| branch.contains(id) && !is_common(id))
                    .collect()
            })
            .collect()
    }

    /// A migration and those of its app that come before it by what the app itself says.
    fn of_app_before(&self, leaf: MigrationId) -> BTreeSet<MigrationId> {
        let mut found = BTreeSet::new();
        let mut open = vec![leaf];
        while let Some(id) = open.pop() {
            if found.insert(id) {
                let before = self.before(id).iter().copied();
                open.extend(before.filter(|&it| self.get(it).app == self.get(leaf).app));
            }
        }
        found
    }

    /// The first two migrations of different leaves whose order matters; `None` where any order comes
    /// to the same.
    pub fn clash(&self, conflict: &Conflict) -> Option<Clash> {
        let branches = self.branches(conflict);
        let mut uncertain = None;
        for (index, branch) in branches.iter().enumerate() {
            for other in &branches[index + 1..] {
                for (&one, &two) in branch
                    .iter()
                    .flat_map(|one| other.iter().map(move |two| (one, two)))
                    .filter(|(one, two)| one != two)
                {
                    match self.clash_of(one, two) {
                        Some(clash) if clash.is_certain => return Some(clash),
                        found => uncertain = uncertain.or(found),
                    }
                }
            }
        }
        uncertain
    }

    fn clash_of(&self, one: MigrationId, other: MigrationId) -> Option<Clash> {
        let second = self.touched(other);
        let mut found: Option<Clash> = None;
        for (step, touched) in self.touched(one) {
            for (other_step, other_touched) in &second {
                let Some(over) = touched.meets(other_touched) else {
                    continue;
                };
                if found.as_ref().is_none_or(|found| over < found.over) {
                    found = Some(Clash {
                        one: ClashSide {
                            migration: one,
                            step: step.clone(),
                        },
                        other: ClashSide {
                            migration: other,
                            step: other_step.clone(),
                        },
                        is_certain: over != Item::Anything,
                        over,
                    });
                }
            }
        }
        found
    }

    /// What each operation of a migration changes and needs, and what the migration does beside them.
    fn touched(&self, id: MigrationId) -> Vec<(Option<Arc<Step>>, Touched)> {
        let migration = self.get(id);
        let does = self.steps(id);
        let mut all = Vec::new();
        for step in &does.steps {
            let mut touched = Touched::default();
            touched.step(&migration.app, step);
            all.push((Some(Arc::clone(step)), touched));
        }
        if does.is_open {
            let mut touched = Touched::default();
            touched.change(Item::Anything);
            all.push((None, touched));
        }
        all
    }
}

/// What two operations are both about, if anything.
fn overlap(one: &Item, other: &Item) -> Option<Item> {
    match (one, other) {
        (Item::Anything, _) | (_, Item::Anything) => Some(Item::Anything),
        // All of a model is about each of its parts.
        (Item::Model(key), _) if other.model() == Some(key) => Some(one.clone()),
        (_, Item::Model(key)) if one.model() == Some(key) => Some(other.clone()),
        (Item::Index(_, name), Item::Index(_, same)) if name == same => Some(one.clone()),
        _ => (one == other).then(|| one.clone()),
    }
}

impl Touched {
    /// What one changes and the other changes or needs: the first such thing.
    fn meets(&self, other: &Self) -> Option<Item> {
        let pairs = [
            (&self.changed, &other.changed),
            (&self.changed, &other.needed),
            (&self.needed, &other.changed),
        ];
        let found = pairs.into_iter().flat_map(|(ours, theirs)| {
            let each = ours
                .iter()
                .flat_map(move |one| theirs.iter().map(move |it| (one, it)));
            each.filter_map(|(one, it)| overlap(one, it))
        });
        found.min()
    }

    fn step(&mut self, app: &Arc<str>, step: &Step) {
        if step.is_overridden {
            self.change(Item::Anything);
        }
        let key = |name: &str| -> ModelKey { (Arc::clone(app), name.to_lowercase().into()) };
        match &step.operation {
            Operation::CreateModel {
                name,
                fields,
                options,
                bases,
                ..
            } => {
                let model = key(name);
                let table = option(options, "db_table").and_then(Value::as_str);
                self.change(Item::Table(match table {
                    Some(table) => table.into(),
                    None => default_table(&model),
                }));
                for (_, field) in fields {
                    self.needs_target(&model, field);
                }
                for base in bases {
                    if let Base::Model(label) = base {
                        self.needed.insert(Item::Presence(resolve(label, &model)));
                    }
                }
                self.changed.insert(Item::Model(model));
            }
            Operation::DeleteModel { name } => self.change(Item::Model(key(name))),
            Operation::RenameModel { old_name, new_name } => {
                self.change(Item::Model(key(old_name)));
                self.change(Item::Model(key(new_name)));
                self.change(Item::Table(default_table(&key(new_name))));
            }
            Operation::AlterModelTable { name, table } => {
                self.change(Item::Table(match table.as_str() {
                    Some(table) => table.into(),
                    None => default_table(&key(name)),
                }));
                self.change(Item::Option(key(name), "the table's name"));
            }
            Operation::AlterModelTableComment { name, .. } => {
                self.change(Item::Option(key(name), "the table's comment"));
            }
            Operation::AlterTogether { kind, name, value } => {
                self.change(Item::Option(key(name), kind.option()));
                self.needs_named(&key(name), value);
            }
            Operation::AlterOrderWithRespectTo { name, field } => {
                self.change(Item::Option(key(name), "order_with_respect_to"));
                self.change(Item::Field(key(name), "_order".into()));
                if let Some(field) = field {
                    self.needed
                        .insert(Item::Field(key(name), Arc::clone(field)));
                }
            }
            Operation::AlterModelOptions { name, .. } => {
                self.change(Item::Option(key(name), "the options"));
            }
            Operation::AlterModelManagers { name, .. } => {
                self.change(Item::Option(key(name), "the managers"));
            }
            Operation::AddField {
                model, name, field, ..
            }
            | Operation::AlterField {
                model, name, field, ..
            } => {
                self.needs_target(&key(model), field);
                self.change(Item::Field(key(model), Arc::clone(name)));
            }
            Operation::RemoveField { model, name } => {
                self.change(Item::Field(key(model), Arc::clone(name)));
            }
            Operation::RenameField {
                model,
                old_name,
                new_name,
            } => {
                self.change(Item::Field(key(model), Arc::clone(old_name)));
                self.change(Item::Field(key(model), Arc::clone(new_name)));
            }
            Operation::AddIndex { model, index, .. } => self.adds(key(model), index),
            Operation::AddConstraint {
                model, constraint, ..
            }
            | Operation::AlterConstraint { model, constraint } => self.adds(key(model), constraint),
            Operation::RemoveIndex { model, name, .. }
            | Operation::RemoveConstraint { model, name }
            | Operation::ValidateConstraint { model, name } => {
                self.change(Item::Index(key(model), Arc::clone(name)));
            }
            Operation::RenameIndex {
                model,
                new_name,
                old,
            } => {
                self.change(Item::Index(key(model), Arc::clone(new_name)));
                match old {
                    OldIndex::Named(name) => {
                        self.change(Item::Index(key(model), Arc::clone(name)));
                    }
                    OldIndex::Of(_) => self.change(Item::Option(key(model), "index_together")),
                }
            }
            Operation::SeparateDatabaseAndState { database, state } => {
                // SQLite's tables are remade as the models say, which then is not what they were.
                self.change(Item::Anything);
                for step in database.iter().chain(state) {
                    self.step(app, step);
                }
            }
            Operation::RunPython { .. } | Operation::RunSql { .. } | Operation::Unknown { .. } => {
                self.change(Item::Anything);
            }
            // Servers do not mind in which order they get their extensions.
            Operation::Server { .. } => {}
        }
    }

    fn change(&mut self, item: Item) {
        self.changed.insert(item);
    }

    /// A relation needs the model that it leads to, and the one between.
    fn needs_target(&mut self, from: &ModelKey, field: &StateField) {
        let ends = field
            .target(from)
            .into_iter()
            .chain(field.through_target(from));
        self.needed
            .extend(ends.filter(|end| end != from).map(Item::Presence));
    }

    /// An index or a constraint is added, which needs the fields that it names.
    fn adds(&mut self, model: ModelKey, named: &Named) {
        let name = named.name.clone().unwrap_or_else(|| "".into());
        self.needs_named(&model, &named.value);
        self.change(Item::Index(model, name));
    }

    /// Every text in a value may name a field, as the paths of lookups do.
    fn needs_named(&mut self, model: &ModelKey, value: &Value) {
        match value {
            Value::Str(text) => {
                let name = text
                    .trim_start_matches('-')
                    .split("__")
                    .next()
                    .unwrap_or("");
                self.needed.insert(Item::Field(model.clone(), name.into()));
            }
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Items(items) => {
                for item in items.iter() {
                    self.needs_named(model, item);
                }
            }
            Value::Made(made) => {
                let keywords = made.keywords.iter().map(|(_, value)| value);
                for value in made.arguments.iter().chain(keywords) {
                    self.needs_named(model, value);
                }
            }
            Value::Condition(condition) => {
                for child in &condition.children {
                    self.needs_named(model, child);
                }
            }
            _ => {}
        }
    }
}

/// The table of a model that names none.
fn default_table((app, model): &ModelKey) -> Arc<str> {
    format!("{app}_{model}").into()
}

//! Collections that grow with a table or a file.

use super::locals::only_value;
use super::{Held, Target};
use crate::Project;
use crate::constant::Constant;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Run, Stmt};
use crate::models::{Field, FieldKind, Found, ModelId, Target as Related};
use crate::modules::{ModuleId, ValueRef};

/// How many steps lead from a collection to what it is made from.
const MAX_STEPS: u32 = 8;

/// Methods of querysets that leave as many rows as there are.
const KEEPING: &[&str] = &[
    "all",
    "annotate",
    "defer",
    "exclude",
    "filter",
    "iterator",
    "only",
    "order_by",
    "prefetch_related",
    "select_for_update",
    "select_related",
    "using",
];

/// What the names of models end in that hold configuration.
const CONFIGURATION: &[&str] = &[
    "Config",
    "Configuration",
    "Preference",
    "Setting",
    "Template",
    "Type",
];

/// What keys to users are called that say who made a row, beside those that end in `_by`.
const MAKERS: &[&str] = &["author", "creator", "editor"];

/// What a collection grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// All rows of a table that surely grows, or those that meet a condition on its own columns.
    Table(ModelId),
    /// The lines of a CSV file.
    File,
}

impl Project {
    /// What a collection surely grows with: built from all rows of a table, or all lines of a file,
    /// and nowhere cut.
    pub fn growth(&self, value: ValueRef) -> Option<Growth> {
        if !self.modules.is_repository(value.module) {
            return None;
        }
        let walk = Walk {
            project: self,
            module: value.module,
        };
        walk.collection(self.modules.value(value), MAX_STEPS)
    }

    /// Whether a table surely gets rows as the project is used: users, and what belongs to other
    /// rows. Others may be a handful of kinds and states.
    pub fn table_grows(&self, model: ModelId) -> bool {
        let fields = &self.models.get(model).fields;
        let mut relations = fields.iter().filter_map(|field| {
            let relation = field.relation().filter(|_| field.kind.is_foreign_key())?;
            (!relation.is_parent_link).then(|| relation.to.model())?
        });
        self.is_of_users(model) || relations.any(|to| to != model)
    }

    /// Whether rows belong to others, or to users whose model is not seen.
    pub(super) fn belongs_to_others(&self, model: ModelId) -> bool {
        let mut fields = self.models.get(model).fields.iter();
        self.table_grows(model) || fields.any(|field| self.leads_to_user(field))
    }

    /// Whether a foreign key leads to users whose model is not seen: that of Django, or that of
    /// settings which are not there.
    pub(super) fn leads_to_user(&self, key: &Field) -> bool {
        let relation = key.relation().filter(|_| key.kind.is_foreign_key());
        match relation.map(|relation| &relation.to) {
            Some(Related::Missing(label)) => &**label == "auth.User",
            Some(Related::Unknown) => self.names_user(key) == Some(true),
            Some(Related::Model(_)) | None => false,
        }
    }

    fn names_user(&self, key: &Field) -> Option<bool> {
        let value = key.value?;
        let call = self.modules.value(value).as_call()?;
        let to = call.positional().next().or_else(|| call.keyword("to"))?;
        if to.last_name() == Some("AUTH_USER_MODEL") {
            return Some(true);
        }
        let found = self.modules.resolve_expr(value.module, to.without_call());
        let named = self.modules.qualified(&found)?;
        let of_auth = named.strip_prefix("django.contrib.auth.")?;
        Some(matches!(of_auth, "models.User" | "get_user_model"))
    }

    /// Whether a table holds what somebody sets up, by the name of its model: a handful of rows, but where
    /// each user has their own, or more come with use.
    pub(super) fn holds_configuration(&self, model: ModelId) -> bool {
        let mut fields = self.models.fields(model).into_iter();
        names_configuration(&self.models.get(model).name)
            && !self.table_grows_for_ever(model)
            && !fields.any(|(_, field)| self.is_key_to_owner(field))
    }

    /// Whether a key says which user a row belongs to, by themselves or by what each of them has one of.
    fn is_key_to_owner(&self, key: &Field) -> bool {
        let is_one_to_one = key.kind == FieldKind::OneToOne;
        // Who made a row is no owner of it.
        let is_maker = MAKERS.contains(&&*key.name) || key.name.ends_with("_by");
        let is_owned = is_one_to_one || key.null() == Some(false) && !is_maker;
        if !is_owned && &*key.name != "user" {
            return false;
        }
        self.is_key_to_user(key) || {
            let to = key.relation().and_then(|relation| relation.to.model());
            let is_key = |field: &Field| field.kind == FieldKind::OneToOne;
            to.is_some_and(|to| {
                let mut fields = self.models.fields(to).into_iter();
                fields.any(|(_, field)| is_key(field) && self.is_key_to_user(field))
            })
        }
    }

    fn is_key_to_user(&self, key: &Field) -> bool {
        let relation = key.relation().filter(|_| key.kind.is_foreign_key());
        let to = relation.and_then(|relation| relation.to.model());
        to.is_some_and(|to| self.is_of_users(to)) || self.leads_to_user(key)
    }

    /// Whether a model is that of users, Django's own where no settings say which.
    pub(super) fn is_of_users(&self, model: ModelId) -> bool {
        let label = &self.models.get(model).label;
        self.flows.likely_user == Some(model) || &**label == "auth.User"
    }

    /// Whether a table surely gets rows for as long as people use the project: what belongs to a user
    /// who may have many of them, at whatever distance, and knows when it was made.
    pub fn table_grows_for_ever(&self, model: ModelId) -> bool {
        let is_moment = |(_, field): &(ModelId, &Field)| {
            let is_set = field.argument("auto_now_add").and_then(Constant::truth) == Some(true);
            field.kind == FieldKind::DateTime && is_set
        };
        self.models.fields(model).iter().any(is_moment)
            && self.belongs_to_users(model, false, MAX_STEPS)
    }

    /// Whether a row always leads to a user, over one key at least that others may share.
    fn belongs_to_users(&self, model: ModelId, is_shared: bool, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else {
            return false;
        };
        if is_shared && self.flows.likely_user == Some(model) {
            return true;
        }
        self.models.fields(model).into_iter().any(|(_, field)| {
            let is_key = field.kind.is_foreign_key() && field.null() == Some(false);
            let relation = field.relation().filter(|_| is_key);
            let to = relation.and_then(|relation| relation.to.model());
            let is_shared = is_shared || field.unique() == Some(false);
            to.is_some_and(|to| to != model && self.belongs_to_users(to, is_shared, steps))
        })
    }

    /// Whether a table surely is large one day: its rows belong to users, or to rows that belong to
    /// others themselves. What belongs to nothing else, or only may, is often configuration.
    pub fn table_is_large(&self, model: ModelId) -> bool {
        if names_configuration(&self.models.get(model).name) {
            return false;
        }
        let owners = || self.owners(model).into_iter();
        owners().any(|to| {
            self.is_of_users(to)
                || self
                    .owners(to)
                    .into_iter()
                    .any(|above| above != model && above != to)
        })
    }

    /// The models that each row of a model belongs to. Sites and kinds of content are few.
    fn owners(&self, model: ModelId) -> Vec<ModelId> {
        let fields = self.models.fields(model);
        let owners = fields.iter().filter_map(|(_, field)| {
            let relation = field.relation().filter(|_| field.kind.is_foreign_key())?;
            let is_owned = field.null() == Some(false) && !relation.is_parent_link;
            relation.to.model().filter(|_| is_owned)
        });
        let is_table = |to: &ModelId| {
            let owner = self.models.get(*to);
            *to != model && !matches!(&*owner.app_label, "contenttypes" | "sites")
        };
        owners.filter(is_table).collect()
    }
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    project: &'a Project,
    module: ModuleId,
}

impl<'a> Walk<'a> {
    fn collection(self, value: ExprRef<'a>, steps: u32) -> Option<Growth> {
        let steps = steps.checked_sub(1)?;
        if let Expr::Comprehension(_, _, clauses) = value.kind() {
            let first = value.body.clauses(clauses).first()?;
            // A condition may leave few.
            let is_whole = first.conditions.is_empty();
            return is_whole.then(|| self.source(value.at(first.iter), steps))?;
        }
        if let Some(name) = value.as_name() {
            let bound = only_value(value.body, name)?;
            if is_empty_list(bound) {
                return self.appended(value, name, steps);
            }
            return self.collection(bound, steps);
        }
        self.source(value, steps)
    }

    /// What is gone through.
    fn source(self, value: ExprRef<'a>, steps: u32) -> Option<Growth> {
        let steps = steps.checked_sub(1)?;
        if let Some(name) = value.as_name() {
            return self.collection(only_value(value.body, name)?, steps);
        }
        let call = value.as_call()?;
        let calls = self.project.calls(self.module);
        if let Some(Target::Outside(name)) = calls.target(value.body.id, value.id) {
            match calls.name(name) {
                "builtins.enumerate" | "builtins.list" | "builtins.reversed"
                | "builtins.sorted" => {
                    return self.collection(call.positional().next()?, steps);
                }
                "csv.DictReader" | "csv.reader" => return Some(Growth::File),
                _ => {}
            }
        }
        let model = self.rows(value)?;
        self.project
            .table_grows(model)
            .then_some(Growth::Table(model))
    }

    /// The model whose rows a chain of methods on its manager gives.
    fn rows(self, value: ExprRef<'a>) -> Option<ModelId> {
        let call = value.as_call()?;
        let calls = self.project.calls(self.module);
        let target = calls.target(value.body.id, value.id);
        let (rows, method) = call.callee.as_attribute()?;
        let is_djangos = matches!(target, Some(Target::Outside(name))
            if calls.name(name).strip_prefix("django.db.models.query.QuerySet.") == Some(method));
        if !is_djangos || !KEEPING.contains(&method) {
            return None;
        }
        let model = match rows.as_attribute() {
            Some((_, manager)) if manager == "objects" || manager == "_default_manager" => {
                let held = self.project.held(ValueRef::of(self.module, rows));
                match held {
                    Held::Rows(model) => model,
                    _ => return None,
                }
            }
            _ => self.rows(rows)?,
        };
        let is_wide = !matches!(method, "filter" | "exclude") || {
            !call.is_open()
                && call.positional().next().is_none()
                && call.keywords().all(|(path, _)| self.is_wide(model, path))
                && !(method == "filter" && self.is_of_one(model, call))
        };
        is_wide.then_some(model)
    }

    /// Whether a condition is on a column that many rows may share, and no list of values.
    fn is_wide(self, model: ModelId, path: &str) -> bool {
        let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
        let Found::Field(_, field) = self.project.models.lookup(model, name) else {
            return false;
        };
        !field.kind.is_relation()
            && field.unique() == Some(false)
            && matches!(
                lookup,
                "exact" | "isnull" | "gt" | "gte" | "lt" | "lte" | "icontains" | "contains"
            )
    }

    /// Whether no two rows may be alike in what a call compares.
    fn is_of_one(self, model: ModelId, call: CallRef<'a>) -> bool {
        let compared: Vec<&str> = call
            .keywords()
            .map(|(path, _)| path.strip_suffix("__exact").unwrap_or(path))
            .collect();
        let model = self.project.models.get(model);
        model.is_unique(&self.project.modules, &compared) == Some(true)
    }

    /// A list that a loop appends to, and that nothing empties.
    fn appended(self, list: ExprRef<'a>, name: &str, steps: u32) -> Option<Growth> {
        let body = list.body;
        let mut calls = body.exprs().filter_map(ExprRef::as_call);
        let is_own = |expr: ExprRef<'a>| expr.as_name() == Some(name);
        let method_of = |call: CallRef<'a>| {
            let (object, method) = call.callee.as_attribute()?;
            is_own(object).then_some(method)
        };
        let is_plain = calls.all(|call| {
            method_of(call).is_none_or(|method| matches!(method, "append" | "extend" | "index"))
        });
        let is_cut = body
            .all_statements()
            .any(|statement| match statement.kind() {
                Stmt::Delete(targets) => body.list(targets).any(|target| {
                    let object = match target.kind() {
                        Expr::Subscript(object, _) => target.at(object),
                        _ => target,
                    };
                    is_own(object)
                }),
                _ => false,
            });
        if !is_plain || is_cut {
            return None;
        }
        let mut statements = body.all_statements();
        statements.find_map(|statement| {
            let Stmt::For {
                iter, body: block, ..
            } = statement.kind()
            else {
                return None;
            };
            // What is stored within the loop is one batch.
            let holds = statement.span().encloses(list.span());
            let appends = !holds && appends_to(body, block, name);
            appends.then(|| self.source(body.expr(iter), steps))?
        })
    }
}

/// Whether a block always appends to a list: under a condition it may be few.
fn appends_to(body: BodyRef<'_>, block: Run, name: &str) -> bool {
    body.block(block).any(|statement| match statement.kind() {
        Stmt::Expr(value) => {
            let call = body.expr(value).as_call();
            let method = call.and_then(|call| call.callee.as_attribute());
            method.is_some_and(|(object, method)| {
                method == "append" && object.as_name() == Some(name)
            })
        }
        Stmt::With { body: inner, .. } => appends_to(body, inner, name),
        Stmt::Try(index) => appends_to(body, body.body().tries[index as usize].body, name),
        _ => false,
    })
}

/// `SiteSettings` is configuration, `SettingChange` is not.
fn names_configuration(model: &str) -> bool {
    let name = model.strip_suffix('s').unwrap_or(model);
    CONFIGURATION.iter().any(|word| name.ends_with(word))
}

fn is_empty_list(value: ExprRef<'_>) -> bool {
    value
        .elements()
        .is_some_and(|mut elements| elements.next().is_none())
}

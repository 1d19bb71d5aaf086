//! What a name in a query leads to: `author__name__icontains` on a model.
//!
//! Names are taken apart as Django does it (`Query.names_to_path`, `solve_lookup_type`,
//! `build_lookup` in `django.db.models.sql.query`, 4.2 to 6.1).

use super::lookups::{self, Lookup};
use super::{Registered, Role};
use crate::ModelGraph;
use crate::apps::{App, Apps};
use crate::facts::ir::BindingKind;
use crate::models::{Field, FieldKind, Found, ModelId};
use crate::modules::{Ancestor, Modules};

/// What is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misnamed {
    /// The part of the path that leads nowhere.
    pub part: String,
    /// On what it was looked for.
    pub model: ModelId,
    pub what: Missing,
    /// Whether a decorator of the model's class, which is not followed, may have added the name, or a
    /// model of an installed app whose code was not found.
    pub may_be_added: bool,
}

/// What a part of a path should have been and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A field, or a way back, of the model.
    Name,
    /// A lookup or transform of a field of the model.
    Lookup { field: String },
    /// A relation that can be loaded so.
    Relation,
    /// A relation to one model: generic foreign keys lead to another one in each row.
    Model,
    /// A column that can be set.
    Column,
}

/// What paths are followed by.
pub(super) struct Rules<'a> {
    pub(super) modules: &'a Modules,
    pub(super) models: &'a ModelGraph,
    pub(super) registered: &'a Registered,
    pub(super) apps: &'a Apps,
    pub(super) user_model: Option<ModelId>,
    /// Whether models are taken for having no more than is known of them: what is wrong then is only
    /// likely to be.
    pub(super) is_guess: bool,
}

impl Rules<'_> {
    /// Follows a path; `None` where it leads somewhere, or where that cannot be told.
    pub(super) fn misnamed(&self, model: ModelId, path: &str, role: Role) -> Option<Misnamed> {
        if self.names_subclass(model, path) {
            return None;
        }
        let parts: Vec<&str> = path.split("__").collect();
        match role {
            Role::Load => self.not_loaded(model, &parts),
            Role::Prefetch => self.not_prefetched(model, &parts),
            Role::Column => self.not_a_column(model, path),
            Role::Lookup | Role::Value => self.unknown(model, &parts),
            // What a class takes when it makes a row, its own code says.
            Role::Made => None,
        }
    }

    fn unknown(&self, model: ModelId, parts: &[&str]) -> Option<Misnamed> {
        let mut current = model;
        for (index, part) in parts.iter().enumerate() {
            let rest = &parts[index + 1..];
            let field = match self.lookup(current, part) {
                Found::Unknown => return None,
                Found::Reverse(reverse) => {
                    current = reverse.from;
                    continue;
                }
                Found::Field(_, field) | Found::Key(_, field) => field,
                Found::Nothing => {
                    // A relation can be compared itself.
                    let is_lookup = rest.is_empty() && lookups::is_of_relation(part);
                    if index > 0 && (is_lookup || self.registered.has(part)) {
                        return None;
                    }
                    if self.may_be_field(current, part) {
                        return None;
                    }
                    return self.wrong(part, current, Missing::Name);
                }
            };
            if field.kind == FieldKind::GenericForeignKey {
                return self.wrong(part, current, Missing::Model);
            }
            if field.kind.is_relation() {
                // Tags have rules of their own.
                current = field.relation()?.to.model()?;
                continue;
            }
            let part = self.behind_column(field, rest)?;
            let field = field.name.to_string();
            return self.wrong(part, current, Missing::Lookup { field });
        }
        None
    }

    /// The first of the names behind a column that is neither a transform nor a lookup.
    fn behind_column<'p>(&self, field: &Field, rest: &[&'p str]) -> Option<&'p str> {
        if !field.class.dotted.starts_with("django.") {
            return None;
        }
        let mut kind = field.kind;
        for (index, part) in rest.iter().enumerate() {
            if self.registered.has(part) {
                return None;
            }
            match lookups::of_column(kind, part) {
                Lookup::Open => return None,
                Lookup::Transforms(to) => kind = to,
                Lookup::Compares if index + 1 == rest.len() => return None,
                // `name__contains__exact`
                Lookup::Compares | Lookup::Nothing => return Some(part),
            }
        }
        None
    }

    /// `select_related` follows what leads to one row: foreign keys, and one-to-one fields both
    /// ways.
    fn not_loaded(&self, model: ModelId, parts: &[&str]) -> Option<Misnamed> {
        let mut current = model;
        for part in parts {
            if *part == "pk" {
                return self.wrong(part, current, Missing::Relation);
            }
            let model = self.models.get(current);
            let is_parent = |field: &Field| {
                let mut parents = model.parents.iter();
                parents.any(|parent| parent.link.as_ref() == Some(&field.name))
            };
            current = match self.lookup(current, part) {
                Found::Unknown => return None,
                Found::Nothing if self.may_be_field(current, part) => return None,
                Found::Nothing => return self.wrong(part, current, Missing::Name),
                Found::Key(..) => return self.wrong(part, current, Missing::Relation),
                // The parent's row is there anyhow; what comes behind it is not asked.
                Found::Field(_, field) if is_parent(field) => return None,
                Found::Field(_, field) if field.kind.is_foreign_key() => {
                    field.relation()?.to.model()?
                }
                Found::Field(_, field) => {
                    let is_djangos = field.class.dotted.starts_with("django.");
                    return self
                        .wrong(part, current, Missing::Relation)
                        .filter(|_| is_djangos);
                }
                // A unique foreign key leads back to one row as well.
                Found::Reverse(way) if self.models.field_of(way).unique() != Some(false) => {
                    way.from
                }
                Found::Reverse(_) => return self.wrong(part, current, Missing::Relation),
            };
        }
        None
    }

    /// `prefetch_related` goes by attributes of rows, of which managers of relations are some.
    fn not_prefetched(&self, model: ModelId, parts: &[&str]) -> Option<Misnamed> {
        let mut current = model;
        for part in parts {
            if let Some((_, field)) = self.models.field(current, part) {
                if !field.kind.is_relation() {
                    let is_djangos = field.class.dotted.starts_with("django.");
                    return self
                        .wrong(part, current, Missing::Relation)
                        .filter(|_| is_djangos);
                }
                // What a generic foreign key leads to is another thing for each row.
                current = field.relation()?.to.model()?;
                continue;
            }
            let mut ways = self.models.reverse(current).into_iter();
            let way = ways.find(|way| {
                let accessor = self.models.accessor(way);
                accessor.is_some_and(|accessor| &*accessor == *part)
            });
            match way {
                Some(way) => current = way.from,
                None if self.is_plain_value(current, part) => {
                    return self.wrong(part, current, Missing::Relation);
                }
                None if self.may_have(current, part) || self.may_be_field(current, part) => {
                    return None;
                }
                None => return self.wrong(part, current, Missing::Relation),
            }
        }
        None
    }

    /// `Person___user` of a polymorphic model: a field of a class below it
    /// (`django-polymorphic`, "Filtering for classes").
    fn names_subclass(&self, model: ModelId, path: &str) -> bool {
        path.contains("___") && self.rests_on(model, "polymorphic.") != Some(false)
    }

    /// Whether a model's class rests on one of a package; `None` where not all of its bases are known.
    fn rests_on(&self, model: ModelId, package: &str) -> Option<bool> {
        let Some(class) = self.models.get(model).class else {
            return Some(false);
        };
        let mro = self.modules.mro(class);
        let mut ancestors = mro.ancestors.iter();
        let is_its = ancestors.any(|ancestor| match ancestor {
            Ancestor::Class(class) => self.modules.get(class.module).name.starts_with(package),
            Ancestor::External(dotted) => dotted.starts_with(package),
            Ancestor::Unknown => false,
        });
        match is_its {
            true => Some(true),
            false => (!mro.ancestors.contains(&Ancestor::Unknown)).then_some(false),
        }
    }

    /// What a name means on a model.
    fn lookup(&self, model: ModelId, name: &str) -> Found<'_> {
        let found = self.models.lookup(model, name);
        let is_there = || {
            let names = self.models.names(model);
            name == "pk" || names.iter().any(|known| **known == *name)
        };
        match found {
            Found::Unknown if self.is_guess && !is_there() => Found::Nothing,
            found => found,
        }
    }

    /// Whether a name may belong to something that was not understood: a model's class has it by a
    /// call, which may make a field, or a model that nothing registers leads here by it.
    fn may_be_field(&self, model: ModelId, name: &str) -> bool {
        if self.registered.has_way(name) {
            return true;
        }
        let Some(class) = self.models.get(model).class else {
            return false;
        };
        // `file_id` is the raw key of what may be a relation.
        let names = [Some(name), name.strip_suffix("_id")];
        let mro = self.modules.mro(class);
        mro.classes().any(|class| {
            let body = self.modules.class_body(*class);
            let mut bindings = names
                .into_iter()
                .flatten()
                .filter_map(|it| body.binding(it));
            bindings.any(|binding| match binding.kind {
                BindingKind::Value(value) => body.expr(value).as_call().is_some(),
                BindingKind::Other(_) | BindingKind::Import(_) => true,
                BindingKind::Function(_) | BindingKind::Class(_) => false,
            })
        })
    }

    /// `pk` and the raw keys of relations.
    fn is_plain_value(&self, model: ModelId, name: &str) -> bool {
        name == "pk" || matches!(self.models.lookup(model, name), Found::Key(..))
    }

    /// Whether rows of a model may have an attribute that is no field.
    fn may_have(&self, model: ModelId, name: &str) -> bool {
        let is_made = self.registered.attributes.contains(name);
        let has = self.models.has_attribute(self.modules, model, name);
        is_made || has.unwrap_or(!self.is_guess)
    }

    /// `update()` sets fields of the model itself or of its parents.
    fn not_a_column(&self, model: ModelId, name: &str) -> Option<Misnamed> {
        let what = match self.lookup(model, name) {
            Found::Nothing if self.may_be_field(model, name) => return None,
            Found::Nothing => Missing::Name,
            // What leads back to a parent is passed over.
            Found::Reverse(_) if self.has_parents(model) => return None,
            Found::Reverse(_) => Missing::Column,
            Found::Field(_, field)
                if field.kind == FieldKind::ManyToMany || field.kind.is_private() =>
            {
                Missing::Column
            }
            // The field is to be named; a composite key is one of that name.
            Found::Field(_, field) if name == "pk" && &*field.name != "pk" => Missing::Column,
            Found::Unknown | Found::Field(..) | Found::Key(..) => return None,
        };
        self.wrong(name, model, what)
    }

    fn has_parents(&self, model: ModelId) -> bool {
        let concrete = self.models.get(model).concrete;
        !self.models.get(concrete).parents.is_empty()
    }

    fn wrong(&self, part: &str, model: ModelId, what: Missing) -> Option<Misnamed> {
        Some(Misnamed {
            part: part.to_owned(),
            model,
            may_be_added: !matches!(what, Missing::Lookup { .. })
                && (self.is_decorated(model) || self.may_be_led_to(model)),
            what,
        })
    }

    /// Whether a model of an installed app that was not found may lead to a model: apps know each
    /// other's models and the user model, not those of the project.
    fn may_be_led_to(&self, model: ModelId) -> bool {
        let is_absent = |app: &App| app.package.is_none() && !app.name.starts_with("django.");
        let has_others =
            !self.apps.is_complete || self.apps.iter().any(|app| app.is_listed && is_absent(app));
        has_others && (self.is_foreign(model) || self.may_be_user(model))
    }

    fn is_foreign(&self, model: ModelId) -> bool {
        !self.modules.is_repository(self.models.get(model).module)
    }

    fn may_be_user(&self, model: ModelId) -> bool {
        self.user_model == Some(model) || self.rests_on(model, "django.contrib.auth.") == Some(true)
    }

    /// Whether something not followed was done to the class of a model or of one of its bases.
    fn is_decorated(&self, model: ModelId) -> bool {
        let Some(class) = self.models.get(model).class else {
            return false;
        };
        let mro = self.modules.mro(class);
        mro.classes().any(|class| {
            let declared = self.modules.class(*class);
            let is_own = self.modules.is_repository(class.module);
            let scope = self.modules.facts(class.module).body(declared.scope);
            is_own
                && declared.decorators.iter().any(|&decorator| {
                    let decorator = scope.expr(decorator);
                    let callee = decorator.without_call();
                    let dotted = self.modules.qualified_expr(class.module, callee);
                    !dotted.is_some_and(|dotted| {
                        dotted.starts_with("django.") || dotted.starts_with("functools.")
                    })
                })
        })
    }
}

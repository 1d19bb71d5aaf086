//! What a model class has under a name, besides what queries know.

use super::{ModelGraph, ModelId};
use crate::facts::ir::BindingKind;
use crate::modules::{Ancestor, ClassRef, Modules, Origin};

/// What every model class has, where Django's own code is not there to tell.
const OF_MODEL: &[&str] = &[
    "DoesNotExist",
    "MultipleObjectsReturned",
    "NotUpdated",
    "_meta",
    "adelete",
    "arefresh_from_db",
    "asave",
    "check",
    "clean",
    "clean_fields",
    "date_error_message",
    "delete",
    "from_db",
    "full_clean",
    "get_constraints",
    "get_deferred_fields",
    "pk",
    "prepare_database_save",
    "refresh_from_db",
    "save",
    "save_base",
    "serializable_value",
    "unique_error_message",
    "validate_constraints",
    "validate_unique",
];

/// Methods that fields and relations put on the class, by what stands around the field's name.
const OF_FIELDS: &[(&str, &str)] = &[
    ("get_", "_display"),
    ("get_next_by_", ""),
    ("get_previous_by_", ""),
];

impl ModelGraph {
    /// Whether `hasattr(model, name)` holds: a field, a way back, a manager, a method, a property.
    /// `None` where that cannot be told.
    pub fn has_attribute(&self, modules: &Modules, id: ModelId, name: &str) -> Option<bool> {
        match self.attribute(modules, id, name) {
            Attribute::Is => Some(true),
            Attribute::IsNot => Some(false),
            Attribute::IsNotWritten | Attribute::Unknown => None,
        }
    }

    /// The same, with more said of what is not there.
    pub fn attribute(&self, modules: &Modules, id: ModelId, name: &str) -> Attribute {
        let has_field = |name: &str| {
            let fields = self.fields(id);
            fields
                .iter()
                .any(|(_, field)| *field.name == *name || *field.attname() == *name)
        };
        let mut ways_back = self.reverse(id).into_iter();
        let managers = &self.get(id).managers;
        if has_field(name)
            || OF_MODEL.contains(&name)
            || managers.iter().any(|manager| *manager.name == *name)
            || ways_back.any(|back| self.accessor(back).is_some_and(|back| *back == *name))
        {
            return Attribute::Is;
        }
        let of_field = OF_FIELDS.iter().any(|(before, after)| {
            let rest = name.strip_prefix(before);
            rest.and_then(|rest| rest.strip_suffix(after))
                .is_some_and(has_field)
        });
        if of_field {
            return Attribute::Is;
        }
        let class = self.get(id).class;
        let bound = class.map_or(Attribute::IsNot, |class| bound(modules, class, name));
        let is_made_elsewhere = || {
            let is_order =
                name.ends_with("_order") && (name.starts_with("get_") || name.starts_with("set_"));
            let is_special = name.starts_with("__") && name.ends_with("__");
            let unnamed = |back| !self.relation_of(back).is_named;
            is_order || is_special || self.is_open(id) || self.reverse(id).into_iter().any(unnamed)
        };
        match bound {
            Attribute::IsNot | Attribute::IsNotWritten if is_made_elsewhere() => Attribute::Unknown,
            bound => bound,
        }
    }
}

/// Whether a model's class has an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    Is,
    IsNot,
    /// No code names it, and a decorator or metaclass of the repository may add what it likes.
    IsNotWritten,
    Unknown,
}

/// Whether a class or a base of it binds a name; descriptions of packages leave methods out.
fn bound(modules: &Modules, class: ClassRef, name: &str) -> Attribute {
    let mut is_open = false;
    let mut is_decorated = false;
    for ancestor in &modules.mro(class).ancestors {
        match ancestor {
            Ancestor::Class(class) => {
                let binding = modules.class_body(*class).binding(name);
                match binding.map(|binding| binding.kind) {
                    // It may be a mere annotation.
                    Some(BindingKind::Other(_)) => is_open = true,
                    Some(_) => return Attribute::Is,
                    None => {
                        is_open |= modules.get(class.module).origin == Origin::Builtin;
                        is_decorated |= may_have_more(modules, *class);
                    }
                }
            }
            Ancestor::External(dotted) => {
                is_open |= !dotted.starts_with("builtins.") && dotted != "django.db.models.Model";
            }
            Ancestor::Unknown => is_open = true,
        }
    }
    match (is_open, is_decorated) {
        (true, _) => Attribute::Unknown,
        (false, true) => Attribute::IsNotWritten,
        (false, false) => Attribute::IsNot,
    }
}

/// Whether more may be put on a class of the repository than its body says: decorators and
/// metaclasses do what they like.
fn may_have_more(modules: &Modules, class: ClassRef) -> bool {
    let declared = modules.class(class);
    modules.is_repository(class.module)
        && (!declared.decorators.is_empty()
            || declared.bases.iter().any(|base| base.keyword.is_some()))
}

#[cfg(test)]
mod tests {
    use luthier_source::Sources;

    use crate::Project;

    #[test]
    fn attributes_of_model_classes() {
        let project = Project::from_sources(&Sources::in_memory(&[
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
            ),
            ("settings.py", "INSTALLED_APPS = ['shop']\n"),
            ("shop/__init__.py", ""),
            (
                "shop/models.py",
                "\
from django.db import models
from django.contrib.auth.models import AbstractUser
from far.away import Strange

class Named:
    hint: str

    @property
    def title(self):
        return ''

class Order(Named, models.Model):
    state = models.CharField(choices=[('a', 'A')])
    made = models.DateTimeField()
    parent = models.ForeignKey('self', models.CASCADE, related_name='parts')

    def total(self):
        return 1

class Odd(Strange, models.Model):
    pass

class User(AbstractUser):
    pass
",
            ),
        ]));
        let check = |label: &str, name: &str| {
            let id = project.models.by_label(label).unwrap();
            project.models.has_attribute(&project.modules, id, name)
        };
        let there = [
            "state",
            "id",
            "pk",
            "parent_id",
            "parts",
            "objects",
            "total",
            "title",
            "save",
            "get_state_display",
            "get_next_by_made",
        ];
        for name in there {
            assert_eq!(check("shop.Order", name), Some(true), "{name}");
        }
        for name in ["status", "get_total_display", "order_set"] {
            assert_eq!(check("shop.Order", name), Some(false), "{name}");
        }
        assert_eq!(check("shop.Order", "hint"), None);
        assert_eq!(check("shop.Odd", "anything"), None);
        // Installed nowhere, so only described.
        assert_eq!(check("shop.User", "username"), Some(true));
        assert_eq!(check("shop.User", "get_whatever"), None);
    }
}

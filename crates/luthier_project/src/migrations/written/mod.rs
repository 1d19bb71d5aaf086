//! Fields and operations as `makemigrations` writes them down: `MigrationWriter` and
//! `OperationWriter` of Django 4.2 to 6.1.

mod code;
mod operation;
mod value;

use std::sync::Arc;

pub use code::{Code, Import};
pub(in crate::migrations) use operation::operation;

use super::deconstruct::of_state;
use super::exact::Exact;
use super::{Made, Operation, StateField, Value};
use crate::Project;
use crate::apps::Configured;

impl Project {
    /// What makes a field of a state: its class with the arguments that tell it from a bare one.
    /// `None` where that is not all known.
    pub fn field_made(&self, field: &StateField) -> Option<Made> {
        let settings = Configured::of(&self.settings, &self.django);
        let exact = Exact {
            modules: &self.modules,
            settings: &settings,
        };
        let version = (
            self.django.version.major.into(),
            self.django.version.minor.into(),
        );
        let mut made = of_state(exact, version, field)?;
        if made.is_open {
            return None;
        }
        // A relation to the model of users is one to whatever the settings name.
        if field.to.is_some() && field.to.as_deref() == user_model(&settings).as_deref() {
            let name = "django.conf.settings.AUTH_USER_MODEL";
            made.set("to", Value::Object(name.into()));
        }
        let made = Made {
            class: made.class,
            arguments: made.arguments,
            keywords: made.keywords,
        };
        Value::Made(Arc::new(made.clone()))
            .is_known()
            .then_some(made)
    }

    /// The model of users, as `app.model` in lower case; `None` where the settings do not tell.
    pub fn user_model_label(&self) -> Option<String> {
        user_model(&Configured::of(&self.settings, &self.django))
    }

    /// The code that makes an object; `None` where a part of it is not known.
    pub fn code_of(&self, made: &Made) -> Option<Code> {
        value::made(&self.modules, made)
    }

    pub fn code_of_value(&self, value: &Value) -> Option<Code> {
        value::value(&self.modules, value)
    }

    /// The code of an operation; `None` where a part of it is not known.
    pub fn code_of_operation(&self, operation: &Operation) -> Option<Code> {
        self::operation(self, operation)
    }
}

fn user_model(settings: &Configured) -> Option<String> {
    match settings.get("AUTH_USER_MODEL") {
        Some(users) => Some(users.as_str()?.to_lowercase()),
        None => Some("auth.user".to_owned()),
    }
}

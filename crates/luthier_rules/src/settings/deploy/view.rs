//! Settings as Django's checks see them. Answers are `None` where they cannot be known.

use std::cell::RefCell;

use luthier_project::Project;
use luthier_project::settings::{Kind, Setting, SettingsModule, Truth, Value};
use luthier_source::Sources;

/// One evaluation of the settings of production.
#[derive(Debug)]
pub(in crate::settings) struct View<'a> {
    pub(in crate::settings) project: &'a Project,
    pub(in crate::settings) sources: &'a Sources,
    pub(in crate::settings) module: &'a SettingsModule,
    read: RefCell<Vec<&'static str>>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        project: &'a Project,
        sources: &'a Sources,
        module: &'a SettingsModule,
    ) -> Self {
        Self {
            project,
            sources,
            module,
            read: RefCell::default(),
        }
    }

    /// The settings that were asked for, each once.
    pub(super) fn read_settings(&self) -> Vec<&'static str> {
        self.read.borrow().clone()
    }

    /// What `settings.NAME` is; unset where nothing defines it.
    pub(in crate::settings) fn value(&self, name: &'static str) -> Value {
        if !self.read.borrow().contains(&name) {
            self.read.borrow_mut().push(name);
        }
        let setting = self.module.effective(name);
        setting.map_or_else(
            || Value::new(Kind::Unset, None),
            |setting: Setting| setting.value,
        )
    }

    /// Whether the setting is `True` itself: Django does not take what is merely true.
    pub(in crate::settings) fn is_true(&self, name: &'static str) -> Option<bool> {
        each(&self.value(name), &|value| {
            Some(value.kind == Kind::Bool(true))
        })
    }

    pub(in crate::settings) fn truth(&self, name: &'static str) -> Option<bool> {
        truth(&self.value(name))
    }

    /// Whether a list holds a text.
    pub(in crate::settings) fn contains(&self, name: &'static str, text: &str) -> Option<bool> {
        contains(&self.value(name), text)
    }

    pub(in crate::settings) fn middleware(&self, path: &str) -> Option<bool> {
        self.contains("MIDDLEWARE", path)
    }

    pub(in crate::settings) fn security_middleware(&self) -> Option<bool> {
        self.middleware("django.middleware.security.SecurityMiddleware")
    }

    /// Whether an app is installed, by its package or by a configuration of its `apps` module.
    pub(in crate::settings) fn has_app(&self, package: &str) -> Option<bool> {
        let apps = self.value("INSTALLED_APPS");
        let items = apps.items()?;
        let within = format!("{package}.apps.");
        any(items.iter().map(|item| {
            let there = each(&item.value, &|value| {
                let name = value.as_str()?;
                Some(name == package || name.starts_with(&within))
            });
            match there {
                Some(true) if item.many || !item.when.is_always() => None,
                Some(false) if item.many => None,
                there => there,
            }
        }))
    }
}

/// What holds of a value; of alternatives, what holds of all of them. Not asked of what the
/// environment decides and of what is not known.
pub(in crate::settings) fn each(
    value: &Value,
    ask: &impl Fn(&Value) -> Option<bool>,
) -> Option<bool> {
    match &value.kind {
        Kind::OneOf(alternatives) => {
            let mut answers = alternatives
                .iter()
                .map(|alternative| each(&alternative.value, ask));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        Kind::Environment(_) | Kind::Unknown(_) => None,
        // What code outside of the project makes is known by its maker at most.
        Kind::Object(object) => (&*object.callee == "re.compile")
            .then(|| ask(value))
            .flatten(),
        Kind::Text(_) => None,
        _ => ask(value),
    }
}

pub(in crate::settings) fn truth(value: &Value) -> Option<bool> {
    match value.truth() {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::DependsOn(_) | Truth::Unknown => None,
    }
}

pub(in crate::settings) fn contains(value: &Value, text: &str) -> Option<bool> {
    if value.surely_contains(text) {
        return Some(true);
    }
    (!value.may_contain(text)).then_some(false)
}

pub(in crate::settings) fn not(answer: Option<bool>) -> Option<bool> {
    answer.map(|answer| !answer)
}

/// Python's `and` where some answers are not known.
pub(in crate::settings) fn all(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(any(answers.into_iter().map(not)))
}

/// Python's `or` where some answers are not known.
pub(in crate::settings) fn any(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::{all, any};

    #[test]
    fn what_is_not_known_counts_only_where_it_decides() {
        assert_eq!(any([None, Some(true)]), Some(true));
        assert_eq!(any([None, Some(false)]), None);
        assert_eq!(any([]), Some(false));
        assert_eq!(all([None, Some(false)]), Some(false));
        assert_eq!(all([None, Some(true)]), None);
        assert_eq!(all([]), Some(true));
    }
}

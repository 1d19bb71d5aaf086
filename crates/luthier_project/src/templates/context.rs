//! What every template gets that is rendered for a request.

use crate::Project;

impl Project {
    /// The context processors of Django's own engine in production, by their dotted names.
    pub(crate) fn context_processors(&self) -> Vec<String> {
        let Some(settings) = self.settings.production() else {
            return Vec::new();
        };
        let engines = settings.at(&["TEMPLATES"]);
        let mut names = Vec::new();
        for engine in engines.items().into_iter().flatten() {
            let processors = engine.value.at(&["OPTIONS", "context_processors"]);
            let processors = processors.items().into_iter().flatten();
            names.extend(processors.filter_map(|item| Some(item.value.as_str()?.to_owned())));
        }
        names
    }
}

//! What runs when a row is saved, besides Django's own code.

use crate::Project;
use crate::models::ModelId;
use crate::modules::Ancestor;

impl Project {
    /// Whether `save()` of a model's rows does what Django's does, to the fields that Django has:
    /// no method of the project's or a package's, no receiver and no field with code of its own
    /// stands in between.
    pub fn saves_plainly(&self, id: ModelId) -> bool {
        let model = self.models.get(id);
        let Some(class) = model.class.filter(|_| !self.models.is_open(id)) else {
            return false;
        };
        let modules = &self.modules;
        let mro = modules.mro(class);
        let is_plain = mro.ancestors.iter().all(|ancestor| match ancestor {
            Ancestor::Class(class) => {
                let body = modules.class_body(*class);
                let hooks = ["__init__", "__setattr__", "_do_update", "save", "save_base"];
                modules
                    .get(class.module)
                    .name
                    .starts_with("django.db.models")
                    || hooks.iter().all(|name| body.binding(name).is_none())
            }
            Ancestor::External(name) => {
                name.starts_with("django.") || name.starts_with("builtins.")
            }
            Ancestor::Unknown => false,
        });
        let fields = self.models.fields(id);
        let is_djangos = fields
            .iter()
            .all(|(_, field)| field.class.dotted.starts_with("django.") || field.is_automatic);
        // A receiver may change what is saved.
        let listens = |id| self.receivers().listen(id, &["pre_save"]);
        let is_heard = listens(id) || listens(model.concrete);
        is_plain && is_djangos && !is_heard
    }
}

//! Calls that store a new row by ways of their own: forms, and the managers of users.

use crate::Project;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, ExprRef};
use crate::flows::Held;
use crate::models::ModelId;
use crate::modules::{Definition, ModuleId};
use crate::serializers::{ShapeKind, Subject};

impl Project {
    /// The model whose row `form.save()` or `User.objects.create_user()` surely stores; `None` also
    /// where code of the project decides what they do.
    pub fn stored_apart(&self, module: ModuleId, call: CallRef<'_>) -> Option<ModelId> {
        let (object, method) = call.callee.as_attribute()?;
        match method {
            "create_user" | "create_superuser" => match self.held_at(module, object) {
                Held::Rows(model) => {
                    let own = self.models.manager_method(&self.modules, model, method);
                    own.is_none().then_some(model)
                }
                _ => None,
            },
            "save" if call.arguments().is_empty() => self.form_model(module, object),
            _ => None,
        }
    }

    /// The model of the form that a variable holds by each of its values.
    fn form_model(&self, module: ModuleId, form: ExprRef<'_>) -> Option<ModelId> {
        let name = form.head().filter(|_| form.as_name().is_some())?;
        let body = form.body;
        if body.is_param(name) {
            return None;
        }
        let bindings = body.body().bindings.iter();
        let mut models =
            bindings
                .filter(|binding| binding.name == name)
                .map(|binding| match binding.kind {
                    BindingKind::Value(value) => {
                        let made = body.expr(value).as_call()?;
                        self.model_of_form(module, made.callee)
                    }
                    _ => None,
                });
        let first = models.next()??;
        models.all(|model| model == Some(first)).then_some(first)
    }

    fn model_of_form(&self, module: ModuleId, class: ExprRef<'_>) -> Option<ModelId> {
        let modules = &self.modules;
        let found = modules.resolve_expr(module, class);
        let dotted = modules.qualified(&found)?;
        if dotted == "django.contrib.auth.forms.UserCreationForm" {
            return self.user_model();
        }
        let Definition::Class(class) = found else {
            return None;
        };
        let is_its_own = modules.mro(class).classes().any(|class| {
            modules.is_repository(class.module)
                && modules.class_body(*class).binding("save").is_some()
        });
        let mut shapes = self.serializers.of_class(class);
        let shape = shapes.find(|shape| shape.kind == ShapeKind::Form)?;
        match shape.subject {
            Subject::Model(model) if !is_its_own => Some(model),
            _ => None,
        }
    }
}

//! Operations as code.

use std::sync::Arc;

use super::code::Code;
use super::value;
use crate::Project;
use crate::django::DjangoVersion;
use crate::migrations::operation::{
    Base, Managers, ModelOptions, Named, OldIndex, Operation, Together,
};
use crate::migrations::state::StateField;
use crate::migrations::value::Value;

pub(in crate::migrations) fn operation(project: &Project, operation: &Operation) -> Option<Code> {
    let writer = Writer { project };
    let call = match operation {
        Operation::CreateModel {
            name,
            fields,
            options,
            bases,
            managers,
        } => {
            let mut call = django("CreateModel")
                .argument("name", Code::text(name))
                .argument("fields", writer.fields(fields)?);
            if !options.is_empty() {
                call = call.argument("options", writer.options(options)?);
            }
            if let Some(bases) = writer.bases(bases)? {
                call = call.argument("bases", bases);
            }
            match writer.managers(managers)? {
                Some(managers) => call.argument("managers", managers),
                None => call,
            }
        }
        Operation::DeleteModel { name } => django("DeleteModel").argument("name", Code::text(name)),
        Operation::RenameModel { old_name, new_name } => django("RenameModel")
            .argument("old_name", Code::text(old_name))
            .argument("new_name", Code::text(new_name)),
        Operation::AlterModelTable { name, table } => django("AlterModelTable")
            .argument("name", lower(name))
            .argument("table", writer.value(table)?),
        Operation::AlterModelTableComment { name, comment } => django("AlterModelTableComment")
            .argument("name", lower(name))
            .argument("table_comment", writer.value(comment)?),
        Operation::AlterTogether { kind, name, value } => {
            let (class, option) = match kind {
                Together::Unique => ("AlterUniqueTogether", "unique_together"),
                Together::Index => ("AlterIndexTogether", "index_together"),
            };
            django(class)
                .argument("name", lower(name))
                .argument(option, writer.value(value)?)
        }
        Operation::AlterOrderWithRespectTo { name, field } => {
            let field = field.as_ref();
            let field = field.map_or_else(|| Code::plain("None"), |field| Code::text(field));
            django("AlterOrderWithRespectTo")
                .argument("name", lower(name))
                .argument("order_with_respect_to", field)
        }
        Operation::AlterModelOptions { name, options } => django("AlterModelOptions")
            .argument("name", lower(name))
            .argument("options", writer.options(options)?),
        Operation::AlterModelManagers { name, managers } => django("AlterModelManagers")
            .argument("name", lower(name))
            .argument(
                "managers",
                writer.managers(managers)?.unwrap_or_else(|| Code::list([])),
            ),
        Operation::AddField {
            model,
            name,
            field,
            preserves_default,
        } => writer.with_field("AddField", model, name, field, *preserves_default)?,
        Operation::AlterField {
            model,
            name,
            field,
            preserves_default,
        } => writer.with_field("AlterField", model, name, field, *preserves_default)?,
        Operation::RemoveField { model, name } => {
            of_model("RemoveField", model).argument("name", Code::text(name))
        }
        Operation::RenameField {
            model,
            old_name,
            new_name,
        } => of_model("RenameField", model)
            .argument("old_name", Code::text(old_name))
            .argument("new_name", Code::text(new_name)),
        Operation::AddIndex {
            model,
            index,
            is_concurrent: false,
        } => of_model("AddIndex", model).argument("index", writer.named(index)?),
        Operation::AddIndex { model, index, .. } => postgres("AddIndexConcurrently")
            .argument("model_name", lower(model))
            .argument("index", writer.named(index)?),
        Operation::RemoveIndex {
            model,
            name,
            is_concurrent: false,
        } => of_model("RemoveIndex", model).argument("name", Code::text(name)),
        Operation::RemoveIndex { model, name, .. } => postgres("RemoveIndexConcurrently")
            .argument("model_name", lower(model))
            .argument("name", Code::text(name)),
        Operation::RenameIndex {
            model,
            new_name,
            old,
        } => {
            let call = of_model("RenameIndex", model).argument("new_name", Code::text(new_name));
            match old {
                OldIndex::Named(old) => call.argument("old_name", Code::text(old)),
                OldIndex::Of(fields) => {
                    let fields = fields.iter().map(|field| Value::Str(Arc::clone(field)));
                    let fields = Value::Tuple(fields.collect());
                    call.argument("old_fields", writer.value(&fields)?)
                }
            }
        }
        Operation::AddConstraint {
            model,
            constraint,
            is_unchecked: false,
        } => of_model("AddConstraint", model).argument("constraint", writer.named(constraint)?),
        Operation::AddConstraint {
            model, constraint, ..
        } => postgres("AddConstraintNotValid")
            .argument("model_name", lower(model))
            .argument("constraint", writer.named(constraint)?),
        Operation::RemoveConstraint { model, name } => {
            of_model("RemoveConstraint", model).argument("name", Code::text(name))
        }
        Operation::AlterConstraint { model, constraint } => of_model("AlterConstraint", model)
            .argument("name", Code::text(constraint.name.as_deref()?))
            .argument("constraint", writer.named(constraint)?),
        Operation::ValidateConstraint { model, name } => postgres("ValidateConstraint")
            .argument("model_name", lower(model))
            .argument("name", Code::text(name)),
        Operation::RunPython { .. }
        | Operation::RunSql { .. }
        | Operation::SeparateDatabaseAndState { .. }
        | Operation::Server { .. }
        | Operation::Unknown { .. } => return None,
    };
    Some(call.broken())
}

fn django(class: &str) -> Code {
    Code::call(&format!("migrations.{class}")).import_from("django.db", "migrations")
}

fn postgres(class: &str) -> Code {
    Code::call(class).import_from("django.contrib.postgres.operations", class)
}

fn of_model(class: &str, model: &str) -> Code {
    django(class).argument("model_name", lower(model))
}

fn lower(name: &str) -> Code {
    Code::text(&name.to_lowercase())
}

struct Writer<'a> {
    project: &'a Project,
}

impl Writer<'_> {
    fn value(&self, value: &Value) -> Option<Code> {
        value::value(&self.project.modules, value)
    }

    fn field(&self, field: &StateField) -> Option<Code> {
        let made = self.project.field_made(field)?;
        value::made(&self.project.modules, &made)
    }

    fn named(&self, named: &Named) -> Option<Code> {
        named.name.as_ref()?;
        let mut made = named.made()?.clone();
        // `CheckConstraint.check` got another name with Django 5.1.
        if made.class.ends_with(".CheckConstraint")
            && self.project.django.version < DjangoVersion::new(5, 1)
        {
            for (name, _) in &mut made.keywords {
                if &**name == "condition" {
                    *name = "check".into();
                }
            }
        }
        value::made(&self.project.modules, &made)
    }

    fn with_field(
        &self,
        class: &str,
        model: &str,
        name: &str,
        field: &StateField,
        preserves_default: bool,
    ) -> Option<Code> {
        let call = of_model(class, model)
            .argument("name", Code::text(name))
            .argument("field", self.field(field)?);
        Some(match preserves_default {
            true => call,
            false => call.argument("preserve_default", Code::plain("False")),
        })
    }

    fn fields(&self, fields: &[(Arc<str>, Arc<StateField>)]) -> Option<Code> {
        let mut list = Code::list([]);
        for (name, field) in fields {
            let pair = Code::bracketed("(".to_owned(), ')')
                .item(Code::text(name))
                .item(self.field(field)?);
            list = list.item(pair);
        }
        Some(list.broken())
    }

    fn options(&self, options: &ModelOptions) -> Option<Code> {
        let entries = options.iter();
        let entries: Vec<(Value, Value)> = entries
            .map(|(name, value)| (Value::Str(Arc::clone(name)), value.clone()))
            .collect();
        self.value(&Value::Dict(entries.into()))
    }

    /// `None` within where there are none but Django's own base.
    #[expect(
        clippy::option_option,
        reason = "no bases to write differ from bases that are not known"
    )]
    fn bases(&self, bases: &[Base]) -> Option<Option<Code>> {
        let is_plain = match bases {
            [] => true,
            [Base::Class(only)] => &**only == "django.db.models.Model",
            _ => false,
        };
        if is_plain {
            return Some(None);
        }
        let mut tuple = Code::bracketed("(".to_owned(), ')');
        for base in bases {
            tuple = tuple.item(match base {
                Base::Model(label) => Code::text(label),
                Base::Class(class) => self.value(&Value::Object(Arc::clone(class)))?,
                Base::Unknown => return None,
            });
        }
        Some(Some(tuple))
    }

    #[expect(
        clippy::option_option,
        reason = "no managers to write differ from managers that are not known"
    )]
    fn managers(&self, managers: &Managers) -> Option<Option<Code>> {
        let managers = managers.as_ref()?;
        if managers.is_empty() {
            return Some(None);
        }
        let mut list = Code::list([]);
        for (name, manager) in managers {
            let pair = Code::bracketed("(".to_owned(), ')')
                .item(Code::text(name))
                .item(self.value(manager)?);
            list = list.item(pair);
        }
        Some(Some(list))
    }
}

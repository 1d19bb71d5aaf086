//! What deleting rows comes to: what has to be fetched first, and what goes or changes along.
//!
//! Source: `django.db.models.deletion.Collector` (Django 5.2).

use std::sync::Arc;

use luthier_source::Location;

use super::run::Run;
use super::sql::{Operation, Statement};
use super::value::{Anchor, Rows};
use crate::constant::Constant;
use crate::models::{FieldKind, ModelId};

/// What becomes of rows whose foreign key leads to one that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDelete {
    Cascades,
    Sets,
    Refuses,
}

impl Run<'_, '_> {
    pub(super) fn note_delete(&mut self, rows: &Rows, at: Location) {
        let here = (Anchor::Here, self.depth());
        let model = rows.model;
        if self.related_to_delete(model).is_empty() && self.parents(model) == 0 {
            let gone = self.statement(rows, Operation::Delete);
            self.note(gone, at, here, None);
            return;
        }
        if !self.is_in_memory(rows) {
            let found = self.statement(rows, Operation::Select);
            self.note(found, at, here, None);
        }
        self.note_delete_of(model, at, &mut Vec::new());
    }

    /// What `Collector.delete` does for rows that are in memory.
    ///
    /// Source: `django.db.models.deletion` (Django 5.2).
    pub(super) fn note_delete_of(&mut self, model: ModelId, at: Location, seen: &mut Vec<ModelId>) {
        if !self.records() || seen.contains(&model) {
            return;
        }
        seen.push(model);
        let here = (Anchor::Here, self.depth());
        for (from, field, does) in self.related_to_delete(model) {
            let by = |operation| Statement::new(operation, from).by(&field);
            match does {
                OnDelete::Cascades => {
                    let is_fast =
                        self.related_to_delete(from).is_empty() && self.parents(from) == 0;
                    if is_fast {
                        self.note(by(Operation::Delete), at, here, None);
                    } else {
                        self.note(by(Operation::Select), at, here, None);
                        self.note_delete_of(from, at, seen);
                    }
                }
                OnDelete::Sets => self.note(by(Operation::Update), at, here, None),
                OnDelete::Refuses => self.note(by(Operation::Select), at, here, None),
            }
        }
        for _ in 0..=self.parents(model) {
            let gone = Statement::new(Operation::Delete, model).by("pk");
            self.note(gone, at, here, None);
        }
    }

    fn related_to_delete(&self, model: ModelId) -> Vec<(ModelId, Arc<str>, OnDelete)> {
        let models = self.models_of(model);
        let mut found = Vec::new();
        for reverse in models.reverse(model) {
            let field = models.field_of(reverse);
            if !field.kind.is_foreign_key() {
                continue;
            }
            let does = match field.argument("on_delete") {
                Some(does) => match self.named(does).rsplit('.').next().unwrap_or_default() {
                    "SET_NULL" | "SET_DEFAULT" | "SET" => OnDelete::Sets,
                    "PROTECT" | "RESTRICT" => OnDelete::Refuses,
                    "DO_NOTHING" => continue,
                    _ => OnDelete::Cascades,
                },
                None => OnDelete::Cascades,
            };
            found.push((reverse.from, Arc::clone(&field.name), does));
        }
        for (_, field) in models.fields(model) {
            if field.kind == FieldKind::GenericRelation
                && let Some(to) = field.relation().and_then(|relation| relation.to.model())
            {
                found.push((to, "object_id".into(), OnDelete::Cascades));
            }
        }
        found
    }

    fn named(&self, constant: &Constant) -> String {
        match constant {
            Constant::External(dotted) => dotted.to_string(),
            Constant::Function(function) => self.project().modules.qualified_function(*function),
            _ => String::new(),
        }
    }
}

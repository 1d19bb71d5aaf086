//! The tables that Django makes for many-to-many relations of a model of which another field becomes the
//! primary key. Nothing in the models names their columns, but `db_table` names the table: for a release it
//! is a view that has the columns of the new keys under the names of the old ones.

use std::sync::Arc;

use luthier_diagnostics::fix::Edit;
use luthier_project::django::operations::Column;
use luthier_project::migrations::{Code, Made, ModelState, Value};

use super::add_column::{Naming, named_after, slow_parts};
use super::cast::column_type;
use super::hanging::Hanging;
use super::led::Holding;
use super::not_null;
use super::recipe::{Because, Part, Written};
use super::sql::{Backwards, Sql, Table, name, separate};
use super::subject::{Subject, with};

/// The table of a relation, one or both columns of which hold keys of the model.
pub(super) struct Pairs<'a> {
    pub(super) subject: &'a Subject<'a>,
    /// The model that has the relation.
    pub(super) model: &'a ModelState,
    /// The field's name.
    pub(super) name: Arc<str>,
    pub(super) made: Made,
    pub(super) table: Table,
    /// What gives the field the view's name for a release.
    pub(super) code: Edit,
    /// All its columns.
    pub(super) columns: Vec<String>,
    /// Those that lead to the model, each with what is unique of it.
    pub(super) holding: Vec<(Holding<'a>, Hanging)>,
}

impl Pairs<'_> {
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.model.name, self.name)
    }

    /// The name of the view.
    pub(super) fn view_of(table: &Table) -> String {
        format!("{}_new", table.name.trim_matches('"'))
    }

    fn stem(&self) -> String {
        format!("{}_{}", self.model.name.to_lowercase(), self.name)
    }

    /// The columns of the new keys beside those of the old ones, and a view that has them in their place.
    pub(super) fn beside(&self) -> Result<Vec<Part>, Because> {
        let mut parts = Vec::new();
        for (holding, hanging) in &self.holding {
            let new = holding.column_beside();
            let kept = &*holding.to.name;
            let kind = column_type(&holding.to.kind);
            let kind = kind.ok_or("the type of the new key is not known")?;
            let added = Sql::new(
                [self
                    .table
                    .alter(&format!("ADD COLUMN {} {kind}", name(&new)))],
                [self.table.alter(&format!("DROP COLUMN {}", name(&new)))],
            );
            parts.push(Part::alone(
                holding.stem.clone(),
                vec![added.written(format!("Add the column {new} to {}", self.table.name))],
            ));
            let column = Column {
                name: new.as_str().into(),
                ..holding.to.clone()
            };
            let naming = Naming {
                column: &new,
                unique: "_uniq",
            };
            parts.extend(slow_parts(&self.table, &column, &holding.stem, naming));
            parts.push(holding.bound_beside());
            let shadow = holding.shadow(kept, &new);
            parts.push(Part::alone(
                format!("{}_follow", holding.stem),
                vec![shadow.follow()],
            ));
            parts.push(shadow.copy(&holding.stem, &holding.key));
            parts.extend(hanging.parts.iter().cloned());
            parts.extend(not_null::parts(&holding.stem, &self.table, &new, None));
            parts.push(holding.validated(&holding.stem, &new));
        }
        let view = Self::view_of(&self.table);
        let columns = self.columns.iter().map(|column| {
            let mut holding = self.holding.iter().map(|(holding, _)| holding);
            match holding.find(|it| *it.to.name == **column) {
                Some(holding) => format!("{} AS {}", name(&holding.column_beside()), name(column)),
                None => name(column),
            }
        });
        let columns: Vec<String> = columns.collect();
        let make = format!(
            "CREATE VIEW {} AS SELECT {} FROM {}",
            name(&view),
            columns.join(", "),
            name(&self.table.name)
        );
        let named = [("db_table", Value::text(&view))];
        let told = self.altered(&with(&self.made, &[], &named))?;
        let made = Sql::new([make], [format!("DROP VIEW IF EXISTS {}", name(&view))]);
        parts.push(Part::alone(
            format!("{}_view", self.stem()),
            vec![made.with_state(told).written(format!(
                "Make a view of {} that has the new keys",
                self.table.name
            ))],
        ));
        Ok(parts)
    }

    /// The names of the old columns for those of the new keys; the view goes along.
    pub(super) fn in_place(&self) -> Result<Vec<Part>, Because> {
        let holding = || self.holding.iter().map(|(holding, _)| holding);
        let mut parts: Vec<Part> = holding().map(Holding::validated_again).collect();
        let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
        for each in holding() {
            let (new, old, kept) = (each.column_beside(), each.column_left(), &*each.to.name);
            let shadow = each.shadow(&old, kept);
            let [follow, release] = shadow.trigger();
            forwards.extend(each.freed());
            forwards.push(each.renamed(&new, kept));
            forwards.extend(follow);
            backwards.extend(release);
            backwards.push(each.renamed(kept, &new));
            backwards.extend(each.bound_again());
        }
        let renamed = Sql::new(forwards, backwards).written(format!(
            "Put the columns of the new keys in place of those of the old ones in {}",
            self.table.name
        ));
        let told = separate(Vec::new(), vec![self.altered(&self.made)?]);
        parts.push(Part::alone(
            format!("{}_in_place", self.stem()),
            vec![
                renamed,
                Written::told(
                    told,
                    format!("Tell the models that {} has them", self.table.name),
                ),
            ],
        ));
        Ok(parts)
    }

    pub(super) fn bound_to_key(&self) -> Vec<Part> {
        let holding = self.holding.iter();
        holding.flat_map(|(it, _)| it.bound_to_key()).collect()
    }

    /// Takes the view away, and all that held the old keys.
    pub(super) fn without_others(&self) -> Part {
        let view = Self::view_of(&self.table);
        let mut forwards = vec![format!("DROP VIEW IF EXISTS {}", name(&view))];
        for (holding, _) in &self.holding {
            let (new, old, kept) = (
                holding.column_beside(),
                holding.column_left(),
                &*holding.to.name,
            );
            forwards.extend(holding.shadow(&old, kept).release());
            forwards.push(self.table.alter(&format!(
                "DROP CONSTRAINT {}, DROP COLUMN {}",
                holding.constraint(&new).quoted(),
                name(&old)
            )));
            forwards.extend(named_after(&self.table, &holding.to, &new));
        }
        let renaming = self
            .holding
            .iter()
            .flat_map(|(_, hanging)| &hanging.renaming);
        forwards.extend(renaming.cloned());
        let drop = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Part::alone(
            format!("{}_drop_old", self.stem()),
            vec![drop.written(format!(
                "Drop the view {view}, and the columns of the old keys of {}",
                self.table.name
            ))],
        )
    }

    /// What tells the models of the field.
    fn altered(&self, made: &Made) -> Result<Code, Because> {
        self.subject
            .field_as("AlterField", self.model, &self.name, made)
    }
}

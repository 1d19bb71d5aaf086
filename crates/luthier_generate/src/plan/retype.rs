//! A column whose values the next release reads as another type than the one before: each release has
//! a column of its own until nobody knows the old one.

use luthier_project::django::operations::Column;
use luthier_project::migrations::{Code, Made, Value};

use super::add_column::{Naming, empty, named_after};
use super::alter_column::Altered;
use super::cast::Cast;
use super::hanging::{Hanging, Second, hanging};
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::shadow::{Direction, Shadow, finished};
use super::spelling::with_column;
use super::sql::{Backwards, Sql, literal, name, separate};
use super::subject::{expect_free, with};

impl Altered<'_> {
    /// The new type under another name first. The name is free for it once no process reads the old type
    /// there any more; that takes the values a second time, as a column cannot have two names.
    pub(super) fn to_unlike_type(&self) -> Result<Recipe, Because> {
        let shown = self.shown();
        let cast = Cast::between(&self.from.kind, &self.to.kind).ok_or_else(|| {
            format!(
                "PostgreSQL does not cast the values of {shown} to the new type and back: add another field of that type, fill it from this one, and remove this one when nobody uses it"
            )
        })?;
        self.expect_only_another_type()?;
        let default = self.kept_default()?;
        let kept = &*self.to.name;
        let [new, old] = ["new", "old"].map(|end| format!("{kept}_{end}"));
        self.expect_free(&[&new, &old])?;
        let first = Shadow {
            table: &self.table,
            old: kept,
            new: &new,
            direction: Direction::Cast(&cast),
            followed_by: None,
        };
        let second = Shadow {
            table: &self.table,
            old: &new,
            new: kept,
            direction: Direction::BothWays,
            followed_by: Some((&old, &cast)),
        };
        Ok(Recipe {
            kind: "alter-column-type",
            releases: vec![
                self.beside(&first)?,
                self.in_place(&first, &second, default.as_deref())?,
                self.without_others(&second, default.as_deref())?,
            ],
        })
    }

    /// The new column beside the old one, which the models name for now.
    fn beside(&self, shadow: &Shadow<'_>) -> Result<Release, Because> {
        let model = self.subject.after()?;
        let column = Column {
            name: shadow.new.into(),
            ..self.to.clone()
        };
        let named = [("db_column", Value::text(shadow.new))];
        let told = with(&self.made, &[], &named);
        let state = self
            .subject
            .field_as("AlterField", model, self.name, &told)?;
        let added = self.added("new", &with(&empty(&self.made, self.to), &[], &named))?;
        let mut parts = vec![Part::quick(
            self.stem.clone(),
            vec![
                Written::new(
                    separate(vec![added], vec![state]),
                    format!("Add the column {} to {}", shadow.new, self.table.name),
                ),
                shadow.follow(),
            ],
        )];
        parts.push(shadow.copy(&self.stem, &self.subject.key(model)?));
        parts.extend(self.hanging(Second::of(shadow.new))?.parts);
        parts.extend(finished(&self.table, &column, &self.stem, None, None));
        Ok(Release {
            title: format!(
                "Give {} a column of the new type, under another name",
                self.shown()
            ),
            why: format!(
                "either release reads another type, so that each has a column of its own, and a trigger converts what the other one writes; `db_column=\"{}\"` is in the models for this release. What cannot be converted is refused: while both run, neither may write a value that the other type has no room for",
                shadow.new
            ),
            parts,
            code: vec![with_column(&self.subject, model, self.name, shadow.new)?],
            ..Release::default()
        })
    }

    /// The name of the old column for one of the new type.
    fn in_place(
        &self,
        before: &Shadow<'_>,
        shadow: &Shadow<'_>,
        default: Option<&str>,
    ) -> Result<Release, Because> {
        let model = self.subject.after()?;
        let stem = format!("{}_in_place", self.stem);
        let (kept, new, old) = (
            name(before.old),
            name(before.new),
            name(shadow.followed_by.map_or("", |(old, _)| old)),
        );
        let mut forwards = before.release();
        forwards.push(self.table.alter(&format!("RENAME COLUMN {kept} TO {old}")));
        let mut backwards = vec![self.table.alter(&format!("RENAME COLUMN {old} TO {kept}"))];
        if let Some(default) = default {
            forwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {new} SET DEFAULT {default}")),
            );
            backwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {new} DROP DEFAULT")),
            );
        }
        let [follow, _] = before.trigger();
        backwards.extend(follow);
        let freed = Sql::new(forwards, backwards).written(format!(
            "Give the column {} of {} another name",
            before.old, self.table.name
        ));
        let named = [("db_column", Value::text(before.old))];
        let added = self.added("in_place", &with(&empty(&self.made, self.to), &[], &named))?;
        let written = self.subject.written()?;
        let mut parts = vec![Part::quick(
            stem.clone(),
            vec![
                freed,
                Written::new(
                    separate(vec![added], vec![written.code]),
                    format!("Add the column {} of the new type", before.old),
                )
                .needing(written.needs),
                shadow.follow(),
            ],
        )];
        parts.push(shadow.copy(&stem, &self.subject.key(model)?));
        let second = Second {
            column: shadow.new,
            named: &stem,
            others: &[],
        };
        parts.extend(self.hanging(second)?.parts);
        let naming = Naming {
            column: &stem,
            unique: "_uniq",
        };
        parts.extend(finished(&self.table, self.to, &stem, Some(naming), None));
        Ok(Release {
            title: format!("Give the new column of {} its name", self.shown()),
            why: format!(
                "no process reads the old type any more. Cheaper: stop here, keep `db_column=\"{}\"` in the models, and drop the column {} with its trigger",
                before.new, before.old
            ),
            parts,
            ..Release::default()
        })
    }

    fn without_others(
        &self,
        shadow: &Shadow<'_>,
        default: Option<&str>,
    ) -> Result<Release, Because> {
        let (old, new) = (shadow.followed_by.map_or("", |(old, _)| old), shadow.old);
        let mut forwards = shadow.release();
        if let Some(default) = default {
            let kept = name(shadow.new);
            forwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {kept} SET DEFAULT {default}")),
            );
        }
        forwards.push(self.table.alter(&format!(
            "DROP COLUMN {}, DROP COLUMN {}",
            name(old),
            name(new)
        )));
        let stem = format!("{}_in_place", self.stem);
        forwards.extend(named_after(&self.table, self.to, &stem));
        let second = Second {
            column: shadow.new,
            named: &stem,
            others: &[],
        };
        forwards.extend(self.hanging(second)?.renaming);
        let drop = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Ok(Release {
            title: format!("Drop the other columns of {}", self.shown()),
            why: "no process knows them any more".to_owned(),
            parts: vec![Part::quick(
                format!("{}_drop_old", self.stem),
                vec![drop.written(format!(
                    "Drop the columns {old} and {new} of {}",
                    self.table.name
                ))],
            )],
            irreversible: Some(format!(
                "the columns {old} and {new} are gone; {} has all their values",
                shadow.new
            )),
            ..Release::default()
        })
    }

    fn hanging(&self, second: Second<'_>) -> Result<Hanging, Because> {
        let model = self.subject.after()?;
        hanging(self.subject.project, model, self.name, second)
    }

    /// What adds a field that only this plan knows.
    fn added(&self, end: &str, made: &Made) -> Result<Code, Because> {
        let name = format!("{}_{end}", self.name);
        self.subject
            .field_as("AddField", self.subject.after()?, &name, made)
    }

    /// Whether the two columns differ in nothing but what their values are.
    fn expect_only_another_type(&self) -> Result<(), Because> {
        let (from, to) = (self.from, self.to);
        let alike = Column {
            kind: to.kind.clone(),
            is_positive: to.is_positive,
            is_indexed: to.is_indexed,
            is_unique: to.is_unique,
            default: to.default,
            collation: to.collation.clone(),
            comment: to.comment.clone(),
            ..from.clone()
        };
        let is_plain = to.generated.is_none() && to.reference.is_none();
        match alike == *to && is_plain {
            true => Ok(()),
            false => Err(format!(
                "{} gets another type and changes otherwise, too: split that into migrations of their own",
                self.shown()
            )),
        }
    }

    /// The default that the database has, which has to be the same for both types.
    pub(super) fn kept_default(&self) -> Result<Option<String>, Because> {
        let before = self.subject.before()?.field(self.name);
        let before = before.map(|field| self.subject.made(self.name, field));
        let before = before.transpose()?;
        let before = before.as_ref().and_then(|made| made.keyword("db_default"));
        let after = self.made.keyword("db_default");
        let sql = match (before, after) {
            (None, None) => return Ok(None),
            (Some(before), Some(after)) if before == after && !self.to.is_null => literal(after),
            _ => None,
        };
        match sql {
            Some(sql) => Ok(Some(sql)),
            None => Err(format!(
                "the default that the database has for {} does not let two columns be kept in step",
                self.shown()
            )),
        }
    }

    /// Whether nothing has one of these names yet, none of which is too long.
    pub(super) fn expect_free(&self, names: &[&str]) -> Result<(), Because> {
        expect_free(self.subject.after()?, names, |_| false)
    }
}

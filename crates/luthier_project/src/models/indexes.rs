//! The indexes of a model's table, as Django creates them.

use super::field::Field;
use super::{FieldKind, Model};
use crate::facts::ir::BinaryOp;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::modules::{ModuleId, Modules};

/// A B-tree over plain columns of all rows: conditions, expressions, operator classes and other
/// kinds of indexes are left out, as is what was not understood.
#[derive(Clone, Debug)]
pub struct TableIndex<'a> {
    pub columns: Vec<IndexColumn>,
    pub maker: IndexMaker<'a>,
    /// Whether it holds more columns than those that it is sorted by.
    pub has_more: bool,
}

/// One column of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexColumn {
    /// The field's name.
    pub field: Box<str>,
    pub is_descending: bool,
}

/// A B-tree over plain columns of some rows: those of which its condition is true.
#[derive(Clone, Debug)]
pub struct PartialIndex<'a> {
    pub columns: Vec<IndexColumn>,
    /// Lookups, all of which hold, with what they compare: `Q(state="open", done__isnull=True)`.
    pub condition: Vec<(&'a str, ExprRef<'a>)>,
}

/// What makes an index.
#[derive(Clone, Copy, Debug)]
pub enum IndexMaker<'a> {
    PrimaryKey,
    Unique,
    ForeignKey,
    /// `db_index`, on a field that has none by itself.
    DbIndex(&'a Field),
    UniqueTogether,
    Constraint,
    /// One element of `Meta.indexes`.
    Indexes(Listed<'a>),
    /// One element of `Meta.index_together`.
    IndexTogether(Listed<'a>),
}

/// An element of an option of `Meta`, and the list that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    pub module: ModuleId,
    pub list: ExprRef<'a>,
    pub element: ExprRef<'a>,
}

impl IndexMaker<'_> {
    fn is_unique(&self) -> bool {
        matches!(
            self,
            Self::PrimaryKey | Self::Unique | Self::UniqueTogether | Self::Constraint
        )
    }
}

impl TableIndex<'_> {
    /// Whether it serves every query that `other` serves: `other` is its beginning.
    pub fn covers(&self, other: &Self) -> bool {
        let Some(first) = self.columns.get(..other.columns.len()) else {
            return false;
        };
        let pairs = || first.iter().zip(&other.columns);
        let is_turned =
            |(one, two): (&IndexColumn, &IndexColumn)| one.is_descending != two.is_descending;
        // An index can be read backwards, as a whole.
        pairs().all(|(one, two)| one.field == two.field)
            && (pairs().all(is_turned) || !pairs().any(is_turned))
    }
}

impl Model {
    /// The indexes of the model's own table that are understood: those of fields first.
    pub fn indexes<'a>(&'a self, modules: &'a Modules) -> Vec<TableIndex<'a>> {
        let mut found: Vec<TableIndex<'a>> = self.fields.iter().filter_map(of_field).collect();
        let mut add = |columns: Option<Vec<IndexColumn>>, maker, has_more| {
            found.extend(columns.map(|columns| TableIndex {
                columns,
                maker,
                has_more,
            }));
        };
        for listed in self.groups(modules, "unique_together") {
            add(
                self.named(listed.element),
                IndexMaker::UniqueTogether,
                false,
            );
        }
        for listed in self.listed(modules, "constraints") {
            if let Some(call) = plain_call(modules, listed, "UniqueConstraint") {
                add(
                    self.of_call(call),
                    IndexMaker::Constraint,
                    has_include(call),
                );
            }
        }
        for listed in self.listed(modules, "indexes") {
            if let Some(call) = plain_call(modules, listed, "Index") {
                add(
                    self.of_call(call),
                    IndexMaker::Indexes(listed),
                    has_include(call),
                );
            }
        }
        for listed in self.groups(modules, "index_together") {
            add(
                self.named(listed.element),
                IndexMaker::IndexTogether(listed),
                false,
            );
        }
        found
    }

    /// The partial indexes of the model's own table whose conditions are understood.
    pub fn partial_indexes<'a>(&self, modules: &'a Modules) -> Vec<PartialIndex<'a>> {
        let mut listed = self.listed(modules, "constraints");
        listed.extend(self.listed(modules, "indexes"));
        let listed = listed.into_iter();
        let partial = listed.filter_map(|listed| {
            let call = partial_call(modules, listed)?;
            Some(PartialIndex {
                columns: self.of_call(call)?,
                condition: condition(call.keyword("condition")?)?,
            })
        });
        partial.collect()
    }

    /// Whether an index of the model's own table begins with a field; `None` where one that is not
    /// understood, or one of some rows only, may.
    pub fn has_index_on(&self, modules: &Modules, field: &str) -> Option<bool> {
        self.has_index(modules, field, false)
    }

    /// The same where those of some rows only are looked at apart: [`Model::partial_indexes`].
    pub fn has_whole_index_on(&self, modules: &Modules, field: &str) -> Option<bool> {
        self.has_index(modules, field, true)
    }

    fn has_index(&self, modules: &Modules, field: &str, knows_partial: bool) -> Option<bool> {
        let begins = |index: &TableIndex<'_>| &*index.columns[0].field == field;
        if self.indexes(modules).iter().any(begins) {
            return Some(true);
        }
        let declared = self.fields.iter().find(|own| &*own.name == field)?;
        let has_none = declared.db_index() == Some(false) && declared.unique() == Some(false);
        let is_understood = has_none && is_sorted(declared) && !self.meta.is_open;
        let may_name = self.may_name(modules, field, knows_partial);
        (is_understood && !may_name).then_some(false)
    }

    /// Whether no two rows of the model's own table have the same values in these fields; `None`
    /// where a constraint that is not understood may see to it.
    pub fn is_unique(&self, modules: &Modules, fields: &[&str]) -> Option<bool> {
        let is_within = |index: &TableIndex<'_>| {
            let mut columns = index.columns.iter();
            index.maker.is_unique() && columns.all(|column| fields.contains(&&*column.field))
        };
        if self.indexes(modules).iter().any(is_within) {
            return Some(true);
        }
        let mut named = fields
            .iter()
            .map(|name| self.fields.iter().find(|field| *field.name == **name));
        let is_plain = named.all(|field| field.is_some_and(|field| field.unique() == Some(false)));
        let is_seen = ["constraints", "unique_together"].iter().all(|option| {
            let code = self.meta.code(modules, option);
            code.is_none_or(|(_, list)| list.elements().is_some())
        });
        let mut constraints = self.listed(modules, "constraints").into_iter();
        let mut groups = self.groups(modules, "unique_together").into_iter();
        let is_understood = constraints.all(|listed| {
            is_check(listed) || plain_call(modules, listed, "UniqueConstraint").is_some()
        }) && groups.all(|listed| self.named(listed.element).is_some());
        (is_plain && is_seen && is_understood && !self.meta.is_open).then_some(false)
    }

    /// Whether fields are part of what makes rows unique, as far as that is understood.
    pub fn are_in_unique(&self, modules: &Modules, fields: &[&str]) -> bool {
        self.indexes(modules).iter().any(|index| {
            let has = |field: &&str| index.columns.iter().any(|column| *column.field == **field);
            index.maker.is_unique() && fields.iter().all(has)
        })
    }

    /// Whether an option of `Meta` that is not understood may have an index of a field.
    fn may_name(&self, modules: &Modules, field: &str, knows_partial: bool) -> bool {
        const OPTIONS: &[&str] = &[
            "constraints",
            "index_together",
            "indexes",
            "unique_together",
        ];
        let is_unseen = |option: &&str| {
            let code = self.meta.code(modules, option);
            code.is_some_and(|(_, list)| list.elements().is_none())
        };
        let mut listed = self.listed(modules, "indexes");
        listed.extend(self.listed(modules, "constraints"));
        OPTIONS.iter().any(is_unseen)
            || listed.into_iter().any(|listed| {
                let is_plain = |class| plain_call(modules, listed, class).is_some();
                let is_partial = || {
                    let call = partial_call(modules, listed);
                    let asks = call.and_then(|call| condition(call.keyword("condition")?));
                    knows_partial && asks.is_some()
                };
                let is_known = is_check(listed)
                    || is_plain("Index")
                    || is_plain("UniqueConstraint")
                    || is_partial();
                !is_known && may_hold(listed, field)
            })
    }

    /// The elements of an option of `Meta`, where it is written as a list.
    fn listed<'a>(&self, modules: &'a Modules, option: &str) -> Vec<Listed<'a>> {
        let Some((module, list)) = self.meta.code(modules, option) else {
            return Vec::new();
        };
        let elements = list.elements().into_iter().flatten();
        let listed = elements.map(|element| Listed {
            module,
            list,
            element,
        });
        listed.collect()
    }

    /// Groups of field names; a single group may stand alone.
    fn groups<'a>(&self, modules: &'a Modules, option: &str) -> Vec<Listed<'a>> {
        let Some((module, list)) = self.meta.code(modules, option) else {
            return Vec::new();
        };
        let mut elements = list.elements().into_iter().flatten();
        if elements.any(|element| element.as_str().is_some()) {
            return vec![Listed {
                module,
                list,
                element: list,
            }];
        }
        self.listed(modules, option)
    }

    fn of_call(&self, call: CallRef<'_>) -> Option<Vec<IndexColumn>> {
        self.named(call.keyword("fields")?)
    }

    /// The columns of written field names, all of which have to be fields of the table itself.
    fn named(&self, names: ExprRef<'_>) -> Option<Vec<IndexColumn>> {
        let columns: Option<Vec<IndexColumn>> = names
            .elements()?
            .map(|name| {
                let name = name.as_str()?;
                let plain = name.strip_prefix('-').unwrap_or(name);
                let mut fields = self.fields.iter();
                let field = fields
                    .find(|field| &*field.name == plain || &*field.attname() == plain)
                    .filter(|field| is_sorted(field))?;
                Some(IndexColumn {
                    field: (&*field.name).into(),
                    is_descending: name.starts_with('-'),
                })
            })
            .collect();
        columns.filter(|columns| !columns.is_empty())
    }
}

/// The index that a field has by itself.
fn of_field(field: &Field) -> Option<TableIndex<'_>> {
    if !is_sorted(field) {
        return None;
    }
    let maker = if field.primary_key()? {
        IndexMaker::PrimaryKey
    } else if field.unique()? {
        IndexMaker::Unique
    } else if !field.db_index()? {
        return None;
    } else if field.kind.is_foreign_key() {
        IndexMaker::ForeignKey
    } else {
        IndexMaker::DbIndex(field)
    };
    Some(TableIndex {
        columns: vec![IndexColumn {
            field: (&*field.name).into(),
            is_descending: false,
        }],
        maker,
        has_more: false,
    })
}

/// Whether a field's own index is a B-tree over its column.
fn is_sorted(field: &Field) -> bool {
    let is_other = matches!(
        field.kind,
        FieldKind::Other | FieldKind::Unknown | FieldKind::Geometry | FieldKind::Generated
    );
    !is_other && field.kind.has_column() == Some(true)
}

/// A call of one of Django's classes with nothing that makes the index another one.
fn plain_call<'a>(modules: &Modules, listed: Listed<'a>, class: &str) -> Option<CallRef<'a>> {
    let call = call_of(modules, listed, class)?;
    call.keyword("condition").is_none().then_some(call)
}

/// The same with a condition, whichever class it is.
fn partial_call<'a>(modules: &Modules, listed: Listed<'a>) -> Option<CallRef<'a>> {
    let mut classes = ["Index", "UniqueConstraint"].iter();
    let call = classes.find_map(|class| call_of(modules, listed, class))?;
    call.keyword("condition").is_some().then_some(call)
}

/// The lookups of `Q(...)`, or of several that are joined by `&`.
fn condition(value: ExprRef<'_>) -> Option<Vec<(&str, ExprRef<'_>)>> {
    if let Expr::Binary(BinaryOp::BitAnd, left, right) = value.kind() {
        let mut both = condition(value.at(left))?;
        both.extend(condition(value.at(right))?);
        return Some(both);
    }
    let call = value.as_call()?;
    let is_plain = call.callee.last_name() == Some("Q")
        && call.positional().next().is_none()
        && !call.is_open();
    let lookups = || call.keywords().filter(|(name, _)| !name.starts_with('_'));
    let is_joined = lookups().count() == call.arguments().len();
    (is_plain && is_joined).then(|| lookups().collect())
}

fn call_of<'a>(modules: &Modules, listed: Listed<'a>, class: &str) -> Option<CallRef<'a>> {
    const PLAIN: &[&str] = &[
        "condition",
        "fields",
        "name",
        "include",
        "nulls_distinct",
        "violation_error_code",
        "violation_error_message",
    ];
    let call = listed.element.as_call()?;
    let named = modules.qualified_expr(listed.module, call.callee)?;
    let is_class = named.starts_with("django.db.models.")
        && named.rsplit('.').next().is_some_and(|last| last == class);
    let is_plain = call.positional().next().is_none()
        && !call.is_open()
        && call.keywords().all(|(name, _)| PLAIN.contains(&name));
    (is_class && is_plain).then_some(call)
}

fn is_check(listed: Listed<'_>) -> bool {
    listed.element.as_call().is_some_and(|call| {
        let callee = call.callee.dotted().unwrap_or_default();
        callee.ends_with("CheckConstraint")
    })
}

/// Whether an element names a field, or names nothing.
fn may_hold(listed: Listed<'_>, field: &str) -> bool {
    let within = listed.element.within();
    let mut texts = within.filter_map(ExprRef::as_str).peekable();
    let is_named = |text: &str| text.trim_start_matches('-') == field;
    texts.peek().is_none() || texts.any(is_named)
}

fn has_include(call: CallRef<'_>) -> bool {
    call.keyword("include").is_some()
}

//! Which rows belong to a row, and what a loop goes through.

use luthier_project::facts::ir::Stmt;
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, Name};
use luthier_project::flows::Held;
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::Mending;
use crate::layout::Layout;

/// The rows that belong to a row.
pub(super) struct Related<'a> {
    /// A name.
    pub(super) row: ExprRef<'a>,
    pub(super) owner: ModelId,
    /// The relation, as an attribute of the row and in queries.
    pub(super) relation: String,
    pub(super) in_queries: String,
    /// The foreign key that leads back, where there is one.
    pub(super) key: Option<&'a str>,
    pub(super) model: ModelId,
    /// What the first `filter()` asks for besides the row; `None` where the relation's own manager is
    /// asked.
    pub(super) left: Option<Vec<String>>,
}

/// The rows of a row by a relation's manager: `order.lines`.
pub(super) fn of_relation<'a>(
    mending: Mending<'a>,
    module: ModuleId,
    row: ExprRef<'a>,
    relation: &str,
) -> Option<Related<'a>> {
    let project = mending.project;
    row.as_name()?;
    let Held::Row(owner) = project.variable(module, row)?.holds else {
        return None;
    };
    let models = &project.models;
    let mut ways = models.reverse(owner).into_iter();
    let back = ways.find(|way| models.accessor(way).as_deref() == Some(relation));
    let (model, in_queries, key) = match back {
        Some(way) => {
            let field = models.field_of(way);
            let key = match field.kind {
                FieldKind::ForeignKey => Some(&*field.name),
                FieldKind::ManyToMany => None,
                _ => return None,
            };
            (way.from, models.query_name(way)?.to_string(), key)
        }
        None => match models.lookup(owner, relation) {
            Found::Field(_, field) if field.kind == FieldKind::ManyToMany => {
                let to = field.relation.as_ref()?.to.model()?;
                (to, relation.to_owned(), None)
            }
            _ => return None,
        },
    };
    Some(Related {
        row,
        owner,
        relation: relation.to_owned(),
        in_queries,
        key,
        model,
        left: None,
    })
}

/// The rows of a row by a filter: `Line.objects.filter(order=order)`.
pub(super) fn of_filter<'a>(
    mending: Mending<'a>,
    module: ModuleId,
    layout: Layout<'a>,
    model: ModelId,
    filter: CallRef<'a>,
) -> Option<Related<'a>> {
    let project = mending.project;
    let models = &project.models;
    let (_, "filter") = filter.callee.as_attribute()? else {
        return None;
    };
    if filter.is_open() {
        return None;
    }
    let mut found = None;
    let mut left = Vec::new();
    for given in filter.positional() {
        left.push(given.span().text(layout.text).to_owned());
    }
    for (name, value) in filter.keywords() {
        let (field, row) = match (models.lookup(model, name), value.as_attribute()) {
            (Found::Field(from, field), None) if from == model => (field, value),
            (Found::Field(from, field) | Found::Key(from, field), Some((row, "id" | "pk")))
                if from == model =>
            {
                (field, row)
            }
            _ => {
                left.push(format!("{name}={}", value.span().text(layout.text)));
                continue;
            }
        };
        let holder = row.as_name().and_then(|_| project.variable(module, row));
        let owner = match holder.map(|holder| holder.holds) {
            Some(Held::Row(owner)) if field.kind == FieldKind::ForeignKey => owner,
            _ => {
                left.push(format!("{name}={}", value.span().text(layout.text)));
                continue;
            }
        };
        let to = field
            .relation
            .as_ref()
            .and_then(|relation| relation.to.model());
        if found.is_some() || to != Some(owner) {
            return None;
        }
        found = Some((row, owner, field));
    }
    let (row, owner, field) = found?;
    if field.relation.as_ref()?.is_hidden() || left.iter().any(|text| text.contains(['\n', '#'])) {
        return None;
    }
    Some(Related {
        row,
        owner,
        relation: models.accessor_name(model, field)?.to_string(),
        in_queries: models.query_name_of(model, field)?.to_string(),
        key: Some(&*field.name),
        model,
        left: Some(left),
    })
}

/// What the innermost loop or comprehension around a place that binds a name goes through.
pub(super) fn gone_through(row: ExprRef<'_>, place: Span) -> Option<ExprRef<'_>> {
    let body = row.body;
    for expr in body.exprs() {
        if let Expr::Comprehension(_, _, clauses) = expr.kind()
            && expr.span().encloses(place)
        {
            for clause in body.clauses(clauses) {
                if body.expr(clause.target).kind() == row.kind() {
                    return (!clause.is_async).then(|| body.expr(clause.iter));
                }
            }
        }
    }
    let Expr::Name(name) = row.kind() else {
        return None;
    };
    let bindings = body.body().bindings.iter();
    if bindings.filter(|binding| binding.name == name).count() != 1 {
        return None;
    }
    body.all_statements()
        .find_map(|statement| match statement.kind() {
            Stmt::For {
                target,
                iter,
                is_async: false,
                ..
            } if body.expr(target).kind() == row.kind() && statement.span().encloses(place) => {
                Some(body.expr(iter))
            }
            _ => None,
        })
}

/// Whether a comprehension of the function binds a name.
fn is_comprehended(body: BodyRef<'_>, name: Name) -> bool {
    body.exprs().any(|expr| match expr.kind() {
        Expr::Comprehension(_, _, clauses) => body.clauses(clauses).iter().any(|clause| {
            let target = body.expr(clause.target);
            let mut elements = target.elements().into_iter().flatten();
            target.kind() == Expr::Name(name)
                || elements.any(|element| element.kind() == Expr::Name(name))
        }),
        _ => false,
    })
}

/// Whether calls ask the same whenever a function makes them: they name nothing that it makes on its
/// way, other than `row`.
pub(super) fn is_same_for_all(body: BodyRef<'_>, calls: &[CallRef<'_>], row: Option<Expr>) -> bool {
    let bindings = &body.body().bindings;
    let is_alike = |expr: ExprRef<'_>| match expr.kind() {
        kind if Some(kind) == row => true,
        Expr::Name(name) => {
            !bindings.iter().any(|binding| binding.name == name) && !is_comprehended(body, name)
        }
        Expr::Lambda(_) | Expr::Await(_) | Expr::Yield(_) | Expr::Named(..) => false,
        _ => true,
    };
    let is_given = |expr: &ExprRef<'_>| {
        let span = expr.span();
        calls
            .iter()
            .any(|call| span.start >= call.callee.span().end && call.expr.span().encloses(span))
    };
    let mut given = body.exprs().filter(is_given);
    given.all(is_alike)
}

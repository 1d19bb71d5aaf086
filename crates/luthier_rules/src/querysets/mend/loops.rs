//! A statement of a loop over rows, and what else happens there.

use luthier_project::Project;
use luthier_project::facts::ir::{CompareOp, Stmt};
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, Name, StmtRef};
use luthier_project::flows::{Growing, Target};
use luthier_project::models::ModelId;
use luthier_project::modules::ModuleId;
use luthier_source::{Location, Span};

use crate::querysets::using::WRITING;

/// Methods of Python's own values that ask no database.
const HARMLESS: &[&str] = &[
    "append", "debug", "error", "format", "info", "items", "join", "keys", "lower", "quantize",
    "replace", "split", "strip", "title", "upper", "values", "warning", "write",
];

/// A call that is a statement of its own in a `for` loop of a function.
#[derive(Clone, Copy)]
pub(super) struct InLoop<'a> {
    pub(super) project: &'a Project,
    pub(super) module: ModuleId,
    pub(super) call: CallRef<'a>,
    pub(super) statement: StmtRef<'a>,
    pub(super) around: StmtRef<'a>,
    pub(super) target: ExprRef<'a>,
    pub(super) iter: ExprRef<'a>,
}

/// The expression at a place.
pub(super) fn expr_at(project: &Project, place: Location) -> Option<(ModuleId, ExprRef<'_>)> {
    let module = project.modules.of_file(place.file)?;
    let facts = project.modules.facts(module);
    let mut bodies = facts.body_ids().map(|id| facts.body(id));
    let found = bodies.find_map(|body| body.exprs().find(|expr| expr.span() == place.span));
    Some((module, found?))
}

impl<'a> InLoop<'a> {
    /// The loop around a query that its own code makes, where nothing but conditions stands between
    /// and the loop runs to its end once it is entered.
    pub(super) fn of(project: &'a Project, growing: &Growing) -> Option<Self> {
        if !growing.calls.is_empty() {
            return None;
        }
        let (module, expr) = expr_at(project, growing.place)?;
        let call = expr.as_call()?;
        let body = expr.body;
        let statement = body
            .all_statements()
            .find(|statement| matches!(statement.kind(), Stmt::Expr(alone) if alone == expr.id))?;
        let span = statement.span();
        let mut loops: Vec<StmtRef<'a>> = Vec::new();
        let mut between: Vec<StmtRef<'a>> = Vec::new();
        for other in body.all_statements() {
            if other.id == statement.id || !other.span().encloses(span) {
                continue;
            }
            match other.kind() {
                Stmt::For { .. } | Stmt::While { .. } => loops.push(other),
                _ => between.push(other),
            }
        }
        let [around] = &*loops else {
            return None;
        };
        let Stmt::For {
            target,
            iter,
            orelse,
            is_async: false,
            ..
        } = around.kind()
        else {
            return None;
        };
        let is_plain = body.block(orelse).next().is_none()
            && between
                .iter()
                .filter(|other| around.span().encloses(other.span()))
                .all(|other| matches!(other.kind(), Stmt::If { .. }));
        let found = Self {
            project,
            module,
            call,
            statement,
            around: *around,
            target: body.expr(target),
            iter: body.expr(iter),
        };
        (is_plain && !found.may_stop()).then_some(found)
    }

    pub(super) fn body(self) -> BodyRef<'a> {
        self.call.expr.body
    }

    /// Whether the loop may be left with rows to come, other than by `break`.
    fn may_stop(self) -> bool {
        let span = self.around.span();
        let is_stop = |statement: StmtRef<'a>| {
            matches!(
                statement.kind(),
                Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Try(_) | Stmt::Function(_)
            ) && span.encloses(statement.span())
        };
        self.body().all_statements().any(is_stop)
            || self.exprs().any(|expr| {
                matches!(
                    expr.kind(),
                    Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) | Expr::Lambda(_)
                )
            })
    }

    /// The expressions of the loop's body.
    pub(super) fn exprs(self) -> impl Iterator<Item = ExprRef<'a>> {
        let (span, head) = (self.around.span(), self.iter.span());
        let exprs = self.body().exprs();
        exprs.filter(move |expr| span.encloses(expr.span()) && expr.span().start >= head.end)
    }

    /// Whether the statement is all that the loop does.
    pub(super) fn is_alone(self) -> bool {
        let Stmt::For { body, .. } = self.around.kind() else {
            return false;
        };
        let mut inner = self.body().block(body);
        inner
            .next()
            .is_some_and(|only| only.id == self.statement.id)
            && inner.next().is_none()
    }

    /// Whether other calls of the loop may ask for rows of this model, or write anything.
    pub(super) fn is_disturbed(self, model: ModelId) -> bool {
        let calls = self.project.calls(self.module);
        let own = self.call.expr.id;
        self.exprs()
            .filter(|expr| expr.id != own)
            .filter_map(ExprRef::as_call)
            .any(|call| {
                let method = call.callee.as_attribute().map_or("", |(_, method)| method);
                if let Some(asked) = self.project.rows_asked(self.module, call) {
                    return asked == model || WRITING.contains(&method);
                }
                match calls.target(call.expr.body.id, call.expr.id) {
                    Some(Target::Outside(_) | Target::Class(_)) => false,
                    Some(Target::Function(_)) | None => true,
                    Some(Target::Unknown(_)) => !HARMLESS.contains(&method),
                }
            })
    }

    /// Whether a name is used in code of the loop after the statement.
    pub(super) fn is_used_later(self, name: Name) -> bool {
        let end = self.statement.span().end;
        self.exprs()
            .any(|expr| expr.kind() == Expr::Name(name) && expr.span().start >= end)
    }

    /// The attributes of a row that the loop assigns; `None` where they may not be all: the row is
    /// given to other code.
    pub(super) fn assigned_attributes(self, row: Name) -> Option<Vec<&'a str>> {
        let mut names: Vec<&str> = Vec::new();
        let mut targets = Vec::new();
        let span = self.around.span();
        for statement in self.body().all_statements() {
            if !span.encloses(statement.span()) {
                continue;
            }
            let target = match statement.kind() {
                Stmt::Assign { targets, .. } => {
                    let mut targets = self.body().list(targets);
                    let target = targets.next()?;
                    if targets.next().is_some() {
                        return None;
                    }
                    target
                }
                Stmt::Augmented { target, .. } | Stmt::Annotated { target, .. } => {
                    self.body().expr(target)
                }
                _ => continue,
            };
            if let Some((object, name)) = target.as_attribute()
                && object.kind() == Expr::Name(row)
            {
                targets.push(object.id);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        // Every other mention of the row reads an attribute, or compares it.
        let mut reading = targets;
        for expr in self.exprs() {
            match expr.kind() {
                Expr::Attribute(object, _) => reading.push(object),
                Expr::Compare(CompareOp::Is | CompareOp::IsNot, one, other) => {
                    reading.extend([one, other]);
                }
                _ => {}
            }
            // A method of the row may set anything.
            if let Some(call) = expr.as_call()
                && call.expr.id != self.call.expr.id
                && let Some((object, _)) = call.callee.as_attribute()
                && object.kind() == Expr::Name(row)
            {
                return None;
            }
        }
        let is_given = self
            .exprs()
            .any(|expr| expr.kind() == Expr::Name(row) && !reading.contains(&expr.id));
        (!is_given).then_some(names)
    }

    /// A name that the function does not use yet.
    pub(super) fn free_name(self, wanted: &[String]) -> Option<String> {
        let body = self.body();
        let facts = body.facts;
        let is_taken = |name: &str| {
            facts.module().binding(name).is_some()
                || body
                    .exprs()
                    .any(|expr| expr.as_name().is_some_and(|known| known == name))
                || facts
                    .names
                    .find(name)
                    .is_some_and(|known| body.is_param(known))
        };
        wanted.iter().find(|name| !is_taken(name)).cloned()
    }

    /// From the start of the loop to the end of the call.
    pub(super) fn whole(self) -> Span {
        Span::new(self.around.span().start, self.call.expr.span().end)
    }
}

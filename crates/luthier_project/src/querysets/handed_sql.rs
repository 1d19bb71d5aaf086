//! Where code hands SQL to the database as text.

use crate::Project;
use crate::facts::ir::{BindingKind, Stmt};
use crate::facts::{BodyRef, CallRef, Expr, ExprRef};
use crate::flows::{Held, Target};
use crate::modules::ModuleId;

/// By which call SQL is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// `execute()` of a cursor or schema editor.
    Execute,
    ExecuteMany,
    /// `Model.objects.raw()`
    Raw,
    RawSql,
    /// `where=`, `select=` or `order_by=` of `extra()`.
    Extra,
    RunSql,
}

/// One text of SQL and the call that takes it.
#[derive(Clone, Copy, Debug)]
pub struct HandedSql<'a> {
    pub hand: Hand,
    pub call: CallRef<'a>,
    pub text: ExprRef<'a>,
    /// What is given for the placeholders of the text.
    pub parameters: Option<ExprRef<'a>>,
    /// Whether it is surely Django that takes it: placeholders are `%s` then.
    pub is_djangos: bool,
}

/// With what statements of SQL begin.
const STATEMENTS: &[&str] = &[
    "ALTER", "ANALYZE", "CALL", "COMMENT", "COPY", "CREATE", "DELETE", "DO", "DROP", "EXPLAIN",
    "GRANT", "INSERT", "LOCK", "MERGE", "PRAGMA", "REFRESH", "REINDEX", "REPLACE", "REVOKE",
    "SELECT", "SET", "SHOW", "TRUNCATE", "UPDATE", "VACUUM", "WITH",
];

impl Project {
    /// The texts of SQL that a module's code hands over, in order.
    pub fn handed_sql(&self, module: ModuleId) -> Vec<HandedSql<'_>> {
        let facts = self.modules.facts(module);
        let mut found = Vec::new();
        for body in facts.body_ids().map(|body| facts.body(body)) {
            let calls = body.exprs().filter_map(ExprRef::as_call);
            for call in calls {
                self.handed_by(module, call, &mut found);
            }
        }
        found
    }

    fn handed_by<'a>(
        &'a self,
        module: ModuleId,
        call: CallRef<'a>,
        found: &mut Vec<HandedSql<'a>>,
    ) {
        let Some(name) = call.callee.last_name() else {
            return;
        };
        let handed = |hand, text, parameters, is_djangos| HandedSql {
            hand,
            call,
            text,
            parameters,
            is_djangos,
        };
        match name {
            "execute" | "executemany" => {
                let Some((receiver, _)) = call.callee.as_attribute() else {
                    return;
                };
                let text = call.argument(0, "sql").or_else(|| call.keyword("query"));
                let Some(text) = text else { return };
                let Some(is_djangos) = self.takes_sql(module, call, receiver, text) else {
                    return;
                };
                let hand = match name {
                    "execute" => Hand::Execute,
                    _ => Hand::ExecuteMany,
                };
                found.push(handed(hand, text, call.argument(1, "params"), is_djangos));
            }
            "raw" => {
                let rows = call.callee.as_attribute().map(|(rows, _)| rows);
                let is_rows = rows.is_some_and(|rows| self.gives_rows(module, rows));
                if let Some(text) = call.argument(0, "raw_query").filter(|_| is_rows) {
                    let parameters = call.argument(1, "params");
                    found.push(handed(Hand::Raw, text, parameters, true));
                }
            }
            "RawSQL" if self.is_djangos(module, call, "django.db.models") => {
                if let Some(text) = call.argument(0, "sql") {
                    let parameters = call.argument(1, "params");
                    found.push(handed(Hand::RawSql, text, parameters, true));
                }
            }
            "extra" => {
                let rows = call.callee.as_attribute().map(|(rows, _)| rows);
                if !rows.is_some_and(|rows| self.gives_rows(module, rows)) {
                    return;
                }
                let given = [(0, "select"), (1, "where"), (4, "order_by")];
                for (position, name) in given {
                    if let Some(text) = call.argument(position, name) {
                        let parameters = call.argument(2, "params");
                        found.push(handed(Hand::Extra, text, parameters, true));
                    }
                }
            }
            "RunSQL" if self.is_djangos(module, call, "django.db.migrations") => {
                let given = [call.argument(0, "sql"), call.argument(1, "reverse_sql")];
                for text in given.into_iter().flatten() {
                    found.push(handed(Hand::RunSql, text, None, true));
                }
            }
            _ => {}
        }
    }

    fn is_djangos(&self, module: ModuleId, call: CallRef<'_>, package: &str) -> bool {
        let dotted = self.modules.qualified_expr(module, call.callee);
        dotted.is_some_and(|dotted| dotted.starts_with(package))
    }

    fn gives_rows(&self, module: ModuleId, rows: ExprRef<'_>) -> bool {
        let is_manager = rows.last_name() == Some("objects");
        is_manager || matches!(self.held_at(module, rows), Held::Rows(_))
    }

    /// Whether `execute()` takes SQL, and whether Django's: it is called on a cursor or schema editor, or
    /// on something unknown with a text that begins like a statement.
    fn takes_sql(
        &self,
        module: ModuleId,
        call: CallRef<'_>,
        receiver: ExprRef<'_>,
        text: ExprRef<'_>,
    ) -> Option<bool> {
        let target = self.calls(module).target(call.expr.body.id, call.expr.id);
        if let Some(Target::Outside(name)) = target
            && self.calls(module).name(name).starts_with("django.db.")
        {
            return Some(true);
        }
        if let Some(cursor) = cursor_call(receiver) {
            return Some(self.is_djangos_connection(module, cursor));
        }
        if receiver.last_name() == Some("schema_editor") {
            return Some(true);
        }
        let is_own = matches!(target, Some(Target::Function(_) | Target::Class(_)));
        (!is_own && begins_as_statement(text)).then_some(false)
    }

    /// Whether what `cursor()` is called on is one of Django's connections.
    fn is_djangos_connection(&self, module: ModuleId, cursor: CallRef<'_>) -> bool {
        let Some((connection, _)) = cursor.callee.as_attribute() else {
            return false;
        };
        let connection = match connection.kind() {
            Expr::Subscript(all, _) => connection.at(all),
            _ => connection,
        };
        let dotted = self.modules.qualified_expr(module, connection);
        let is_named = dotted.is_some_and(|dotted| dotted.starts_with("django.db."));
        let is_value = connection.dotted().is_some_and(|dotted| {
            let found = self.modules.resolve_in(module, connection.body.id, &dotted);
            matches!(found, crate::modules::Definition::Value(value)
                if self.modules.get(value.module).name.starts_with("django.db"))
        });
        is_named || is_value || connection.dotted().as_deref() == Some("schema_editor.connection")
    }
}

/// The `connection.cursor()` that an expression is, or that its name is bound to.
fn cursor_call<'a>(receiver: ExprRef<'a>) -> Option<CallRef<'a>> {
    let is_cursor = |expr: ExprRef<'a>| {
        expr.as_call()
            .filter(|call| call.callee.last_name() == Some("cursor"))
    };
    if let Some(call) = is_cursor(receiver) {
        return Some(call);
    }
    let name = receiver.head().filter(|_| receiver.as_name().is_some())?;
    let body = receiver.body;
    let mut bindings = body.body().bindings.iter();
    bindings
        .by_ref()
        .filter(|binding| binding.name == name)
        .find_map(|binding| match binding.kind {
            BindingKind::Value(value) => is_cursor(body.expr(value)),
            BindingKind::Other(statement) => {
                in_context(body, statement.index(), receiver).and_then(is_cursor)
            }
            _ => None,
        })
}

/// What `with .. as name` binds a name to.
fn in_context<'a>(body: BodyRef<'a>, statement: usize, name: ExprRef<'a>) -> Option<ExprRef<'a>> {
    let Stmt::With { items, .. } = body.body().stmts[statement] else {
        return None;
    };
    let mut items = body.body().with_items[items.range()].iter();
    let item = items.find(|item| {
        let target = item.target.map(|target| body.expr(target));
        target.is_some_and(|target| target.as_name() == name.as_name())
    })?;
    Some(body.expr(item.context))
}

/// Whether a text begins like a statement of SQL, as far as that is written out.
fn begins_as_statement(text: ExprRef<'_>) -> bool {
    let first = match text.kind() {
        Expr::FString(run) => text.body.list(run).next(),
        Expr::Binary(_, left, _) => return begins_as_statement(text.at(left)),
        Expr::Call(..) => {
            let object = text.as_call().and_then(|call| call.callee.as_attribute());
            return object.is_some_and(|(object, name)| {
                matches!(name, "format" | "join" | "strip") && begins_as_statement(object)
            });
        }
        Expr::Name(_) => {
            let made = text.as_name();
            let made = made.and_then(|name| crate::flows::only_value(text.body, name));
            return made.is_some_and(begins_as_statement);
        }
        _ => Some(text),
    };
    let written = first.and_then(ExprRef::as_str).unwrap_or_default();
    let word = written
        .trim_start()
        .split(|letter: char| !letter.is_ascii_alphabetic());
    let word = word.take(1).next().unwrap_or_default().to_uppercase();
    STATEMENTS.contains(&word.as_str())
}

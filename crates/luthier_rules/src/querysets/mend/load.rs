//! Loads a relation with the rows, where their queryset is built.

use luthier_diagnostics::Fix;
use luthier_project::facts::ir::Owner;
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::flows::Growing;
use luthier_project::modules::{ClassRef, Definition, ValueRef};
use luthier_source::Span;

use super::Mending;
use crate::layout::{Argument, Layout};

/// Methods behind which no loading can be asked for: what gives it must be told before.
const ENDING: &[&str] = &[
    "aearliest",
    "afirst",
    "aget",
    "aiterator",
    "alast",
    "alatest",
    "earliest",
    "first",
    "get",
    "iterator",
    "last",
    "latest",
];

/// Methods beside which loading more fails, and one that gives a row.
pub(super) const CLASHING: &[&str] = &[
    "dates",
    "datetimes",
    "difference",
    "get_object",
    "in_bulk",
    "intersection",
    "raw",
    "select_for_update",
    "union",
    "values",
    "values_list",
];

/// Adds the way to a relation to the call of `method` on the queryset that the rows come from.
pub(super) fn fix(
    mending: Mending<'_>,
    growing: &Growing,
    method: &'static str,
    fix: Fix,
) -> Option<Fix> {
    let value = growing.built?;
    // Rows of raw SQL cannot be joined, and are in memory before anything is prefetched for them.
    let method = match is_raw(mending.project.modules.value(value)) {
        true => "prefetch_related",
        false => method,
    };
    at(mending, value, growing.path.names(), method, fix)
}

/// Adds an argument that is no path to the call of `method` on a queryset: a `Prefetch`, an
/// annotation.
pub(super) fn given(
    mending: Mending<'_>,
    value: ValueRef,
    argument: &Argument,
    method: &'static str,
    fix: Fix,
) -> Option<Fix> {
    let change = Change::of(mending, value, method)?;
    let expr = mending.project.modules.value(value);
    let queryset = queryset(expr)?;
    if change.is_in_manager(expr) || (method == "prefetch_related" && is_streamed(expr)) {
        return None;
    }
    if let Some(call) = change.call_before(queryset, "")?
        && method == "prefetch_related"
    {
        return change
            .layout
            .argument_into(fix, queryset, call, (argument, None));
    }
    Some(change.called(fix, queryset, argument))
}

/// The same at one place.
pub(super) fn at(
    mending: Mending<'_>,
    value: ValueRef,
    path: &str,
    method: &'static str,
    fix: Fix,
) -> Option<Fix> {
    Change::of(mending, value, method)?.apply(fix, path)
}

/// One queryset that is told to load more.
struct Change<'a> {
    mending: Mending<'a>,
    value: ValueRef,
    method: &'static str,
    layout: Layout<'a>,
}

impl<'a> Change<'a> {
    fn of(mending: Mending<'a>, value: ValueRef, method: &'static str) -> Option<Self> {
        Some(Self {
            mending,
            value,
            method,
            layout: mending.layout(value.module)?,
        })
    }

    fn apply(&self, fix: Fix, path: &str) -> Option<Fix> {
        let (layout, modules) = (self.layout, &self.mending.project.modules);
        let expr = modules.value(self.value);
        if self.is_in_manager(expr)
            || is_in_text(expr)
            || self.leads_back(expr, path)
            || self.is_as_many(expr, path)
        {
            return None;
        }
        let quote = layout.quote(expr);
        let argument = Argument::plain(format!("{quote}{path}{quote}"));
        if let Some(statement) = named_model(expr) {
            let manager = self.manager(expr)?;
            let at = layout.line_end(statement.end);
            let indent = layout.indent(statement.start);
            let model = expr.span().text(layout.text);
            let queryset = format!(
                "\n{indent}queryset = {model}.{manager}.{}({quote}{path}{quote})",
                self.method
            );
            return Some(fix.insert(layout.file, at, queryset));
        }
        if let Some(model) = self.looked_up(expr) {
            let manager = self.manager(model)?;
            let loading = format!(".{manager}.{}({quote}{path}{quote})", self.method);
            return Some(fix.insert(layout.file, model.span().end, loading));
        }
        let queryset = queryset(expr)?;
        if self.method == "prefetch_related" && is_streamed(expr) {
            return None;
        }
        if let Some(call) = self.call_before(queryset, path)? {
            if call.arguments().is_empty() {
                return self.named(fix, call, path);
            }
            // Who loads `customer__address` loads `customer` with it.
            let mut known = call.positional();
            let shorter = known.find(|known| {
                let rest = known.as_str().and_then(|known| path.strip_prefix(known));
                rest.is_some_and(|rest| rest.starts_with("__"))
            });
            let instead = shorter.map(ExprRef::span);
            return layout.argument_into(fix, queryset, call, (&argument, instead));
        }
        Some(self.called(fix, queryset, &argument))
    }

    /// One more call behind a queryset.
    fn called(&self, fix: Fix, queryset: ExprRef<'a>, argument: &Argument) -> Fix {
        let call = (self.method, argument);
        // `Order.objects.all()` becomes `Order.objects.select_related(...)`.
        let whole = queryset
            .as_call()
            .and_then(|call| call.callee.as_attribute());
        let end = queryset.span().end;
        let replaced = match whole {
            Some((manager, "all")) if manager.as_attribute().is_some() => {
                Span::new(manager.span().end, end)
            }
            _ => Span::at(end),
        };
        self.layout.call_behind(fix, queryset, call, replaced)
    }

    /// What a manager gives to everybody is not the place for what one place needs.
    fn is_in_manager(&self, expr: ExprRef<'a>) -> bool {
        let project = self.mending.project;
        let Some(class) = expr.body.enclosing_class() else {
            return false;
        };
        let module = self.value.module;
        let class = ClassRef { module, class };
        project.models.all().any(|(_, model)| {
            let mut managers = model.managers.iter();
            managers.any(|manager| {
                manager.manager_class == Some(class) || manager.queryset == Some(class)
            })
        })
    }

    /// Whether the way begins with the row whose relation the rows are of: they know that very
    /// instance, and another one would take its place. Also where it is not known whose rows they are.
    fn leads_back(&self, expr: ExprRef<'a>, path: &str) -> bool {
        let project = self.mending.project;
        let mut root = expr;
        while let Some((object, _)) = root.as_call().and_then(|call| call.callee.as_attribute()) {
            root = object;
        }
        let Some((row, relation)) = root.as_attribute() else {
            return false;
        };
        let modules = &project.modules;
        if matches!(
            modules.resolve_expr(self.value.module, row),
            Definition::Class(_)
        ) {
            return false;
        }
        // The manager of a class that is picked at run time: others may not have the relation.
        if matches!(relation, "objects" | "_default_manager" | "_base_manager") {
            return true;
        }
        let head = path.split("__").next().unwrap_or(path);
        project.models.all().any(|(id, model)| {
            let mut fields = model.fields.iter();
            fields.any(|field| {
                *field.name == *head
                    && field.kind.is_foreign_key()
                    && project.models.accessor_name(id, field).as_deref() == Some(relation)
            })
        })
    }

    /// Whether one row is fetched, and what is asked of it is asked once: a prefetch is a query too.
    fn is_as_many(&self, expr: ExprRef<'a>, path: &str) -> bool {
        let call = expr.as_call();
        let is_one = call.is_some_and(|call| match call.callee.as_attribute() {
            Some((_, name)) => ENDING.contains(&name) && !name.ends_with("iterator"),
            None => {
                let name = call.callee.last_name().unwrap_or_default();
                name == "get_object_or_404" || name == "aget_object_or_404"
            }
        });
        self.method == "prefetch_related" && is_one && !self.mending.crosses_many_before(path)
    }

    /// The model of `get_object_or_404(Order, ...)`.
    fn looked_up(&self, expr: ExprRef<'a>) -> Option<ExprRef<'a>> {
        let call = expr.as_call()?;
        let name = call.callee.last_name()?;
        if !name.ends_with("_or_404") {
            return None;
        }
        let first = call.positional().next()?;
        let modules = &self.mending.project.modules;
        match modules.resolve_expr(self.value.module, first) {
            Definition::Class(_) => Some(first),
            _ => None,
        }
    }

    fn manager(&self, model: ExprRef<'a>) -> Option<&'a str> {
        let project = self.mending.project;
        let Definition::Class(class) = project.modules.resolve_expr(self.value.module, model)
        else {
            return None;
        };
        let model = project.models.by_class(class)?;
        project.models.get(model).default_manager.as_deref()
    }

    /// The call of the same method in the chain, where it is called there; `None` where something in
    /// the chain does not go with it.
    fn call_before(&self, queryset: ExprRef<'a>, path: &str) -> Option<Option<CallRef<'a>>> {
        let mut found = None;
        let mut next = Some(queryset);
        while let Some(call) = next.and_then(ExprRef::as_call) {
            let Some((object, name)) = call.callee.as_attribute() else {
                break;
            };
            let is_clashing = match name {
                "only" | "defer" if path.is_empty() => false,
                "only" | "defer" => !self.keeps_key(call, name, path),
                "raw" => self.method != "prefetch_related" || !is_raw(queryset),
                name => CLASHING.contains(&name),
            };
            if is_clashing {
                return None;
            }
            let is_joining = name == "select_related";
            let is_bare = is_joining && call.arguments().is_empty();
            if name == self.method && found.is_none() && (is_plain(call) || is_bare) {
                found = Some(call);
            }
            next = Some(object);
        }
        Some(found)
    }

    /// Whether `only()` or `defer()` leaves the key in the row that a relation is joined by, and all
    /// of the row that it leads to.
    fn keeps_key(&self, call: CallRef<'a>, name: &str, path: &str) -> bool {
        let head = path.split("__").next().unwrap_or(path);
        if self.method != "select_related" || call.is_open() {
            return false;
        }
        let mut has_key = name == "defer";
        for given in call.positional() {
            let Some(column) = given.as_str() else {
                return false;
            };
            let (first, rest) = column.split_once("__").unwrap_or((column, ""));
            if first != head {
                continue;
            }
            if name == "defer" || !rest.is_empty() {
                return false;
            }
            has_key = true;
        }
        has_key
    }

    /// `select_related()` without names joins all required keys: names take the place of that.
    fn named(&self, fix: Fix, call: CallRef<'a>, path: &str) -> Option<Fix> {
        let project = self.mending.project;
        let model = project.making(self.value.module, call.expr)?.model;
        let fields = project.models.fields(model).into_iter();
        let required = fields.filter(|(_, field)| {
            field.kind.is_foreign_key() && field.null() == Some(false) && !field.is_open()
        });
        let mut names: Vec<&str> = required.map(|(_, field)| &*field.name).collect();
        names.retain(|name| path != *name && !path.starts_with(&format!("{name}__")));
        names.push(path);
        let quote = self.layout.quote(call.expr);
        let names: Vec<String> = names
            .into_iter()
            .map(|name| format!("{quote}{name}{quote}"))
            .collect();
        let inside = Span::new(call.callee.span().end, call.expr.span().end);
        Some(fix.replace(self.layout.file, inside, format!("({})", names.join(", "))))
    }
}

/// The statement of a class that names the model of its rows: `model = Order`.
fn named_model(expr: ExprRef<'_>) -> Option<Span> {
    let Owner::Class(_) = expr.body.owner() else {
        return None;
    };
    let mut statements = expr.body.statements();
    let statement = statements.find(|statement| {
        let assigned = statement.assignment();
        assigned
            .is_some_and(|(target, value)| target.as_name() == Some("model") && value.id == expr.id)
    })?;
    Some(statement.span())
}

/// Whether a call is given texts and `Prefetch` objects, and nothing that may be anything else.
fn is_plain(call: CallRef<'_>) -> bool {
    let mut given = call.positional();
    let is_known = given.all(|given| {
        let inner = given.as_call().and_then(|call| call.callee.last_name());
        given.as_str().is_some() || inner == Some("Prefetch")
    });
    is_known
        && call.positional().next().is_some()
        && !call.is_open()
        && call.keywords().next().is_none()
}

/// Whether a queryset is made by `raw()`, and by nothing after it.
fn is_raw(queryset: ExprRef<'_>) -> bool {
    let callee = queryset
        .as_call()
        .and_then(|call| call.callee.as_attribute());
    callee.is_some_and(|(_, name)| name == "raw")
}

/// Whether the rows come one after the other, with no chunks that something could be prefetched for:
/// Django refuses that.
fn is_streamed(expr: ExprRef<'_>) -> bool {
    let Some(call) = expr.as_call() else {
        return false;
    };
    match call.callee.as_attribute() {
        Some((_, "iterator" | "aiterator")) => call.argument(0, "chunk_size").is_none(),
        Some((object, _)) => is_streamed(object),
        None => false,
    }
}

/// Whether an expression stands in an f-string, whose quotes it would share.
fn is_in_text(expr: ExprRef<'_>) -> bool {
    let span = expr.span();
    let mut all = expr.body.exprs();
    all.any(|other| matches!(other.kind(), Expr::FString(_)) && other.span().encloses(span))
}

/// The expression behind which the loading is to be asked for.
fn queryset(expr: ExprRef<'_>) -> Option<ExprRef<'_>> {
    if let Some(call) = expr.as_call() {
        if let Some((object, name)) = call.callee.as_attribute() {
            if CLASHING.contains(&name) && name != "raw" {
                return None;
            }
            return match ENDING.contains(&name) {
                true => queryset(object),
                false => Some(expr),
            };
        }
        let name = call.callee.last_name()?;
        return match name.ends_with("_or_404") {
            true => queryset(call.positional().next()?),
            false => None,
        };
    }
    if let Expr::Subscript(object, _) = expr.kind() {
        return queryset(expr.at(object));
    }
    expr.as_attribute().map(|_| expr)
}

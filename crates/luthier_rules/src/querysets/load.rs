//! Mends queries per row where their rows come from: the relation is loaded with them.

use luthier_diagnostics::Fix;
use luthier_project::Project;
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::flows::{Ask, Growing};
use luthier_project::modules::{ClassRef, Definition, ValueRef};
use luthier_source::{FileId, Sources, Span};

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

/// Methods beside which loading more fails or changes what is loaded, and one that gives a row.
const CLASHING: &[&str] = &[
    "dates",
    "datetimes",
    "defer",
    "difference",
    "get_object",
    "in_bulk",
    "intersection",
    "only",
    "raw",
    "select_for_update",
    "union",
    "values",
    "values_list",
];

/// The fix for one query per row, asked of the rows of these querysets. The first that can be told
/// to load it is: the others may be made of it, and are seen again after that.
pub(super) fn fix(project: &Project, sources: &Sources, alike: &[&Growing]) -> Option<Fix> {
    let mut alike = alike.to_vec();
    alike.sort_by_key(|growing| growing.source);
    alike.into_iter().find_map(|growing| {
        let Ask::Relation { is_single, .. } = growing.ask else {
            return None;
        };
        let path = growing.path.names();
        if path.is_empty() {
            return None;
        }
        let value = growing.built?;
        let file = project.modules.get(value.module).file?;
        let method = match is_single && !growing.path.crosses_many() {
            true => "select_related",
            false => "prefetch_related",
        };
        let change = Change {
            project,
            value,
            file,
            method,
            text: &sources.file(file).text,
        };
        change.apply(Fix::safe(format!("Load `{path}` with the rows")), path)
    })
}

/// One queryset that is told to load more.
struct Change<'a> {
    project: &'a Project,
    value: ValueRef,
    file: FileId,
    method: &'static str,
    text: &'a str,
}

impl<'a> Change<'a> {
    fn apply(&self, fix: Fix, path: &str) -> Option<Fix> {
        let expr = self.project.modules.value(self.value);
        if self.is_in_manager(expr) {
            return None;
        }
        if let Some(model) = self.looked_up(expr) {
            let manager = self.manager(model)?;
            let quote = self.quote(expr);
            let loading = format!(".{manager}.{}({quote}{path}{quote})", self.method);
            return Some(fix.insert(self.file, model.span().end, loading));
        }
        let queryset = queryset(expr)?;
        if let Some(last) = self.argument_before(queryset)? {
            let quote = self.quote(last);
            return Some(fix.insert(
                self.file,
                last.span().end,
                format!(", {quote}{path}{quote}"),
            ));
        }
        let quote = self.quote(expr);
        let loading = format!(".{}({quote}{path}{quote})", self.method);
        // `Order.objects.all()` becomes `Order.objects.select_related(...)`.
        let whole = queryset
            .as_call()
            .and_then(|call| call.callee.as_attribute());
        if let Some((manager, "all")) = whole
            && manager.as_attribute().is_some()
        {
            let span = Span::new(manager.span().end, queryset.span().end);
            return Some(fix.replace(self.file, span, loading));
        }
        Some(fix.insert(self.file, queryset.span().end, loading))
    }

    /// What a manager gives to everybody is not the place for what one place needs.
    fn is_in_manager(&self, expr: ExprRef<'a>) -> bool {
        let project = self.project;
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

    /// The model of `get_object_or_404(Order, ...)`.
    fn looked_up(&self, expr: ExprRef<'a>) -> Option<ExprRef<'a>> {
        let call = expr.as_call()?;
        let name = call.callee.last_name()?;
        if !name.ends_with("_or_404") {
            return None;
        }
        let first = call.positional().next()?;
        match self.project.modules.resolve_expr(self.value.module, first) {
            Definition::Class(_) => Some(first),
            _ => None,
        }
    }

    fn manager(&self, model: ExprRef<'a>) -> Option<&'a str> {
        let modules = &self.project.modules;
        let Definition::Class(class) = modules.resolve_expr(self.value.module, model) else {
            return None;
        };
        let model = self.project.models.by_class(class)?;
        self.project.models.get(model).default_manager.as_deref()
    }

    /// The last argument of the same method in the chain, where it is called there; `None` where
    /// something in the chain does not go with it.
    fn argument_before(&self, queryset: ExprRef<'a>) -> Option<Option<ExprRef<'a>>> {
        let mut found = None;
        let mut next = Some(queryset);
        while let Some(call) = next.and_then(ExprRef::as_call) {
            let Some((object, name)) = call.callee.as_attribute() else {
                break;
            };
            if CLASHING.contains(&name) {
                return None;
            }
            if name == self.method && found.is_none() {
                found = plain_last(call);
            }
            next = Some(object);
        }
        Some(found)
    }

    /// The quote that the strings of the expression have, else that of the file's first.
    fn quote(&self, expr: ExprRef<'a>) -> char {
        let of = |text: &str| text.chars().find(|c| matches!(c, '"' | '\''));
        let span = expr.span();
        let own = self.text.get(span.start as usize..span.end as usize);
        own.and_then(of).or_else(|| of(self.text)).unwrap_or('"')
    }
}

/// The last argument of a call that is given nothing but texts.
fn plain_last(call: CallRef<'_>) -> Option<ExprRef<'_>> {
    let mut last = None;
    for argument in call.positional() {
        argument.as_str()?;
        last = Some(argument);
    }
    last.filter(|_| !call.is_open() && call.keywords().next().is_none())
}

/// The expression behind which the loading is to be asked for.
fn queryset(expr: ExprRef<'_>) -> Option<ExprRef<'_>> {
    if let Some(call) = expr.as_call() {
        if let Some((object, name)) = call.callee.as_attribute() {
            if CLASHING.contains(&name) {
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

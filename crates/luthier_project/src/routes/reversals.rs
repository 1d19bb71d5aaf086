//! Where Python code asks for a URL by name: `reverse()`, `redirect()` and kin.

use luthier_source::Span;

use crate::facts::ir::{Import, ImportKind};
use crate::facts::{BodyId, BodyRef, CallRef, Expr, ExprRef, Name, PythonFacts};
use crate::modules::{Definition, ModuleId, Modules};

/// One call that asks for a URL by a literal name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reversal {
    /// With its namespaces.
    pub name: String,
    pub arguments: Arguments,
    /// Of the name, in the module's file.
    pub span: Span,
    /// The function that is called, without its module.
    pub function: &'static str,
}

/// The arguments that are to fill the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    Positional(usize),
    Named(Vec<String>),
    Unknown,
}

/// How a function takes its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `args=` and `kwargs=`
    Gathered,
    /// As its own.
    Direct,
}

/// Dotted names, the function's own name, and how it takes arguments.
const FUNCTIONS: &[(&str, &str, Style)] = &[
    (
        "django.core.urlresolvers.reverse",
        "reverse",
        Style::Gathered,
    ),
    (
        "django.core.urlresolvers.reverse_lazy",
        "reverse_lazy",
        Style::Gathered,
    ),
    ("django.shortcuts.redirect", "redirect", Style::Direct),
    ("django.shortcuts.resolve_url", "resolve_url", Style::Direct),
    ("django.urls.base.reverse", "reverse", Style::Gathered),
    (
        "django.urls.base.reverse_lazy",
        "reverse_lazy",
        Style::Gathered,
    ),
    ("django.urls.reverse", "reverse", Style::Gathered),
    ("django.urls.reverse_lazy", "reverse_lazy", Style::Gathered),
    ("rest_framework.reverse.reverse", "reverse", Style::Gathered),
    (
        "rest_framework.reverse.reverse_lazy",
        "reverse_lazy",
        Style::Gathered,
    ),
];

/// What the text of a module that calls one of them holds, under whatever alias.
const FUNCTION_NAMES: &[&str] = &["redirect", "resolve_url", "reverse"];

/// The calls of one module, in order of the text. Calls that expect to fail are left out: those in
/// a `try` that catches `NoReverseMatch`.
pub fn reversals(modules: &Modules, module: ModuleId) -> Vec<Reversal> {
    let facts = modules.facts(module);
    let is_named = |function: &&str| facts.names.mention(function);
    let functions = || FUNCTIONS.iter().map(|(dotted, ..)| *dotted);
    let is_near = |import: &&Import| leads_to(facts, import, functions());
    let near = facts.imports.iter().filter(is_near);
    let near: Vec<Name> = near.map(|import| import.binds).collect();
    if near.is_empty() || !FUNCTION_NAMES.iter().any(is_named) {
        return Vec::new();
    }
    let may_reverse = |call: &CallRef<'_>| {
        let head = call.callee.head();
        head.is_some_and(|head| near.contains(&head))
    };
    let mut found = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let expecting = attempted(body, "NoReverseMatch");
        for call in body
            .exprs()
            .filter_map(ExprRef::as_call)
            .filter(may_reverse)
        {
            let Some((function, style)) = known(modules, module, call) else {
                continue;
            };
            let is_expected = expecting.iter().any(|span| span.encloses(call.expr.span()));
            if is_expected || call.keyword("urlconf").is_some() {
                continue;
            }
            found.extend(reversal(call, function, style));
        }
    }
    found.sort_by_key(|reversal| reversal.span);
    found
}

/// Whether what an import binds is one of these dotted names, or leads to one.
pub(crate) fn leads_to<'n>(
    facts: &PythonFacts,
    import: &Import,
    mut names: impl Iterator<Item = &'n str>,
) -> bool {
    let module = facts.text(import.module);
    names.any(|dotted| {
        let rest = match (dotted.strip_prefix(module), import.kind, import.name) {
            (None, ..) => return false,
            (Some(rest), ImportKind::From, Some(name)) => {
                let rest = rest.strip_prefix('.');
                rest.and_then(|rest| rest.strip_prefix(facts.text(name)))
            }
            (rest, ..) => rest,
        };
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn known(modules: &Modules, module: ModuleId, call: CallRef<'_>) -> Option<(&'static str, Style)> {
    let dotted = imported_name(modules, module, call.callee)?;
    let found = FUNCTIONS.iter().find(|(name, ..)| *name == dotted)?;
    Some((found.1, found.2))
}

/// The dotted name under which something was imported, wherever it is defined.
pub(crate) fn imported_name(
    modules: &Modules,
    module: ModuleId,
    expr: ExprRef<'_>,
) -> Option<String> {
    let facts = expr.facts();
    let import = visible_import(facts, expr.body.id, expr.head()?)?;
    let dotted = expr.dotted()?;
    let (head, tail) = dotted
        .split_once('.')
        .map_or((&*dotted, ""), |(head, tail)| (head, tail));
    // A parameter or another binding of the same name stands in front of the import.
    if tail.is_empty() && modules.resolve_in(module, expr.body.id, head) == Definition::Unknown {
        return None;
    }
    let target = match (import.kind, import.name) {
        (ImportKind::Module, _) => head.to_owned(),
        (_, Some(name)) => format!("{}.{}", modules.absolute(module, import)?, facts.text(name)),
        (_, None) => modules.absolute(module, import)?,
    };
    Some(if tail.is_empty() {
        target
    } else {
        format!("{target}.{tail}")
    })
}

/// The import that binds `name` in a scope or one around it.
fn visible_import(facts: &PythonFacts, scope: BodyId, name: Name) -> Option<&Import> {
    let mut current = scope;
    loop {
        let here = facts.imports.iter().rev().find(|import| {
            import.scope == current && import.kind != ImportKind::Star && import.binds == name
        });
        if here.is_some() || current == BodyId::MODULE {
            return here;
        }
        current = facts.body(current).body().parent;
    }
}

/// The spans of the statements in a `try` that catches an exception of that name, or every one.
pub(crate) fn attempted(body: BodyRef<'_>, exception: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for attempt in &body.body().tries {
        let handlers = &body.body().handlers[attempt.handlers.range()];
        let catches = handlers.iter().any(|handler| match handler.exception {
            None => true,
            Some(caught) => catches(body.expr(caught), exception),
        });
        if catches {
            spans.extend(body.block(attempt.body).map(crate::facts::StmtRef::span));
        }
    }
    spans
}

fn catches(caught: ExprRef<'_>, exception: &str) -> bool {
    if let Some(mut several) = caught.elements() {
        return several.any(|caught| catches(caught, exception));
    }
    let name = caught.dotted().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    last == exception || matches!(last, "Exception" | "BaseException")
}

fn reversal(call: CallRef<'_>, function: &'static str, style: Style) -> Option<Reversal> {
    let keyword = if style == Style::Direct {
        "to"
    } else {
        "viewname"
    };
    let name = call.argument(0, keyword)?;
    let text = name.as_str()?;
    // These two take URLs as well.
    if text.is_empty() || style == Style::Direct && text.contains(['/', '.']) {
        return None;
    }
    let arguments = match style {
        Style::Direct => direct(call),
        Style::Gathered => gathered(call, function),
    };
    Some(Reversal {
        name: text.to_owned(),
        arguments,
        span: name.span(),
        function,
    })
}

fn direct(call: CallRef<'_>) -> Arguments {
    if call.is_open() {
        return Arguments::Unknown;
    }
    let positional = call.positional().count().saturating_sub(1);
    let options = ["to", "permanent", "preserve_request"];
    let names = call
        .keywords()
        .map(|(name, _)| name)
        .filter(|name| !options.contains(name));
    let names: Vec<String> = names.map(str::to_owned).collect();
    match (positional, names.is_empty()) {
        (count, true) => Arguments::Positional(count),
        (0, false) => Arguments::Named(names),
        _ => Arguments::Unknown,
    }
}

fn gathered(call: CallRef<'_>, function: &str) -> Arguments {
    if call.is_open() {
        return Arguments::Unknown;
    }
    // Django's own has `urlconf` between the name and the arguments.
    let is_framework = call
        .callee
        .facts()
        .imports
        .iter()
        .any(|import| call.callee.facts().text(import.module) == "rest_framework.reverse");
    let first = if is_framework { 1 } else { 2 };
    let lazy_or_not = call.positional().count() > first && !function.is_empty();
    let args = if lazy_or_not {
        call.argument(first, "args")
    } else {
        call.keyword("args")
    };
    let kwargs = if call.positional().count() > first + 1 {
        call.argument(first + 1, "kwargs")
    } else {
        call.keyword("kwargs")
    };
    if !is_framework
        && call.positional().count() > 1
        && call
            .positional()
            .nth(1)
            .is_some_and(|urlconf| !urlconf.is_none())
    {
        return Arguments::Unknown;
    }
    let args = args.filter(|args| !args.is_none());
    let kwargs = kwargs.filter(|kwargs| !kwargs.is_none());
    match (args, kwargs) {
        (None, None) => Arguments::Positional(0),
        (Some(args), None) => counted(args),
        (None, Some(kwargs)) => named(kwargs),
        (Some(_), Some(_)) => Arguments::Unknown,
    }
}

fn counted(args: ExprRef<'_>) -> Arguments {
    let Some(elements) = args.elements() else {
        return Arguments::Unknown;
    };
    let elements: Vec<_> = elements.collect();
    if elements
        .iter()
        .any(|element| matches!(element.kind(), Expr::Starred(_)))
    {
        return Arguments::Unknown;
    }
    Arguments::Positional(elements.len())
}

fn named(kwargs: ExprRef<'_>) -> Arguments {
    let names: Option<Vec<String>> = match kwargs.kind() {
        Expr::Dict(_) => kwargs
            .items()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.and_then(ExprRef::as_str).map(str::to_owned))
            .collect(),
        // `dict(pk=1)`
        Expr::Call(..) => {
            let call = kwargs.as_call();
            let call = call.filter(|call| call.callee.as_name() == Some("dict") && !call.is_open());
            call.filter(|call| call.positional().next().is_none())
                .map(|call| call.keywords().map(|(name, _)| name.to_owned()).collect())
        }
        _ => None,
    };
    names.map_or(Arguments::Unknown, Arguments::Named)
}

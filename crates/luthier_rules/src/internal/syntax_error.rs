use luthier_diagnostics::{Category, Location, Severity};
use luthier_source::{FileId, SourceFile, Span};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A Python file does not parse.
    ///
    /// ## Why it matters
    ///
    /// Python refuses the file, so the program does not start or the command that needs it fails.
    /// luthier still reads what it can of it, but part of what it says about the file may be missing.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// def total(prices)  # fires
    ///     return sum(prices)
    /// ```
    ///
    /// ## Good
    ///
    /// The newest grammar of Python is understood.
    ///
    /// ```python file=shop/views.py
    /// type Prices = list[int]
    ///
    /// def total[T](prices: Prices) -> str:
    ///     match prices:
    ///         case [first, *_]:
    ///             return f"{f"{first}"}"
    /// ```
    ///
    /// Files below a folder of data for tests that is no package of the tests are not Python's to
    /// run; some are broken on purpose.
    ///
    /// ```python file=shop/tests/data/broken.py
    /// def total(prices)
    ///     return sum(prices)
    /// ```
    ///
    /// Nor are files that others are made from.
    ///
    /// ```python file=shop/conf/plugin_template/models.py
    /// from .models import {{ model }}
    ///
    /// class {{ model }}(Plugin):
    ///     pass
    /// ```
    ///
    /// ```python file=shop/conf/plugin_template/admin.py
    /// {% if admin %}
    /// register({{ model }})
    /// {% endif %}
    /// ```
    RULE = {
        code: "LUT001",
        name: "syntax-error",
        severity: Severity::Error,
        category: Category::Internal,
        check: Check::File(check),
    }
}

fn check(ctx: &mut Context<'_>, file: FileId) {
    let facts = ctx.project.facts(file).python();
    let problems = facts.map_or(&[][..], |facts| &facts.problems);
    let Some(first) = problems.first() else {
        return;
    };
    let source = ctx.sources.file(file);
    if is_test_data(&source.path) || is_template(source, first.span) {
        return;
    }
    // One mistake often makes the parser stumble many times.
    let more = match problems.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let message = format!("this file does not parse: {}{more}", first.message);
    ctx.report(Location::new(file, first.span), message)
        .help("mend the syntax; the rest of the file was read as far as possible");
}

/// Whether it is a tag of Django's templates at which the parser stumbles: the file is what a command
/// like `startapp` writes files from.
fn is_template(source: &SourceFile, stumbles: Span) -> bool {
    let line = source.line_index().line(stumbles.start);
    let line = source.line_index().line_text(&source.text, line);
    let from = source
        .text
        .get(stumbles.start as usize..)
        .unwrap_or_default();
    let has_tag = [("{{", "}}"), ("{%", "%}")]
        .iter()
        .any(|(open, close)| from.starts_with(open) && line.contains(close));
    has_tag || line.trim_start().starts_with("{%")
}

/// Whether a file lies in a folder below the tests whose name says that it holds data.
fn is_test_data(path: &str) -> bool {
    let is_data = |folder: &str| {
        folder.split(['_', '-']).any(|word| {
            matches!(
                word,
                "data" | "fixtures" | "testdata" | "samples" | "resources"
            )
        })
    };
    let folders: Vec<&str> = path.split('/').rev().skip(1).collect();
    let tests = folders.iter().rposition(|folder| {
        matches!(*folder, "tests" | "test" | "testing") || folder.starts_with("test_")
    });
    folders.contains(&"testdata")
        || tests.is_some_and(|tests| folders[..tests].iter().any(|folder| is_data(folder)))
}

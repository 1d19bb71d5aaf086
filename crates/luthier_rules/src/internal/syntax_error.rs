use luthier_diagnostics::{Category, Location, Severity};
use luthier_source::FileId;

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
    // One mistake often makes the parser stumble many times.
    let more = match problems.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let message = format!("this file does not parse: {}{more}", first.message);
    ctx.report(Location::new(file, first.span), message)
        .help("mend the syntax; the rest of the file was read as far as possible");
}

use luthier_diagnostics::{Category, Severity};

use crate::declare_rule;

declare_rule! {
    /// A comment begins as a suppression does but cannot be read as one.
    ///
    /// ## Why it matters
    ///
    /// It silences nothing, although whoever wrote it thinks that it does. The form is
    /// `# luthier: ignore[CODE, name] until=YYYY-MM-DD reason`, or `ignore-file[...]` for a whole
    /// file; the rules are always named, so that a comment never silences what nobody has seen.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// total = 1  # luthier: ignore  # fires
    /// price = 2  # luthier: ignore[SEC040  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// A comment that only talks about luthier is none of its business.
    ///
    /// ```python file=shop/views.py
    /// total = 1  # the luthier builds guitars
    /// ```
    RULE = machinery {
        code: "LUT006",
        name: "invalid-suppression",
        severity: Severity::Warning,
        category: Category::Internal,
    }
}

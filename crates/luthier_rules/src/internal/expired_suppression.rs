use luthier_diagnostics::{Category, Severity};

use crate::declare_rule;

declare_rule! {
    /// The date until which a suppression comment holds has passed.
    ///
    /// ## Why it matters
    ///
    /// `until=` is a promise to look again. After that day the comment silences nothing any more:
    /// what it silenced is reported again, beside this reminder of the promise.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// total = 1  # luthier: ignore[SEC040] until=2020-01-31 replaced by then  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// The day itself still counts, and so does a day that is far away.
    ///
    /// ```python file=shop/settings.py
    /// SECRET_KEY = "n3ver-changed"  # luthier: ignore[SEC040] until=2999-12-31 rotated soon
    /// ```
    RULE = machinery {
        code: "LUT004",
        name: "expired-suppression",
        severity: Severity::Warning,
        category: Category::Internal,
    }
}

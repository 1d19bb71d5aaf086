use luthier_diagnostics::{Category, Severity};

use crate::declare_rule;

declare_rule! {
    /// A suppression comment says no reason, and the configuration asks for one.
    ///
    /// ## Why it matters
    ///
    /// With `require-reason = true` a team has agreed that nobody silences a finding without saying
    /// why. The next reader then knows whether it still holds. A comment without a reason silences
    /// nothing.
    ///
    /// ## Project
    ///
    /// ```toml file=luthier.toml
    /// require-reason = true
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/settings.py
    /// DEBUG = 1  # luthier: ignore[SEC018]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Without that key in the configuration a reason is welcome but not asked for.
    ///
    /// ```python file=shop/settings.py
    /// SECRET_KEY = "n3ver-changed"  # luthier: ignore[SEC040] a throw-away demo
    /// ```
    RULE = machinery {
        code: "LUT005",
        name: "suppression-without-reason",
        severity: Severity::Warning,
        category: Category::Internal,
    }
}

//! What only the environment decides, in a sentence. It is no finding in any format.

use luthier_diagnostics::DependsOn;

/// `SECURE_SSL_REDIRECT depends on HTTPS (security.W008)`
pub(crate) fn sentence(depends: &DependsOn) -> String {
    format!(
        "{} depends on {} ({})",
        depends.setting, depends.variable, depends.django_check
    )
}

/// `unset: nothing would be reported; 1: ..`
pub(crate) fn outcomes(depends: &DependsOn) -> String {
    let outcomes = depends.outcomes.iter();
    let outcomes = outcomes.map(|(value, outcome)| format!("{value}: {outcome}"));
    outcomes.collect::<Vec<_>>().join("; ")
}

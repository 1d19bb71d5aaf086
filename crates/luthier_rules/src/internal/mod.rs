//! luthier's own words: about files that it cannot read, about suppressions, about itself.

use crate::Rule;

mod expired_suppression;
mod invalid_suppression;
mod rule_failed;
mod suppression_without_reason;
mod syntax_error;
mod unused_suppression;

pub static UNUSED_SUPPRESSION: &Rule = &unused_suppression::RULE;
pub static RULE_FAILED: &Rule = &rule_failed::RULE;
pub static EXPIRED_SUPPRESSION: &Rule = &expired_suppression::RULE;
pub static SUPPRESSION_WITHOUT_REASON: &Rule = &suppression_without_reason::RULE;
pub static INVALID_SUPPRESSION: &Rule = &invalid_suppression::RULE;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &syntax_error::RULE,
    UNUSED_SUPPRESSION,
    RULE_FAILED,
    EXPIRED_SUPPRESSION,
    SUPPRESSION_WITHOUT_REASON,
    INVALID_SUPPRESSION,
];

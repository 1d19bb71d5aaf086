//! What a rule is made of.

use luthier_diagnostics::{
    Category, Confidence, Dimension, Finding, FixAvailability, Location, RuleInfo, Severity,
};
use luthier_project::modules::{ClassRef, FunctionRef, ModuleId};
use luthier_source::FileId;

use crate::context::Context;

/// One rule: what it is called, how much it matters, what it looks at.
#[derive(Debug)]
pub struct Rule {
    /// Stable code; its letters are the category's.
    pub code: &'static str,
    /// Stable kebab-case name that reads well after "ignore"; the file is named alike.
    pub name: &'static str,
    pub severity: Severity,
    pub category: Category,
    /// The line of the rubric that findings of this rule bear on.
    pub dimension: Option<Dimension>,
    pub fix: FixAvailability,
    /// Of findings that do not say otherwise.
    pub confidence: Confidence,
    /// The id of Django's own check that says the same.
    pub django_check: Option<&'static str>,
    pub check: Check,
    /// The rule's page as Markdown.
    pub docs: &'static str,
    /// The file that declares it.
    pub file: &'static str,
}

impl Rule {
    /// What `declare_rule!` fills in for keys that are left out.
    pub(crate) const BASE: Self = Self {
        code: "",
        name: "",
        severity: Severity::Warning,
        category: Category::Internal,
        dimension: None,
        fix: FixAvailability::None,
        confidence: Confidence::Certain,
        django_check: None,
        check: Check::Machinery,
        docs: "",
        file: "",
    };

    /// The first line of the docs.
    pub fn summary(&self) -> &'static str {
        self.docs.lines().next().unwrap_or("")
    }

    /// A finding of this rule that has nothing but its place and message yet.
    pub fn finding(&self, location: Location, message: String) -> Finding {
        Finding {
            code: self.code,
            name: self.name,
            category: self.category,
            severity: self.severity,
            confidence: self.confidence,
            location,
            message,
            help: None,
            django_check: self.django_check,
            symbol: None,
            app: None,
            related: Vec::new(),
            fix: None,
            fingerprint: String::new(),
        }
    }

    /// What formats say about the rule.
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            code: self.code,
            name: self.name,
            category: self.category,
            severity: self.severity,
            dimension: self.dimension,
            fix: self.fix,
            summary: self.summary(),
            docs: self.docs,
        }
    }
}

/// The subject that a rule wants, and the function that judges one. A new subject is one line
/// here and one in the runner.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Once for the whole project.
    Project(fn(&mut Context<'_>)),
    /// Every file of the project.
    File(fn(&mut Context<'_>, FileId)),
    /// Every Python module of the project.
    Module(fn(&mut Context<'_>, ModuleId)),
    /// Every class of the project, nested ones included.
    Class(fn(&mut Context<'_>, ClassRef)),
    /// Every function and lambda of the project, nested ones included.
    Function(fn(&mut Context<'_>, FunctionRef)),
    /// Reported by the machinery itself (runner, suppressions), not by a function of the rule.
    Machinery,
}

/// Declares the rule of a file: docs, metadata, and the four tests that the docs are.
///
/// Keys left out keep the values of [`Rule::BASE`]. `RULE = machinery { .. }` declares a rule whose
/// findings come from the machinery; its examples are run where the whole machinery is.
macro_rules! declare_rule {
    ($(#[doc = $doc:expr])+ $name:ident = { $($key:ident : $value:expr),+ $(,)? }) => {
        $crate::declare_rule! { $(#[doc = $doc])+ $name = machinery { $($key: $value),+ } }

        #[cfg(test)]
        mod docs {
            use super::$name;

            #[test]
            fn bad_fires() {
                $crate::examples::bad_fires(&$name);
            }

            #[test]
            fn good_is_quiet() {
                $crate::examples::good_is_quiet(&$name);
            }

            #[test]
            fn fix_gives_fixed() {
                $crate::examples::fix_gives_fixed(&$name);
            }
        }
    };
    ($(#[doc = $doc:expr])+ $name:ident = machinery { $($key:ident : $value:expr),+ $(,)? }) => {
        $(#[doc = $doc])+
        pub(crate) static $name: $crate::Rule = $crate::Rule {
            docs: {
                const RAW: &str = concat!($($doc, "\n"),+);
                const CLEAN: [u8; $crate::docs::dedented_len(RAW)] = $crate::docs::dedent(RAW);
                $crate::docs::text(&CLEAN)
            },
            file: file!(),
            $($key: $value,)+
            ..$crate::Rule::BASE
        };

        #[cfg(test)]
        #[test]
        fn has_examples() {
            $crate::examples::has_examples(&$name);
        }
    };
}
pub(crate) use declare_rule;

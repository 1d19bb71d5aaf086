//! What a rule sees, and how it says what it found.

use luthier_diagnostics::{Confidence, DependsOn, Finding, Fix, Location, Related, Severity};
use luthier_project::Project;
use luthier_source::Sources;

use crate::rule::Rule;

/// What the user's configuration tells rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Tables (or `app.Model`) known to be large: migrations on them are judged more strictly.
    pub large_tables: Vec<String>,
    /// Names of fields that say to whom a row belongs, besides the usual ones.
    pub owner_fields: Vec<String>,
    /// Names of fields that say to which tenant a row belongs, besides the usual ones.
    pub tenant_fields: Vec<String>,
    /// Whether only findings are wanted, and not what only the environment decides.
    pub only_findings: bool,
}

/// The linked project, and the findings of one rule so far.
#[derive(Debug)]
pub struct Context<'a> {
    pub project: &'a Project,
    pub sources: &'a Sources,
    pub options: &'a Options,
    rule: &'static Rule,
    pub(crate) findings: Vec<Finding>,
    pub(crate) depends: Vec<DependsOn>,
    pub(crate) undecided: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        project: &'a Project,
        sources: &'a Sources,
        options: &'a Options,
        rule: &'static Rule,
    ) -> Self {
        Self {
            project,
            sources,
            options,
            rule,
            findings: Vec::new(),
            depends: Vec::new(),
            undecided: false,
        }
    }

    /// The rule that is asked.
    pub(crate) fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// Reports what is wrong at a place: one sentence with the user's own names in backticks, no
    /// full stop, no advice. What else is known is added to what this returns.
    pub fn report(&mut self, location: Location, message: impl Into<String>) -> Reported<'_> {
        self.findings
            .push(self.rule.finding(location, message.into()));
        let index = self.findings.len() - 1;
        Reported {
            finding: &mut self.findings[index],
        }
    }

    /// Says that what the rule asks could not be worked out: its silence is no approval.
    pub fn cannot_decide(&mut self) {
        self.undecided = true;
    }

    /// Says that only the environment decides whether a check of Django's holds: no finding.
    pub fn depends_on(&mut self, depends: DependsOn) {
        self.depends.push(depends);
    }
}

/// A finding that was just reported, to say more about it.
#[derive(Debug)]
pub struct Reported<'a> {
    finding: &'a mut Finding,
}

impl Reported<'_> {
    /// What to write instead.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.finding.help = Some(help.into());
        self
    }

    /// Where the rule is surer, or less sure, than usual.
    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.finding.confidence = confidence;
        self
    }

    /// Where it matters more, or less, than usual.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.finding.severity = severity;
        self
    }

    /// A place that leads to the finding; in the order in which they lead there.
    pub fn related(&mut self, location: Location, message: impl Into<String>) -> &mut Self {
        self.finding.related.push(Related {
            location,
            message: message.into(),
        });
        self
    }

    /// How to mend it, where that is known.
    pub fn fix(&mut self, fix: impl Into<Option<Fix>>) -> &mut Self {
        self.finding.fix = fix.into();
        self
    }

    /// Dotted name of the function, class or setting concerned.
    pub fn symbol(&mut self, symbol: impl Into<String>) -> &mut Self {
        self.finding.symbol = Some(symbol.into());
        self
    }

    /// Label of the app concerned.
    pub fn app(&mut self, label: impl Into<String>) -> &mut Self {
        self.finding.app = Some(label.into());
        self
    }

    /// The id of Django's own check, where one rule stands for several.
    pub fn django_check(&mut self, id: &'static str) -> &mut Self {
        self.finding.django_check = Some(id);
        self
    }
}

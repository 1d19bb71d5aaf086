//! How is it written down?
//!
//! One file a format. Every format takes the same finished [`Report`] and gives text; none decides
//! anything, reads anything or prints anything. What is common to them: places as people count
//! them ([`place`]), untrusted text made harmless ([`plain`]), words and colours ([`paint`]).

pub mod graph;

mod check;
mod compare;
mod concise;
mod counts;
mod depends;
mod excerpt;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod merges;
mod migrations;
mod paint;
mod place;
mod plain;
mod plans;
mod queries;
mod review;
mod rules;
mod sarif;
mod settings;
mod statistics;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use luthier_diagnostics::Report;

pub use compare::{comparison, comparison_json, comparison_markdown};
pub use merges::{merges, merges_json};
pub use migrations::{Shown, migrations, migrations_json};
pub use paint::Look;
pub use plans::{plans, plans_json};
pub use queries::{queries, queries_json};
pub use rules::{explain, rule_json, rules, rules_json};
pub use settings::{settings, settings_json};
pub use statistics::{has_statistics, statistics};

/// The ways in which a report can be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: grouped by file, with excerpts; or the review page.
    Text,
    /// One line a finding.
    Concise,
    Json,
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    Junit,
    /// For a comment on a pull request.
    Markdown,
    /// One self-contained page.
    Html,
}

/// What people can ask of the formats made for people.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub look: Look,
    /// Formula, inputs and places of the score.
    pub explain_score: bool,
    /// Name the files that were skipped, and why.
    pub show_skipped: bool,
    /// Name what could not be worked out, and why.
    pub explain_unknown: bool,
}

/// The report in `format`, ending in a line break unless empty.
pub fn render(report: &Report, format: Format, options: &Options) -> String {
    match format {
        Format::Text => match &report.review {
            Some(review) => review::text(report, review, options),
            None => check::text(report, options),
        },
        Format::Concise => concise::render(report),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
        Format::Markdown => markdown::render(report),
        Format::Html => html::render(report),
    }
}

//! What may be typed. What it means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use luthier_analysis::config::{FailOn, LeastConfidence};
use luthier_analysis::inspect::GraphKind;
use luthier_analysis::select::{Selector, UnknownSelector};
use luthier_report::Format;
use luthier_report::graph::GraphFormat;

/// Static analysis of whole Django projects.
///
/// Reads a project without importing or running it, says how ready for production it is and why,
/// and finds what will hurt.
#[derive(Debug, Parser)]
#[command(name = "luthier", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How ready for production the project is, and what to fix first
    Review(ReviewArguments),
    /// Findings only, like a linter
    Check(CheckArguments),
    /// What is new, fixed and unchanged since an earlier JSON report
    Compare(CompareArguments),
    /// What each migration does to a database in use, and what the models lack
    Migrations(MigrationsArguments),
    /// The queries that each route, task and command makes, and what is left after the fixes
    Queries(QueriesArguments),
    /// Models, imports between apps, or routes as a picture
    Graph(GraphArguments),
    /// The page of a rule
    Explain(ExplainArguments),
    /// All rules
    Rules(RulesArguments),
    /// The configuration, or the project's settings
    Config(ConfigArguments),
    /// Completions for a shell
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// Options of every command that reads a project.
#[derive(Args, Debug)]
#[command(next_help_heading = "Project")]
pub(crate) struct Run {
    /// Configuration to use instead of the nearest luthier.toml or pyproject.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Virtual environment, or its interpreter, that has the project's packages
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// Parse every file anew and store nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Folder for what is kept between runs
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// Where and how results are written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Results {
    /// How results are written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: OutputFormat,
    /// Write results to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Name the files that could not be analysed, and why
    #[arg(long)]
    pub(crate) show_skipped: bool,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<SeverityArgument>,
    /// Exit with 0 whatever was found
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Which rules run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub(crate) struct Rules {
    /// Only these rules: codes, names, categories, beginnings of codes, or ALL
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    pub(crate) select: Option<Vec<Selector>>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    pub(crate) ignore: Vec<Selector>,
    /// These rules as well
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    pub(crate) extend_select: Vec<Selector>,
    /// How sure findings must be to be shown
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub(crate) confidence: Option<ConfidenceArgument>,
}

fn selector(text: &str) -> Result<Selector, UnknownSelector> {
    Selector::parse(text)
}

#[derive(Args, Debug)]
pub(crate) struct ReviewArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// What is released: a commit or tag, or the last released migration as `app.name`
    #[arg(long, value_name = "REV|APP.NAME")]
    pub(crate) since: Option<String>,
    /// Show the formula of the score, what goes into it, and every place
    #[arg(long)]
    pub(crate) explain_score: bool,
    /// List what could not be worked out, and why
    #[arg(long)]
    pub(crate) explain_unknown: bool,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) output: Results,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that can be typed"
)]
pub(crate) struct CheckArguments {
    /// Folder of the project, or parts of it
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Mend what can be mended without changing behaviour
    #[arg(long, conflicts_with = "write_baseline")]
    pub(crate) fix: bool,
    /// Show what would be mended as a diff, change nothing
    #[arg(long, conflicts_with_all = ["fix", "write_baseline"])]
    pub(crate) diff: bool,
    /// With --fix or --diff: mend also where behaviour may change
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Only what Django's own `check --deploy` would say
    #[arg(long)]
    pub(crate) deploy: bool,
    /// Compare with the commit where this branch left another one: `main`, `origin/main`
    #[arg(long, value_name = "REV")]
    pub(crate) base: Option<String>,
    /// What is released: a commit or tag, or the last released migration as `app.name`
    #[arg(long, value_name = "REV|APP.NAME")]
    pub(crate) since: Option<String>,
    /// Hide the findings that this file holds
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Accept all findings for now: write them to the baseline
    #[arg(long)]
    pub(crate) write_baseline: bool,
    /// Counts per rule instead of findings
    #[arg(long, conflicts_with_all = ["diff", "write_baseline"])]
    pub(crate) statistics: bool,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) output: Results,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct CompareArguments {
    /// Report that `luthier review` or `luthier check` wrote with `--output-format json`
    #[arg(value_name = "OLD.json")]
    pub(crate) old: PathBuf,
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How the comparison is written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: ComparisonFormat,
    /// Write the comparison to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// The least severity of a new finding that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<SeverityArgument>,
    /// Exit with 0 whatever is new
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct MigrationsArguments {
    #[command(subcommand)]
    pub(crate) command: Option<MigrationsCommand>,
    #[command(flatten)]
    pub(crate) list: MigrationsListArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrationsCommand {
    /// The migration that brings several last ones of an app together
    Merge(MergeArguments),
    /// Unsafe changes as releases, none of which stops the one before it
    Plan(PlanArguments),
}

#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this app, by its label
    #[arg(long, value_name = "LABEL")]
    pub(crate) app: Vec<String>,
    /// A migration that is not released yet, in place of what the models lack
    #[arg(long, value_name = "APP.NAME")]
    pub(crate) migration: Vec<String>,
    /// Every migration that this commit does not have, in place of what the models lack
    #[arg(long, value_name = "REV")]
    pub(crate) base: Option<String>,
    /// Every migration that is not released, in place of what the models lack: since a commit or tag, or
    /// since the last released migration of an app as `app.name`
    #[arg(long, value_name = "REV|APP.NAME", conflicts_with = "base")]
    pub(crate) since: Option<String>,
    /// Write the migrations and the models of a release
    #[arg(long)]
    pub(crate) write: bool,
    /// The release to write
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "write")]
    pub(crate) release: usize,
    /// Write from a plan that was kept as JSON, rather than making one
    #[arg(
        long,
        value_name = "FILE",
        requires = "write",
        conflicts_with_all = ["app", "migration", "base", "since"]
    )]
    pub(crate) from: Option<PathBuf>,
    /// How the plans are written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: ListFormat,
    /// Write the plans to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this app, by its label
    #[arg(long, value_name = "LABEL")]
    pub(crate) app: Vec<String>,
    /// Write the migrations
    #[arg(long)]
    pub(crate) write: bool,
    /// Show the migrations as a diff, write nothing
    #[arg(long, conflicts_with = "write")]
    pub(crate) diff: bool,
    /// How the outcome is written down
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        conflicts_with = "diff"
    )]
    pub(crate) output_format: ListFormat,
    /// Write the outcome to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct MigrationsListArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this app, by its label
    #[arg(long, value_name = "LABEL")]
    pub(crate) app: Vec<String>,
    /// What is released: a commit or tag, or the last released migration as `app.name`
    #[arg(long, value_name = "REV|APP.NAME")]
    pub(crate) since: Option<String>,
    /// Every operation of every migration; in pictures, every migration by itself
    #[arg(long)]
    pub(crate) all: bool,
    /// How the migrations are written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: MigrationsFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct QueriesArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this code: the dotted name of a function, a method or a view
    #[arg(long, value_name = "NAME")]
    pub(crate) entry: Vec<String>,
    /// How the queries are written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: ListFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct GraphArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// What to draw
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub(crate) of: GraphOf,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: GraphOutput,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// Code or name, such as SEC040 or hardcoded-secret-key
    #[arg(value_name = "CODE")]
    pub(crate) rule: String,
    /// How the page is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: PageFormat,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArguments {
    /// Only these: codes, names, categories or beginnings of codes
    #[arg(value_name = "RULES", value_parser = selector)]
    pub(crate) select: Vec<Selector>,
    /// How the list is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: ListFormat,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigArguments {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Every setting of the production module: value, places, conditions
    #[arg(long)]
    pub(crate) settings: bool,
    /// With --settings: show passwords, keys and tokens too
    #[arg(long, requires = "settings")]
    pub(crate) show_secrets: bool,
    /// The JSON Schema of luthier.toml
    #[arg(long, conflicts_with = "settings")]
    pub(crate) schema: bool,
    /// How settings, or the configuration, are written down
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output_format: ListFormat,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people: grouped by file, with source excerpts
    #[default]
    Text,
    /// One line a finding
    Concise,
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit XML
    Junit,
    /// For a comment on a pull request
    Markdown,
    /// One self-contained page
    Html,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Self::Text,
            OutputFormat::Concise => Self::Concise,
            OutputFormat::Json => Self::Json,
            OutputFormat::Sarif => Self::Sarif,
            OutputFormat::Github => Self::Github,
            OutputFormat::Gitlab => Self::Gitlab,
            OutputFormat::Junit => Self::Junit,
            OutputFormat::Markdown => Self::Markdown,
            OutputFormat::Html => Self::Html,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparisonFormat {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    #[default]
    Text,
    Markdown,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MigrationsFormat {
    #[default]
    Text,
    Json,
    /// The graph as a finished picture
    Svg,
    /// The graph for Markdown
    Mermaid,
    /// The graph for Graphviz
    Dot,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphOf {
    /// Models with their fields and relations
    #[default]
    Models,
    /// Imports between apps
    Apps,
    /// Routes and the views that they lead to
    Routes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphOutput {
    /// A finished picture
    #[default]
    Svg,
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    Json,
}

impl From<GraphOf> for GraphKind {
    fn from(of: GraphOf) -> Self {
        match of {
            GraphOf::Models => Self::Models,
            GraphOf::Apps => Self::Apps,
            GraphOf::Routes => Self::Routes,
        }
    }
}

impl From<GraphOutput> for GraphFormat {
    fn from(format: GraphOutput) -> Self {
        match format {
            GraphOutput::Svg => Self::Svg,
            GraphOutput::Mermaid => Self::Mermaid,
            GraphOutput::Dot => Self::Dot,
            GraphOutput::Json => Self::Json,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityArgument {
    Error,
    Warning,
    /// Advice
    Info,
}

impl From<SeverityArgument> for FailOn {
    fn from(severity: SeverityArgument) -> Self {
        match severity {
            SeverityArgument::Error => Self::Error,
            SeverityArgument::Warning => Self::Warning,
            SeverityArgument::Info => Self::Info,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfidenceArgument {
    /// Right in every run
    Certain,
    /// Right unless something unusual goes on
    Likely,
    /// Hints too
    Possible,
}

impl From<ConfidenceArgument> for LeastConfidence {
    fn from(confidence: ConfidenceArgument) -> Self {
        match confidence {
            ConfidenceArgument::Certain => Self::Certain,
            ConfidenceArgument::Likely => Self::Likely,
            ConfidenceArgument::Possible => Self::Possible,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }
}

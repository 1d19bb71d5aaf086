//! One self-contained page: no script, nothing loaded from elsewhere, light and dark.
//!
//! The template sees plain data only and escapes every value.

use std::fmt::Write;

use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, DimensionScore, Evidence, Review, SignalStatus,
};
use luthier_diagnostics::{Applicability, Finding, Location, Report};
use luthier_source::{Skipped, Sources};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Value};
use serde::Serialize;

use crate::counts::Counts;
use crate::paint::word;
use crate::place::Place;
use crate::plain;
use crate::review::verdict;

/// Lines shown before and after a finding.
const CONTEXT: u32 = 2;
/// Characters of a line shown around a finding.
const LINE: usize = 200;

pub(crate) fn render(report: &Report) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("prose", prose);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the usual delimiters"));
    environment
        .add_template("page", include_str!("page.html"))
        .expect("the template parses, a test renders it");
    let counts = Counts::new(&report.findings);
    let page = Page {
        name: plain::line(&report.project.name).into_owned(),
        about: about(report),
        review: report
            .review
            .as_ref()
            .map(|review| ReviewPart::new(report, review)),
        summary: counts.sentence(),
        fixes: counts.fixes(),
        files: files(report),
        skipped: &report.skipped,
        style: include_str!("page.css"),
    };
    let html = environment
        .get_template("page")
        .and_then(|template| template.render(Value::from(Serde(page))))
        .expect("the template uses only what it is given");
    format!("{html}\n")
}

/// A message as HTML: what stands between backticks is code.
fn prose(text: &str) -> Value {
    if !text.matches('`').count().is_multiple_of(2) {
        return Value::from(text);
    }
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = HtmlEscape(part);
        let _ = if index % 2 == 0 {
            write!(html, "{part}")
        } else {
            write!(html, "<code>{part}</code>")
        };
    }
    Value::from_safe_string(html)
}

#[derive(Serialize)]
struct Page<'a> {
    name: String,
    about: Vec<String>,
    review: Option<ReviewPart>,
    summary: String,
    fixes: Option<String>,
    files: Vec<FilePart>,
    skipped: &'a [Skipped],
    style: &'static str,
}

fn about(report: &Report) -> Vec<String> {
    let mut about: Vec<String> = report
        .project
        .settings
        .iter()
        .map(|name| plain::line(name).into_owned())
        .collect();
    about.extend(
        report
            .project
            .django
            .iter()
            .map(|it| format!("Django {it}")),
    );
    about.push(plain::count(report.stats.files, "file"));
    about.push(format!("{} lines", verdict::rounded(report.stats.lines)));
    about
}

#[derive(Serialize)]
struct Spot {
    path: String,
    line: u32,
    message: String,
}

impl Spot {
    fn new(sources: &Sources, location: Location, message: &str) -> Self {
        let place = Place::new(sources, location);
        Self {
            path: plain::line(place.path).into_owned(),
            line: place.line(),
            message: plain::line(message).into_owned(),
        }
    }
}

fn spots(sources: &Sources, evidence: &[Evidence]) -> Vec<Spot> {
    evidence
        .iter()
        .map(|it| Spot::new(sources, it.location, &it.message))
        .collect()
}

#[derive(Serialize)]
struct ReviewPart {
    deploy: &'static str,
    may_deploy: bool,
    health: usize,
    health_max: usize,
    health_words: String,
    health_enough: bool,
    signals: Vec<Line>,
    total: String,
    band: String,
    resolution: Option<String>,
    dimensions: Vec<Dimension>,
    checklist: Vec<Level>,
    first: Vec<FirstItem>,
}

/// A judged line with its evidence.
#[derive(Serialize)]
struct Line {
    status: &'static str,
    title: &'static str,
    summary: String,
    evidence: Vec<Spot>,
}

#[derive(Serialize)]
struct Dimension {
    id: &'static str,
    /// The score.
    percent: Option<u8>,
    /// Of the bar: the score, as far as it was judged.
    width: Option<u8>,
    points: String,
    weight: String,
    words: String,
    criteria: Vec<Line>,
}

#[derive(Serialize)]
struct Level {
    name: &'static str,
    done: usize,
    of: usize,
    items: Vec<Line>,
}

#[derive(Serialize)]
struct FirstItem {
    code: &'static str,
    severity: &'static str,
    why: String,
    how: String,
    place: Spot,
}

impl ReviewPart {
    fn new(report: &Report, review: &Review) -> Self {
        let sources = report.sources;
        Self {
            deploy: verdict::deploy_words(review),
            may_deploy: verdict::may_deploy(review),
            health: verdict::health(review),
            health_max: review.signals.len(),
            health_words: verdict::health_words(review),
            health_enough: verdict::health_is_enough(review),
            signals: review
                .signals
                .iter()
                .map(|signal| Line {
                    status: match signal.status {
                        SignalStatus::Pass => "pass",
                        SignalStatus::Fail => "fail",
                        SignalStatus::Unknown => "unknown",
                    },
                    title: signal.id,
                    summary: plain::line(&signal.summary).into_owned(),
                    evidence: spots(sources, &signal.evidence),
                })
                .collect(),
            total: verdict::score_figure(review),
            band: verdict::band_words(review),
            resolution: verdict::resolution_words(&review.resolution),
            dimensions: review
                .dimensions
                .iter()
                .map(|dimension| Dimension::new(sources, dimension))
                .collect(),
            checklist: vec![
                level(sources, "P0", &review.p0),
                level(sources, "P1", &review.p1),
            ],
            first: review
                .first
                .iter()
                .map(|first| {
                    let finding = &report.findings[first.finding];
                    FirstItem {
                        code: finding.code,
                        severity: word(finding.severity),
                        why: plain::line(&first.why).into_owned(),
                        how: plain::line(&first.how).into_owned(),
                        place: Spot::new(sources, finding.location, ""),
                    }
                })
                .collect(),
        }
    }
}

impl Dimension {
    fn new(sources: &Sources, dimension: &DimensionScore) -> Self {
        let (points, weight) = verdict::points(dimension);
        let judged = dimension.coverage().share();
        Self {
            id: verdict::dimension_id(dimension.id),
            percent: dimension.score.map(percent),
            width: dimension.score.map(|score| percent(score * judged)),
            points,
            weight,
            words: plain::line(&verdict::dimension_words(dimension)).into_owned(),
            criteria: dimension
                .criteria
                .iter()
                .map(|criterion| {
                    let (status, summary) = verdict::criterion_words(criterion);
                    Line {
                        status,
                        title: criterion.title,
                        summary,
                        evidence: spots(sources, &criterion.evidence),
                    }
                })
                .collect(),
        }
    }
}

/// A share in percent, for the width of a bar.
fn percent(share: f64) -> u8 {
    (0..=100)
        .rev()
        .find(|&percent| f64::from(percent) <= share * 100.0)
        .unwrap_or(0)
}

fn level(sources: &Sources, name: &'static str, items: &[ChecklistItem]) -> Level {
    Level {
        name,
        done: verdict::done(items),
        of: items.len(),
        items: items
            .iter()
            .map(|item| Line {
                status: match item.status {
                    ChecklistStatus::Done => "pass",
                    ChecklistStatus::Missing => "fail",
                    ChecklistStatus::Unseen => "unknown",
                },
                title: item.title,
                summary: plain::line(&item.note).into_owned(),
                evidence: spots(sources, &item.evidence),
            })
            .collect(),
    }
}

#[derive(Serialize)]
struct FilePart {
    path: String,
    findings: Vec<FindingPart>,
}

#[derive(Serialize)]
struct FindingPart {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    line: u32,
    column: u32,
    message: String,
    help: Option<String>,
    fix: Option<String>,
    related: Vec<Spot>,
    excerpt: Vec<ExcerptLine>,
}

/// A line of source: what is marked, and what stands before and after that.
#[derive(Serialize)]
struct ExcerptLine {
    number: u32,
    before: String,
    marked: String,
    after: String,
}

fn files(report: &Report) -> Vec<FilePart> {
    report
        .findings
        .chunk_by(|a, b| a.location.file == b.location.file)
        .map(|findings| FilePart {
            path: plain::line(Place::new(report.sources, findings[0].location).path).into_owned(),
            findings: findings
                .iter()
                .map(|finding| finding_part(report.sources, finding))
                .collect(),
        })
        .collect()
}

fn finding_part(sources: &Sources, finding: &Finding) -> FindingPart {
    let place = Place::new(sources, finding.location);
    FindingPart {
        code: finding.code,
        name: finding.name,
        severity: word(finding.severity),
        line: place.line(),
        column: place.column(),
        message: plain::line(&finding.message).into_owned(),
        help: finding
            .help
            .as_ref()
            .map(|help| plain::line(help).into_owned()),
        fix: finding.fix.as_ref().map(|fix| {
            let title = plain::line(&fix.title);
            match fix.applicability {
                Applicability::Safe => format!("{title} (--fix)"),
                Applicability::Unsafe => format!("{title} (--unsafe-fixes)"),
                Applicability::Display => title.into_owned(),
            }
        }),
        related: finding
            .related
            .iter()
            .map(|related| Spot::new(sources, related.location, &related.message))
            .collect(),
        excerpt: excerpt(sources, finding.location),
    }
}

fn excerpt(sources: &Sources, location: Location) -> Vec<ExcerptLine> {
    let file = sources.file(location.file);
    let index = file.line_index();
    let line = index.line(location.span.start);
    let first = line.saturating_sub(CONTEXT).max(1);
    let last = (line + CONTEXT).min(index.lines());
    (first..=last)
        .map(|number| {
            let text = index.line_text(&file.text, number);
            let start = index.start(&file.text, number);
            let within = |offset: u32| {
                let offset = offset.saturating_sub(start) as usize;
                text.floor_char_boundary(offset.min(text.len()))
            };
            // Only the first line of a longer place is marked.
            let (from, to) = if number == line {
                (within(location.span.start), within(location.span.end))
            } else {
                (text.len(), text.len())
            };
            ExcerptLine {
                number,
                before: tail(&text[..from]),
                marked: head(&text[from..to]),
                after: head(&text[to..]),
            }
        })
        .collect()
}

fn head(text: &str) -> String {
    let kept: String = text.chars().take(LINE).collect();
    shown(&if kept.len() < text.len() {
        kept + "…"
    } else {
        kept
    })
}

fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(LINE);
    let kept: String = text.chars().skip(skip).collect();
    shown(&if skip > 0 { format!("…{kept}") } else { kept })
}

fn shown(text: &str) -> String {
    plain::line(&text.replace('\t', "    ")).into_owned()
}

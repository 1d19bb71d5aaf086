//! The page in a terminal. The first screen says whether it is safe to deploy, what is worst and
//! what to type next.

use std::fmt::Write;

use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, DimensionScore, Evidence, First, Review, Signal, SignalStatus,
};
use luthier_diagnostics::{Applicability, Report};
use luthier_source::Sources;

use super::{explain, unknown, verdict};
use crate::Options;
use crate::check;
use crate::counts::Counts;
use crate::depends;
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Wider than this, eyes lose the line.
const WIDEST: usize = 120;
/// Cells of a bar.
const BAR: u8 = 15;

pub(crate) fn text(report: &Report, review: &Review, options: &Options) -> String {
    let page = Page {
        look: Look {
            width: options.look.width.min(WIDEST),
            ..options.look
        },
        sources: report.sources,
    };
    let mut out = String::new();
    page.header(report, &mut out);
    page.health(review, &mut out);
    page.score(review, &mut out);
    page.checklist(review, &mut out);
    page.depends(report, &mut out);
    page.first(report, review, &mut out);
    if options.explain_score {
        explain::score(page.look, report.sources, review, &mut out);
    }
    if options.explain_unknown {
        unknown::unresolved(page.look, report.sources, &review.resolution, &mut out);
    }
    if options.show_skipped {
        check::skipped(page.look, " ", &report.skipped, &mut out);
    }
    page.footer(report, review, options, &mut out);
    out
}

struct Page<'a> {
    look: Look,
    sources: &'a Sources,
}

impl Page<'_> {
    /// What was looked at.
    fn header(&self, report: &Report, out: &mut String) {
        let project = &report.project;
        let mut parts = vec![
            "luthier review".to_owned(),
            plain::line(&project.name).into_owned(),
        ];
        parts.extend(
            project
                .settings
                .iter()
                .map(|name| plain::line(name).into_owned()),
        );
        parts.extend(
            project
                .django
                .iter()
                .map(|version| format!("Django {version}")),
        );
        let files = plain::count(report.stats.files, "file");
        let lines = verdict::rounded(report.stats.lines);
        parts.push(format!("{files}, {lines} lines"));
        parts.push(format!("{:.2} s", report.stats.seconds));
        let lines = self.joined(&parts);
        for (index, line) in lines.iter().enumerate() {
            let tone = if index == 0 {
                Tone::Heading
            } else {
                Tone::Faint
            };
            let _ = writeln!(out, " {}", self.look.paint(tone, line));
        }
        out.push('\n');
    }

    /// The parts that are not empty, joined by dots, on as many lines as needed.
    fn joined(&self, parts: &[String]) -> Vec<String> {
        let mut lines = vec![String::new()];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let last = lines.last_mut().expect("one line at least");
            if last.is_empty() {
                last.push_str(part);
            } else if plain::width(last) + 3 + plain::width(part) < self.look.width {
                let _ = write!(last, " · {part}");
            } else {
                lines.push(part.clone());
            }
        }
        lines
    }

    /// ` Health   6/8   ready to build on`
    fn heading(
        &self,
        name: &str,
        figure: &str,
        tone: Tone,
        words: &str,
        aside: &str,
        out: &mut String,
    ) {
        let plain_left = format!(" {}  {}   {words}", plain::pad(name, 7), figure);
        let mut line = format!(
            " {}  {}   {}",
            self.look.paint(Tone::Heading, &plain::pad(name, 7)),
            self.look.paint(Tone::Heading, figure),
            self.look.paint(tone, words),
        );
        let used = plain::width(&plain_left) + plain::width(aside);
        if !aside.is_empty() {
            if used + 2 <= self.look.width {
                line.push_str(&" ".repeat(self.look.width - used));
            } else {
                let _ = write!(line, "\n{}", " ".repeat(10));
            }
            line.push_str(&self.look.paint(Tone::Faint, aside));
        }
        let _ = writeln!(out, "{line}");
    }

    fn health(&self, review: &Review, out: &mut String) {
        let figure = format!("{}/{}", verdict::health(review), review.signals.len());
        let tone = if verdict::health_is_enough(review) {
            Tone::Good
        } else {
            Tone::Bad
        };
        self.heading(
            "Health",
            &figure,
            tone,
            &verdict::health_words(review),
            "",
            out,
        );
        let columns = widest(review.signals.iter().map(|signal| signal.id));
        for signal in &review.signals {
            self.signal(signal, columns, out);
        }
        out.push('\n');
    }

    fn signal(&self, signal: &Signal, columns: usize, out: &mut String) {
        let (mark, tone) = match signal.status {
            SignalStatus::Pass => ("✓", Tone::Good),
            SignalStatus::Fail => ("✗", Tone::Bad),
            SignalStatus::Unknown => ("?", Tone::Worry),
        };
        let lead = format!(
            "   {} {}  ",
            self.look.paint(tone, mark),
            plain::pad(signal.id, columns)
        );
        // The place that supports a pass is in the evidence; here only what wants a look.
        let place = match signal.status {
            SignalStatus::Pass => String::new(),
            SignalStatus::Fail | SignalStatus::Unknown => self.first_place(&signal.evidence),
        };
        self.row(&lead, columns + 7, &signal.summary, &place, out);
    }

    fn first_place(&self, evidence: &[Evidence]) -> String {
        evidence.first().map_or_else(String::new, |evidence| {
            let place = Place::new(self.sources, evidence.location);
            plain::line(&format!("{}:{}", place.path, place.line())).into_owned()
        })
    }

    /// Text after a lead of `indent` columns, wrapped beside it; the place at the right margin,
    /// or on a line of its own where there is no room.
    fn row(&self, lead: &str, indent: usize, text: &str, place: &str, out: &mut String) {
        let columns = self.look.width.saturating_sub(indent).max(20);
        let lines = plain::wrap(&plain::line(text), columns);
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                out.push_str(if text.is_empty() {
                    lead.trim_end()
                } else {
                    lead
                });
            } else {
                out.push_str(&" ".repeat(indent));
            }
            out.push_str(line);
            let is_last = index + 1 == lines.len();
            if is_last && !place.is_empty() {
                let used = plain::width(line) + plain::width(place);
                if used + 2 <= columns {
                    out.push_str(&" ".repeat(columns - used));
                } else {
                    let _ = write!(out, "\n{}", " ".repeat(indent));
                }
                out.push_str(&self.look.paint(Tone::Command, place));
            }
            out.push('\n');
        }
    }

    fn score(&self, review: &Review, out: &mut String) {
        let tone = match review.total {
            _ if review.band.is_none() => Tone::Worry,
            total if total >= 70.0 => Tone::Good,
            total if total >= 50.0 => Tone::Worry,
            _ => Tone::Bad,
        };
        let aside = verdict::resolution_words(&review.resolution).unwrap_or_default();
        let figure = verdict::score_figure(review);
        let words = verdict::band_words(review);
        self.heading("Score", &figure, tone, &words, &aside, out);
        let columns = widest(
            review
                .dimensions
                .iter()
                .map(|dimension| verdict::dimension_id(dimension.id)),
        );
        for dimension in &review.dimensions {
            self.dimension(dimension, columns, out);
        }
        out.push('\n');
    }

    fn dimension(&self, dimension: &DimensionScore, columns: usize, out: &mut String) {
        let (points, most) = verdict::points(dimension);
        let (bar, tone) = match dimension.score {
            Some(score) => {
                let tone = match score {
                    score if score >= 0.9 => Tone::Good,
                    score if score >= 0.5 => Tone::Worry,
                    _ => Tone::Bad,
                };
                (bar(score, dimension.coverage().share()), tone)
            }
            None => ("·".repeat(cells()), Tone::Faint),
        };
        let lead = format!(
            "   {}  {}  {points:>5}/{most:<4}  ",
            plain::pad(verdict::dimension_id(dimension.id), columns),
            self.look.paint(tone, &bar),
        );
        let summary = verdict::dimension_words(dimension);
        self.row(lead.as_str(), columns + cells() + 19, &summary, "", out);
    }

    fn checklist(&self, review: &Review, out: &mut String) {
        let figures = format!(
            "P0 {}/{} · P1 {}/{}",
            verdict::done(&review.p0),
            review.p0.len(),
            verdict::done(&review.p1),
            review.p1.len()
        );
        let tone = if verdict::may_deploy(review) {
            Tone::Good
        } else {
            Tone::Bad
        };
        self.heading(
            "Deploy",
            &figures,
            tone,
            verdict::deploy_words(review),
            "",
            out,
        );
        for (name, items) in [("P0", &review.p0), ("P1", &review.p1)] {
            self.items(
                &format!("✗ {name} missing"),
                Tone::Bad,
                items,
                ChecklistStatus::Missing,
                out,
            );
            self.items(
                &format!("? {name} confirm"),
                Tone::Worry,
                items,
                ChecklistStatus::Unseen,
                out,
            );
        }
        out.push('\n');
    }

    fn items(
        &self,
        label: &str,
        tone: Tone,
        items: &[ChecklistItem],
        status: ChecklistStatus,
        out: &mut String,
    ) {
        let titles: Vec<&str> = verdict::with_status(items, status)
            .map(|item| item.title)
            .collect();
        if titles.is_empty() {
            return;
        }
        let lead = format!("   {}  ", self.look.paint(tone, label));
        self.row(&lead, plain::width(label) + 5, &titles.join(", "), "", out);
    }

    /// Which checks of Django's only the environment decides.
    fn depends(&self, report: &Report, out: &mut String) {
        if report.depends.is_empty() {
            return;
        }
        let heading = self.look.paint(Tone::Heading, "Depends on the environment");
        let _ = writeln!(out, " {heading}");
        for depends in &report.depends {
            let lead = format!("   {}  ", self.look.paint(Tone::Worry, "?"));
            self.row(&lead, 6, &depends::sentence(depends), "", out);
        }
        out.push('\n');
    }

    fn first(&self, report: &Report, review: &Review, out: &mut String) {
        if review.first.is_empty() {
            return;
        }
        let _ = writeln!(out, " {}", self.look.paint(Tone::Heading, "Fix first"));
        for (index, first) in review.first.iter().enumerate() {
            self.first_item(index + 1, first, report, out);
        }
        out.push('\n');
    }

    fn first_item(&self, number: usize, first: &First, report: &Report, out: &mut String) {
        let finding = &report.findings[first.finding];
        let place = Place::new(self.sources, finding.location);
        let place = plain::line(&format!("{}:{}", place.path, place.line())).into_owned();
        let lead = format!(
            "  {number:>2}  {}  ",
            self.look.paint(Tone::of(finding.severity), finding.code)
        );
        let indent = 8 + finding.code.len();
        self.row(&lead, indent, &first.why, &place, out);
        let fixable = match finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => "--fix",
            Some(Applicability::Unsafe) => "--unsafe-fixes",
            Some(Applicability::Display) | None => "",
        };
        let lead = format!(
            "{}{}",
            " ".repeat(indent - 2),
            self.look.paint(Tone::Good, "→ ")
        );
        // Two lines at most: `luthier explain` has the rest.
        let room = self.look.width.saturating_sub(indent).max(30);
        let how = plain::line(&first.how);
        self.row(
            &lead,
            indent,
            &plain::clause(&how, room * 2 - 10),
            fixable,
            out,
        );
    }

    fn footer(&self, report: &Report, review: &Review, options: &Options, out: &mut String) {
        let counts = Counts::new(&report.findings);
        let mut parts = vec![counts.sentence()];
        if counts.total() > 0 {
            parts.push("luthier check shows all".to_owned());
        }
        parts.extend(counts.fixes());
        for line in self.joined(&parts) {
            let _ = writeln!(out, " {line}");
        }
        let mut hints = Vec::new();
        if !options.explain_score {
            hints.push("--explain-score shows how the score comes about".to_owned());
        }
        if !options.explain_unknown && !review.resolution.unresolved.is_empty() {
            hints.push("--explain-unknown what was not understood".to_owned());
        }
        if !options.show_skipped && !report.skipped.is_empty() {
            let number = plain::count(report.skipped.len(), "file");
            hints.push(format!("--show-skipped the {number} not analysed"));
        }
        for hint in hints {
            let _ = writeln!(out, " {}", self.look.paint(Tone::Faint, &hint));
        }
    }
}

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(plain::width).max().unwrap_or(0)
}

/// Full only for a full score, empty only for none; what was not judged is dotted.
fn bar(score: f64, judged: f64) -> String {
    let cells_of = |share: f64| {
        (1..=BAR)
            .filter(|&cell| share * f64::from(BAR) + 1e-9 >= f64::from(cell))
            .count()
    };
    let (filled, judged) = (cells_of(score * judged), cells_of(judged));
    format!(
        "{}{}{}",
        "█".repeat(filled),
        "░".repeat(judged - filled),
        "·".repeat(cells() - judged)
    )
}

fn cells() -> usize {
    usize::from(BAR)
}

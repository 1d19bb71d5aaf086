//! The source around a finding, with the places that lead to it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use luthier_diagnostics::{Applicability, Finding, Fix, Location, Severity};
use luthier_source::{SourceFile, Sources, Span};

use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Places of one file at most this many lines apart share an excerpt.
const NEAR_LINES: u32 = 8;
/// A finding over more lines than this shows only its first.
const MOST_LINES: u32 = 6;
/// Of longer lines, only the part around the place is shown.
const LONG_LINE: usize = 1000;
/// Columns before a note, and before source with its line number and indentation.
const FRAME: usize = 10;
const GUTTER: usize = 14;

/// Excerpts of the finding and its related places, then help and fix; ends in a line break.
/// `heading` stands in the first line, beside the corner of the frame.
pub(crate) fn render(look: Look, sources: &Sources, finding: &Finding, heading: &str) -> String {
    let near = related_nearby(sources, finding);
    let mut elements = vec![Element::from(primary(look, sources, finding, &near))];
    let mut notes = Vec::new();
    for (index, related) in finding.related.iter().enumerate() {
        if near.contains(&index) {
            continue;
        }
        let place = Place::new(sources, related.location);
        let window = Window::new(
            look,
            sources.file(related.location.file),
            &[related.location.span],
        );
        if window.cut {
            notes.push(("note", format!("{} ({place})", related.message)));
            continue;
        }
        let mark = window
            .annotation(AnnotationKind::Context, related.location.span)
            .label(plain::line(&related.message).into_owned());
        elements.push(window.snippet().path(place.path).annotation(mark).into());
    }
    if let Some(help) = &finding.help {
        notes.push(("help", help.clone()));
    }
    if let Some(fix) = &finding.fix {
        notes.push(("fix", fix_line(fix)));
    }
    for (name, text) in notes {
        let columns = look.width.saturating_sub(FRAME + name.len()).max(20);
        let text = plain::wrap(&plain::line(&text), columns).join("\n");
        let level = match name {
            "note" => Level::NOTE,
            _ => Level::HELP,
        };
        elements.push(level.with_name(name).message(text).into());
    }
    let group = Group::with_level(level(finding.severity)).elements(elements);
    let text = renderer(look).render(&[group]);
    // Few terminals have a letter for the dots before another file; this corner they all have.
    let text = text.replace(" ⸬  ", " ├▸ ");
    // Without a path, the first line is the corner of the frame and nothing else.
    let (corner, rest) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{} {heading}\n{rest}\n", corner.trim_end())
}

fn renderer(look: Look) -> Renderer {
    let renderer = if look.color {
        Renderer::styled()
            .hyperlink(false)
            .error(Tone::Bad.style())
            .warning(Tone::Worry.style())
            .info(Tone::Advice.style())
            .line_num(Tone::Faint.style())
            .context(Tone::Command.style())
    } else {
        Renderer::plain()
    };
    renderer
        .decor_style(DecorStyle::Unicode)
        .term_width(look.width)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn fix_line(fix: &Fix) -> String {
    match fix.applicability {
        Applicability::Safe => format!("{} (--fix)", fix.title),
        Applicability::Unsafe => format!("{} (--unsafe-fixes)", fix.title),
        Applicability::Display => fix.title.clone(),
    }
}

/// Indices of the related places that fit into the finding's own excerpt.
fn related_nearby(sources: &Sources, finding: &Finding) -> Vec<usize> {
    let line = Place::new(sources, finding.location).line();
    let is_near = |location: Location| {
        location.file == finding.location.file
            && Place::new(sources, location).line().abs_diff(line) <= NEAR_LINES
    };
    (0..finding.related.len())
        .filter(|&index| is_near(finding.related[index].location))
        .collect()
}

/// One excerpt with the finding's own place and the related places near it.
fn primary<'a>(
    look: Look,
    sources: &'a Sources,
    finding: &Finding,
    near: &[usize],
) -> Snippet<'a, Annotation<'a>> {
    let file = sources.file(finding.location.file);
    let mut spans = vec![finding.location.span];
    spans.extend(
        near.iter()
            .map(|&index| finding.related[index].location.span),
    );
    let window = Window::new(look, file, &spans);
    let mut snippet = window
        .snippet()
        .annotation(window.annotation(AnnotationKind::Primary, finding.location.span));
    for &index in near {
        let related = &finding.related[index];
        snippet = snippet.annotation(
            window
                .annotation(AnnotationKind::Context, related.location.span)
                .label(plain::line(&related.message).into_owned()),
        );
    }
    snippet
}

/// The lines of a file that hold some spans. Only these are given to the renderer, which looks at
/// every character of what it gets.
struct Window<'a> {
    text: &'a str,
    /// Offset of `text` in the file.
    start: u32,
    first_line: u32,
    /// Whether `text` starts or ends within a line.
    cut: bool,
    /// Characters of a line that can be marked.
    columns: usize,
}

impl<'a> Window<'a> {
    /// The first span is the one that must be seen.
    fn new(look: Look, file: &'a SourceFile, spans: &[Span]) -> Self {
        let columns = look.width.saturating_sub(GUTTER).max(20);
        let index = file.line_index();
        let line_end = |line: u32| {
            index.start(&file.text, line) + index.line_text(&file.text, line).len() as u32
        };
        let first_line = spans.iter().map(|span| index.line(span.start)).min();
        let first_line = first_line.unwrap_or(1);
        let last_line = spans
            .iter()
            .map(|span| {
                let start = index.line(span.start);
                let end = index.line(span.end.max(span.start));
                if end - start > MOST_LINES { start } else { end }
            })
            .max()
            .unwrap_or(first_line);
        let start = index.start(&file.text, first_line);
        let end = line_end(last_line);
        let is_long = (first_line..=last_line)
            .any(|line| index.line_text(&file.text, line).len() > LONG_LINE);
        if !is_long {
            return Self {
                text: Span::new(start, end).text(&file.text),
                start,
                first_line,
                cut: false,
                columns,
            };
        }
        let around = spans[0].start;
        let line = index.line(around);
        let from = floor(&file.text, around.saturating_sub(LONG_LINE as u32 / 4));
        let to = floor(&file.text, around + LONG_LINE as u32 / 2);
        let from = from.max(index.start(&file.text, line));
        Self {
            text: Span::new(from, to.min(line_end(line))).text(&file.text),
            start: from,
            first_line: line,
            cut: true,
            columns,
        }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(self.text).line_start(self.first_line as usize)
    }

    /// `span` as a mark within this window, clamped to it, to one line if it has very many, and to
    /// what a screen shows of a line.
    fn annotation(&self, kind: AnnotationKind, span: Span) -> Annotation<'a> {
        let clamp = |offset: u32| (offset.saturating_sub(self.start) as usize).min(self.text.len());
        let start = clamp(span.start);
        let mut end = clamp(span.end).max(start);
        let marked = self.text.get(start..end).unwrap_or("");
        if marked.matches('\n').count() > MOST_LINES as usize {
            end = start + marked.find('\n').unwrap_or(0);
        }
        let marked = self.text.get(start..end).unwrap_or("");
        if !marked.contains('\n')
            && let Some((most, _)) = marked.char_indices().nth(self.columns)
        {
            end = start + most;
        }
        kind.span(start..end)
    }
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: u32) -> u32 {
    text.floor_char_boundary(offset as usize) as u32
}

//! Comments that silence findings: `# luthier: ignore[CODE] until=DATE reason` on a line or above a
//! statement, `# luthier: ignore-file[CODE]` anywhere, `{# luthier: ignore[CODE] #}` in templates.
//! What silences nothing is itself reported.

mod comment;
mod scope;

use luthier_diagnostics::{Finding, Fix, Location};
use luthier_project::facts::PythonFacts;
use luthier_rules::{Rule, internal};
use luthier_source::{FileId, FileKind, SourceFile, Sources, Span};

use crate::date::Date;
use crate::select::Selector;
use comment::{Comment, Content, Ignore, Word};
use scope::Lines;

/// What to know besides the comments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    /// The rules that ran: only they can tell whether a comment is needed.
    pub(crate) ran: &'a [&'static Rule],
    pub(crate) require_reason: bool,
    pub(crate) today: Date,
}

/// Takes the silenced findings out, adds what is to say about the comments, and returns how many
/// were silenced. The findings are not in order afterwards.
pub(crate) fn suppress<'a>(
    findings: &mut Vec<Finding>,
    sources: &Sources,
    facts: impl Fn(FileId) -> Option<&'a PythonFacts>,
    settings: Settings<'_>,
) -> usize {
    let mut comments = Vec::new();
    for (file, source) in sources.iter() {
        for comment in read(source, facts(file)) {
            let scope = match &comment.content {
                Content::Ignore(ignore) if ignore.file => None,
                _ => Some(scope::lines(source, facts(file), comment.span)),
            };
            let used = match &comment.content {
                Content::Ignore(ignore) => vec![false; ignore.words.len()],
                Content::Invalid(_) => Vec::new(),
            };
            comments.push(Placed {
                file,
                comment,
                scope,
                used,
            });
        }
    }
    let before = findings.len();
    if !comments.is_empty() {
        findings.retain(|finding| !silenced(finding, sources, &mut comments, settings));
    }
    let silenced = before - findings.len();
    for placed in &comments {
        about(placed, sources, settings, findings);
    }
    silenced
}

/// A comment, where it holds, and which of its words silenced something.
struct Placed {
    file: FileId,
    comment: Comment,
    /// `None` for the whole file.
    scope: Option<Lines>,
    used: Vec<bool>,
}

/// The suppression comments of one file, in order.
fn read(file: &SourceFile, facts: Option<&PythonFacts>) -> Vec<Comment> {
    if let Some(facts) = facts {
        let directives = facts.directives.iter();
        let read = directives.filter_map(|span| comment::read(file.at(*span), span.start, ""));
        return read.collect();
    }
    if file.kind == FileKind::Python || !file.text.contains("luthier:") {
        return Vec::new();
    }
    let is_template = file.kind == FileKind::Template;
    let mut found = Vec::new();
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        let text = line.trim_end();
        if text.contains("luthier:") {
            found.extend(if is_template {
                in_template(text, start)
            } else {
                comment::read(text, start, "")
            });
        }
        start += line.len() as u32;
    }
    found
}

fn in_template(line: &str, start: u32) -> Option<Comment> {
    let mut offset = 0;
    for piece in line.split_inclusive("#}") {
        if let Some(open) = piece.find("{#").filter(|_| piece.ends_with("#}")) {
            let found = comment::read(&piece[open..], start + (offset + open) as u32, "#}");
            if found.is_some() {
                return found;
            }
        }
        offset += piece.len();
    }
    None
}

fn silenced(
    finding: &Finding,
    sources: &Sources,
    comments: &mut [Placed],
    settings: Settings<'_>,
) -> bool {
    let Location { file, span } = finding.location;
    let mut line = None;
    let mut silenced = false;
    let first = comments.partition_point(|placed| placed.file < file);
    for placed in &mut comments[first..] {
        if placed.file != file {
            break;
        }
        let Content::Ignore(ignore) = &placed.comment.content else {
            continue;
        };
        let line = *line.get_or_insert_with(|| sources.file(file).line_index().line(span.start));
        if !holds(ignore, settings) || placed.scope.is_some_and(|lines| !lines.contains(line)) {
            continue;
        }
        for (word, used) in ignore.words.iter().zip(&mut placed.used) {
            if word
                .selector
                .as_ref()
                .is_some_and(|selector| names(selector, finding))
            {
                *used = true;
                silenced = true;
            }
        }
    }
    silenced
}

fn names(selector: &Selector, finding: &Finding) -> bool {
    match selector {
        Selector::All => true,
        Selector::Category(category) => finding.category == *category,
        Selector::Prefix(prefix) => finding.code.starts_with(prefix),
        Selector::Rule(code) => finding.code == *code,
    }
}

fn holds(ignore: &Ignore, settings: Settings<'_>) -> bool {
    let expired = ignore.until.is_some_and(|until| until < settings.today);
    !expired && (ignore.has_reason || !settings.require_reason)
}

/// Reports what is wrong with one comment.
fn about(placed: &Placed, sources: &Sources, settings: Settings<'_>, findings: &mut Vec<Finding>) {
    let location = Location::new(placed.file, placed.comment.span);
    let mut report = |rule: &'static Rule, message: String, help: String, fix: Option<Fix>| {
        if settings.ran.iter().any(|ran| ran.code == rule.code) {
            let mut finding = rule.finding(location, message);
            finding.help = Some(help);
            finding.fix = fix;
            findings.push(finding);
        }
    };
    let ignore = match &placed.comment.content {
        Content::Ignore(ignore) => ignore,
        Content::Invalid(wrong) => {
            let message = format!("this suppression cannot be read: {wrong}");
            let help = "write `# luthier: ignore[CODE] reason`".to_owned();
            report(internal::INVALID_SUPPRESSION, message, help, None);
            return;
        }
    };
    if let Some(until) = ignore.until.filter(|until| *until < settings.today) {
        let message = format!("this suppression has expired on {until} and silences nothing");
        let help = "mend what it silenced, or give it a later day".to_owned();
        report(internal::EXPIRED_SUPPRESSION, message, help, None);
        return;
    }
    if !holds(ignore, settings) {
        let message = "this suppression says no reason and silences nothing".to_owned();
        let help = "write the reason behind the brackets".to_owned();
        report(internal::SUPPRESSION_WITHOUT_REASON, message, help, None);
        return;
    }
    let unused: Vec<&Word> = ignore
        .words
        .iter()
        .zip(&placed.used)
        .filter(|(word, used)| !**used && can_tell(word, settings.ran))
        .map(|(word, _)| word)
        .collect();
    if unused.is_empty() {
        return;
    }
    let source = sources.file(placed.file);
    let listed: Vec<_> = unused
        .iter()
        .map(|word| format!("`{}`", source.at(word.span)))
        .collect();
    let listed = listed.join(", ");
    let message = if unused.iter().all(|word| word.selector.is_none()) {
        format!("no rule is called {listed}")
    } else {
        format!("this suppression is not needed for {listed}")
    };
    let fix = without(source, placed, ignore, &unused);
    let help = "take it out".to_owned();
    report(internal::UNUSED_SUPPRESSION, message, help, Some(fix));
}

/// Whether every rule that the word names has run.
fn can_tell(word: &Word, ran: &[&'static Rule]) -> bool {
    word.selector.as_ref().is_none_or(|selector| {
        let rules = luthier_rules::registry::all().into_iter();
        let mut named = rules.filter(|rule| selector.matches(rule));
        named.all(|rule| ran.iter().any(|ran| ran.code == rule.code))
    })
}

/// Takes out the words, or the whole comment if none is left.
fn without(source: &SourceFile, placed: &Placed, ignore: &Ignore, unused: &[&Word]) -> Fix {
    let text = &source.text;
    let span = placed.comment.span;
    if unused.len() < ignore.words.len() {
        let mut fix = Fix::safe("Take out what is not needed");
        for (position, word) in ignore.words.iter().enumerate() {
            if !unused.iter().any(|gone| gone.span == word.span) {
                continue;
            }
            // With the comma behind it; the last word with the comma before it.
            let kept_before = ignore.words[..position]
                .iter()
                .rev()
                .find(|before| !unused.iter().any(|gone| gone.span == before.span));
            let next = ignore.words.get(position + 1);
            let gone = match (next, kept_before) {
                (Some(next), _) => Span::new(word.span.start, next.span.start),
                (None, Some(before)) => Span::new(before.span.end, word.span.end),
                (None, None) => word.span,
            };
            fix = fix.delete(placed.file, gone);
        }
        return merged(fix);
    }
    let index = source.line_index();
    let line = index.line(span.start);
    let line_start = index.start(text, line);
    let before = Span::new(line_start, span.start).text(text);
    let line_end = index.start(text, line + 1);
    let behind = Span::new(span.end, line_end).text(text);
    let gone = if before.trim().is_empty() && behind.trim().is_empty() {
        Span::new(line_start, line_end)
    } else {
        Span::new(line_start + before.trim_end().len() as u32, span.end)
    };
    Fix::safe("Take the comment out").delete(placed.file, gone)
}

/// Neighbouring deletions as one, so that they do not overlap.
fn merged(mut fix: Fix) -> Fix {
    fix.edits.sort();
    let mut edits: Vec<luthier_diagnostics::Edit> = Vec::new();
    for edit in fix.edits {
        match edits.last_mut() {
            Some(last) if edit.span.start <= last.span.end => {
                last.span = last.span.cover(edit.span);
            }
            _ => edits.push(edit),
        }
    }
    fix.edits = edits;
    fix
}

#[cfg(test)]
mod tests;

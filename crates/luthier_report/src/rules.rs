//! The rules that there are: the list, and the page of one.

use std::fmt::Write;

use luthier_diagnostics::{FixAvailability, RuleInfo};

use crate::json;
use crate::paint::{Look, Tone, word};
use crate::plain;
use crate::review::verdict;

/// The list in the form of a table, one family after the other.
pub fn rules(rules: &[RuleInfo], look: Look) -> String {
    let columns = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for family in rules.chunk_by(|a, b| a.category == b.category) {
        let name = json::word(&family[0].category);
        let _ = writeln!(out, "{}", look.paint(Tone::Heading, &name));
        for rule in family {
            rule_line(rule, columns, look, &mut out);
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{} · luthier explain CODE shows the page of one",
        plain::count(rules.len(), "rule")
    );
    out
}

/// `  ORM001  n-plus-one-loop  error  fix  A relation is followed row by row.`
fn rule_line(rule: &RuleInfo, columns: usize, look: Look, out: &mut String) {
    let fix = match rule.fix {
        FixAvailability::None => "   ",
        FixAvailability::Sometimes | FixAvailability::Always => "fix",
    };
    let indent = 2 + rule.code.len() + 2 + columns + 2 + 7 + 2 + 3 + 2;
    let beside = look.width >= indent + 40;
    let summary = if beside {
        plain::wrap(rule.summary, look.width - indent)
    } else {
        plain::wrap(rule.summary, look.width.saturating_sub(10).max(30))
    };
    let lead = format!(
        "  {}  {}  {}  {}",
        look.paint(Tone::Heading, rule.code),
        plain::pad(rule.name, columns),
        look.paint(Tone::of(rule.severity), &plain::pad(word(rule.severity), 7)),
        look.paint(Tone::Good, fix),
    );
    let margin = if beside {
        let _ = write!(out, "{lead}  {}", summary[0]);
        indent
    } else {
        let _ = write!(out, "{}\n          {}", lead.trim_end(), summary[0]);
        10
    };
    out.push('\n');
    for line in &summary[1..] {
        let _ = writeln!(out, "{}{line}", " ".repeat(margin));
    }
}

/// The list with everything in it.
pub fn rules_json(rules: &[RuleInfo]) -> String {
    json::pretty(&rules)
}

/// Everything about one rule.
pub fn rule_json(rule: &RuleInfo) -> String {
    json::pretty(rule)
}

/// The page of a rule for a terminal. In examples, an arrow stands before lines that are reported.
pub fn explain(rule: &RuleInfo, look: Look) -> String {
    let mut about = vec![word(rule.severity).to_owned(), json::word(&rule.category)];
    about.extend(
        rule.dimension
            .map(|it| format!("counts for {}", verdict::dimension_id(it))),
    );
    about.push(
        match rule.fix {
            FixAvailability::None => "no automatic fix",
            FixAvailability::Sometimes => "sometimes fixable",
            FixAvailability::Always => "fixable",
        }
        .to_owned(),
    );
    let mut out = format!(
        "{} {}\n{}\n\n",
        look.paint(Tone::of(rule.severity), rule.code),
        look.paint(Tone::Heading, rule.name),
        look.paint(Tone::Faint, &about.join(" · ")),
    );
    markdown(rule.docs, look, &mut out);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The Markdown that rule pages are written in: headings, paragraphs, lists, fences.
fn markdown(text: &str, look: Look, out: &mut String) {
    let mut paragraph = String::new();
    let mut fence = false;
    for line in text.lines() {
        if let Some(info) = line.strip_prefix("```") {
            flush(&mut paragraph, look, out);
            if !fence && let Some(file) = info.split(' ').find_map(|it| it.strip_prefix("file=")) {
                let _ = writeln!(out, "    {}", look.paint(Tone::Faint, file));
            }
            if fence {
                out.push('\n');
            }
            fence = !fence;
        } else if fence {
            code(line, look, out);
        } else if line.starts_with('#') {
            flush(&mut paragraph, look, out);
            let heading = line.trim_start_matches('#').trim();
            let _ = writeln!(out, "{}\n", look.paint(Tone::Heading, heading));
        } else if line.trim().is_empty() {
            flush(&mut paragraph, look, out);
        } else if line.starts_with("- ") {
            lines(&mut paragraph, look, out);
            paragraph.push_str(line);
        } else {
            paragraph.push(' ');
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut paragraph, look, out);
}

/// Ends a paragraph.
fn flush(paragraph: &mut String, look: Look, out: &mut String) {
    if !paragraph.is_empty() {
        lines(paragraph, look, out);
        out.push('\n');
    }
}

/// Wraps a paragraph or an item of a list.
fn lines(paragraph: &mut String, look: Look, out: &mut String) {
    if paragraph.is_empty() {
        return;
    }
    let hang = if paragraph.starts_with("- ") { 2 } else { 0 };
    let width = look.width.min(100).saturating_sub(hang).max(30);
    for (index, line) in plain::wrap(paragraph, width).iter().enumerate() {
        let margin = if index == 0 { 0 } else { hang };
        let _ = writeln!(out, "{}{line}", " ".repeat(margin));
    }
    paragraph.clear();
}

/// A line of an example; those that are reported carry a mark at their end.
fn code(line: &str, look: Look, out: &mut String) {
    let marked = ["# fires", "{# fires #}", "<!-- fires -->"]
        .iter()
        .find_map(|mark| line.trim_end().strip_suffix(mark));
    let _ = match marked {
        Some(code) => writeln!(
            out,
            "  {} {}",
            look.paint(Tone::Bad, "▸"),
            look.paint(Tone::Heading, code.trim_end())
        ),
        None if line.is_empty() => writeln!(out),
        None => writeln!(out, "    {line}"),
    };
}

//! `--explain-unknown`: what was not understood, and why, the most frequent reasons first.

use std::fmt::Write;

use luthier_diagnostics::review::{Resolution, Unresolved, UnresolvedExample};
use luthier_source::Sources;

use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Examples of one reason: enough to know what it is about.
const EXAMPLES: usize = 3;

pub(super) fn unresolved(look: Look, sources: &Sources, resolution: &Resolution, out: &mut String) {
    let _ = writeln!(out, " {}", look.paint(Tone::Heading, "Not understood"));
    if resolution.unresolved.is_empty() {
        out.push_str("   nothing: all that was met was resolved\n");
    }
    for kind in &resolution.kinds {
        if kind.met == kind.resolved {
            continue;
        }
        let share = kind.resolved * 100 / kind.met;
        let _ = writeln!(
            out,
            "   {}  {} of {} not resolved ({share} % are)",
            look.paint(Tone::Heading, kind.id),
            kind.met - kind.resolved,
            kind.met,
        );
        let reasons = resolution.unresolved.iter();
        for reason in reasons.filter(|reason| reason.kind == kind.id) {
            self::reason(look, sources, reason, out);
        }
    }
    out.push('\n');
}

fn reason(look: Look, sources: &Sources, reason: &Unresolved, out: &mut String) {
    let _ = writeln!(out, "   {:>6}  {}", reason.count, plain::line(&reason.why));
    let room = look.width.saturating_sub(13).max(40);
    for example in reason.examples.iter().take(EXAMPLES) {
        let place = place(sources, example);
        let columns = room.saturating_sub(plain::width(&place) + 2).max(20);
        let what = plain::line(&example.what);
        let what = plain::cut(&what, columns);
        let _ = writeln!(
            out,
            "            {}  {}",
            plain::pad(&what, columns),
            look.paint(Tone::Command, &place)
        );
    }
}

fn place(sources: &Sources, example: &UnresolvedExample) -> String {
    example.location.map_or_else(String::new, |location| {
        let place = Place::new(sources, location);
        plain::line(&format!("{}:{}", place.path, place.line())).into_owned()
    })
}

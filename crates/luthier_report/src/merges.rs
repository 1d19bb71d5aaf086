//! `luthier migrations merge`: what brings the last migrations of an app together, or why nothing does.

use std::fmt::Write;

use luthier_diagnostics::migrations::{AppMerge, MergeClash, MergeOutcome};
use luthier_source::Sources;
use serde::Serialize;

use crate::json::{self, JsonPlace};
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// For people.
pub fn merges(sources: &Sources, merges: &[AppMerge], look: Look) -> String {
    if merges.is_empty() {
        let mark = look.paint(Tone::Good, "✓");
        return format!("{mark} nothing to merge: no app has several last migrations\n");
    }
    let mut out = String::new();
    for (index, merge) in merges.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let leaves: Vec<&str> = merge.leaves.iter().map(|leaf| &*leaf.name).collect();
        let _ = writeln!(
            out,
            "{}  several last migrations: {}",
            look.paint(Tone::Heading, &plain::line(&merge.app)),
            plain::line(&leaves.join(", "))
        );
        match &merge.outcome {
            MergeOutcome::File(file) => {
                let _ = writeln!(
                    out,
                    "  {} what they do comes to the same in any order: {}",
                    look.paint(Tone::Good, "✓"),
                    look.paint(Tone::Command, &plain::line(&file.path))
                );
            }
            MergeOutcome::Clash(clash) => clash_text(sources, clash, look, &mut out),
        }
    }
    out
}

fn clash_text(sources: &Sources, clash: &MergeClash, look: Look, out: &mut String) {
    let why = match &clash.over {
        Some(over) => format!("the order matters: both are about {over}"),
        None => {
            "the order may matter: what one of them does to the database is not known".to_owned()
        }
    };
    let _ = writeln!(
        out,
        "  {} {}",
        look.paint(Tone::Bad, "✗"),
        plain::line(&why)
    );
    for side in &clash.sides {
        let place = Place::new(sources, side.location);
        let place = format!("{}:{}", place.path, place.line());
        let _ = writeln!(
            out,
            "    {}  {}",
            plain::line(&side.operation),
            look.paint(Tone::Command, &place)
        );
    }
    let advice = "    decide which comes first, and name it in the `dependencies` of the other";
    let _ = writeln!(out, "{}", look.paint(Tone::Faint, advice));
}

/// For programs.
pub fn merges_json(sources: &Sources, merges: &[AppMerge]) -> String {
    json::pretty(&JsonMerges {
        schema_version: json::SCHEMA_VERSION,
        merges: merges
            .iter()
            .map(|merge| JsonMerge::new(sources, merge))
            .collect(),
    })
}

#[derive(Serialize)]
struct JsonMerges<'a> {
    schema_version: u32,
    merges: Vec<JsonMerge<'a>>,
}

#[derive(Serialize)]
struct JsonMerge<'a> {
    app: &'a str,
    leaves: Vec<JsonLeaf<'a>>,
    /// What merges them; nothing where the order matters, or may.
    file: Option<JsonFile<'a>>,
    clash: Option<JsonClash<'a>>,
}

#[derive(Serialize)]
struct JsonLeaf<'a> {
    name: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonClash<'a> {
    /// Nothing where code or SQL may be about anything.
    over: Option<&'a str>,
    sides: Vec<JsonSide<'a>>,
}

#[derive(Serialize)]
struct JsonSide<'a> {
    migration: &'a str,
    operation: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

impl<'a> JsonMerge<'a> {
    fn new(sources: &'a Sources, merge: &'a AppMerge) -> Self {
        let leaves = merge.leaves.iter().map(|leaf| JsonLeaf {
            name: &leaf.name,
            place: JsonPlace::new(sources, leaf.location),
        });
        let (file, clash) = match &merge.outcome {
            MergeOutcome::File(file) => {
                let file = JsonFile {
                    path: &file.path,
                    text: &file.text,
                };
                (Some(file), None)
            }
            MergeOutcome::Clash(clash) => (None, Some(JsonClash::new(sources, clash))),
        };
        Self {
            app: &merge.app,
            leaves: leaves.collect(),
            file,
            clash,
        }
    }
}

impl<'a> JsonClash<'a> {
    fn new(sources: &'a Sources, clash: &'a MergeClash) -> Self {
        let sides = clash.sides.iter().map(|side| JsonSide {
            migration: &side.migration,
            operation: &side.operation,
            place: JsonPlace::new(sources, side.location),
        });
        Self {
            over: clash.over.as_deref(),
            sides: sides.collect(),
        }
    }
}

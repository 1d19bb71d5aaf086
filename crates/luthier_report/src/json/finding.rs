//! A finding with places as people count them.

use luthier_diagnostics::{
    Applicability, Category, Confidence, Finding, Fix, Location, Related, Severity,
};
use luthier_source::Sources;
use serde::Serialize;

use crate::place::Place;

#[derive(Serialize)]
pub(crate) struct JsonFinding<'a> {
    code: &'static str,
    name: &'static str,
    category: Category,
    severity: Severity,
    confidence: Confidence,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'a str,
    help: Option<&'a str>,
    django_check: Option<&'static str>,
    symbol: Option<&'a str>,
    app: Option<&'a str>,
    related: Vec<JsonRelated<'a>>,
    fix: Option<JsonFix<'a>>,
    fingerprint: &'a str,
}

impl<'a> JsonFinding<'a> {
    pub(crate) fn new(sources: &'a Sources, finding: &'a Finding) -> Self {
        let place = Place::new(sources, finding.location);
        Self {
            code: finding.code,
            name: finding.name,
            category: finding.category,
            severity: finding.severity,
            confidence: finding.confidence,
            path: place.path,
            line: place.line(),
            column: place.column(),
            end_line: place.end.line,
            end_column: place.end.column,
            message: &finding.message,
            help: finding.help.as_deref(),
            django_check: finding.django_check,
            symbol: finding.symbol.as_deref(),
            app: finding.app.as_deref(),
            related: finding
                .related
                .iter()
                .map(|related| JsonRelated::new(sources, related))
                .collect(),
            fix: finding.fix.as_ref().map(|fix| JsonFix::new(sources, fix)),
            fingerprint: &finding.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

impl<'a> JsonRelated<'a> {
    fn new(sources: &'a Sources, related: &'a Related) -> Self {
        let place = Place::new(sources, related.location);
        Self {
            path: place.path,
            line: place.line(),
            column: place.column(),
            message: &related.message,
        }
    }
}

#[derive(Serialize)]
struct JsonFix<'a> {
    applicability: Applicability,
    title: &'a str,
    edits: Vec<JsonEdit<'a>>,
}

impl<'a> JsonFix<'a> {
    fn new(sources: &'a Sources, fix: &'a Fix) -> Self {
        let edits = fix.edits.iter().map(|edit| {
            let place = Place::new(sources, Location::new(edit.file, edit.span));
            JsonEdit {
                path: place.path,
                start: [place.start.line, place.start.column],
                end: [place.end.line, place.end.column],
                text: &edit.text,
            }
        });
        // A file to be written is an insertion at its beginning.
        let new_files = fix.new_files.iter().map(|file| JsonEdit {
            path: &file.path,
            start: [1, 1],
            end: [1, 1],
            text: &file.text,
        });
        Self {
            applicability: fix.applicability,
            title: &fix.title,
            edits: edits.chain(new_files).collect(),
        }
    }
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    path: &'a str,
    start: [u32; 2],
    end: [u32; 2],
    text: &'a str,
}

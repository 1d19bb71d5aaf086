//! How much of what was met could be worked out, so that silence can be told from blindness.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use luthier_diagnostics::review::{Resolution, ResolutionKind, Unresolved, UnresolvedExample};
use luthier_project::Project;
use luthier_project::facts::{CallRef, Expr};
use luthier_project::flows::{Target, Why};
use luthier_project::modules::ModuleId;
use luthier_project::routes::{CodePlace, OpenReason, ViewTarget};
use luthier_project::settings::Kind;
use luthier_project::templates::{Resolved, Templates, template_name};
use luthier_source::template::NodeKind;
use luthier_source::{FileId, Location};
use rayon::prelude::*;

use super::sheet::Sheet;

/// Places that are kept for one reason.
const MOST: usize = 20;

pub(super) fn resolution(sheet: Sheet<'_>) -> Resolution {
    let mut resolution = Resolution::default();
    let tallies = [
        settings(sheet),
        models(sheet),
        routes(sheet),
        templates(sheet),
        lookups(sheet),
        calls(sheet),
    ];
    for tally in tallies.into_iter().flatten() {
        tally.add_to(&mut resolution);
    }
    resolution
}

/// What was met of one kind.
struct Tally {
    kind: &'static str,
    resolved: usize,
    /// By reason; what it is, and where.
    unresolved: BTreeMap<String, Group>,
}

#[derive(Default)]
struct Group {
    count: usize,
    examples: Vec<UnresolvedExample>,
}

impl Tally {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            resolved: 0,
            unresolved: BTreeMap::new(),
        }
    }

    fn missed(
        &mut self,
        why: impl Into<String>,
        what: impl Into<String>,
        location: Option<Location>,
    ) {
        let group = self.unresolved.entry(why.into()).or_default();
        group.count += 1;
        let what = what.into();
        group.examples.push(UnresolvedExample { what, location });
    }

    fn add_to(self, resolution: &mut Resolution) {
        let missed: usize = self.unresolved.values().map(|group| group.count).sum();
        if self.resolved + missed == 0 {
            return;
        }
        resolution.kinds.push(ResolutionKind {
            id: self.kind,
            resolved: self.resolved,
            met: self.resolved + missed,
        });
        let mut groups: Vec<(String, Group)> = self.unresolved.into_iter().collect();
        groups.sort_by_key(|(_, group)| Reverse(group.count));
        for (why, mut group) in groups {
            // What several routes lead to is one place.
            group.examples.dedup();
            group.examples.truncate(MOST);
            resolution.unresolved.push(Unresolved {
                kind: self.kind,
                why,
                count: group.count,
                examples: group.examples,
            });
        }
    }
}

/// The settings of the production module.
fn settings(sheet: Sheet<'_>) -> Option<Tally> {
    let mut tally = Tally::new("settings");
    for setting in sheet.settings()?.settings() {
        match &setting.value.kind {
            Kind::Unknown(why) => {
                tally.missed(why.to_string(), setting.name.to_string(), setting.place());
            }
            _ => tally.resolved += 1,
        }
    }
    Some(tally)
}

/// The project's own models, and those of which a base class was not found.
fn models(sheet: Sheet<'_>) -> Option<Tally> {
    let modules = &sheet.project.modules;
    let mut tally = Tally::new("models");
    for (_, model) in sheet.project.models.registered() {
        let own = model.class.filter(|_| modules.is_repository(model.module));
        let Some(class) = own else { continue };
        if model.is_open {
            let file = modules.get(model.module).file;
            let place = file.map(|file| Location::new(file, modules.class(class).name_span));
            tally.missed("a base class was not found", &*model.label, place);
        } else {
            tally.resolved += 1;
        }
    }
    Some(tally)
}

/// Queries that are given names, by whether these can be followed.
fn lookups(sheet: Sheet<'_>) -> Option<Tally> {
    let project = sheet.project;
    let modules: Vec<ModuleId> = project.own_modules().collect();
    let found: Vec<_> = modules
        .par_iter()
        .map(|&module| (module, project.queries(module)))
        .collect();
    let mut tally = Tally::new("lookups");
    for (module, queries) in found {
        tally.resolved += queries.known;
        let file = project.modules.get(module).file;
        for query in &queries.open {
            let place = file.map(|file| Location::new(file, query.span));
            tally.missed(query.why, query.method.clone(), place);
        }
    }
    Some(tally)
}

/// Routes whose view is known, and places where there may be routes that were not seen.
fn routes(sheet: Sheet<'_>) -> Option<Tally> {
    let (modules, routes) = (&sheet.project.modules, &sheet.project.routes);
    let mut tally = Tally::new("routes");
    let location = |place: CodePlace| {
        let file = modules.get(place.module).file?;
        let is_there = place.span.end as usize <= sheet.sources.file(file).text.len();
        is_there.then(|| Location::new(file, place.span))
    };
    for route in &routes.routes {
        if route.view.target == ViewTarget::Unknown {
            let what = format!("`{}`", route.pattern());
            tally.missed("the view is made at run time", what, location(route.place));
        } else {
            tally.resolved += 1;
        }
    }
    for open in &routes.open {
        let why = match &open.reason {
            OpenReason::Missing(module) => format!("`{module}` was not found"),
            OpenReason::Dynamic => "patterns are made at run time".to_owned(),
            OpenReason::TooDeep => "patterns include each other".to_owned(),
        };
        tally.missed(why, "URL patterns", location(open.place));
    }
    Some(tally)
}

/// The templates that templates extend and include.
fn templates(sheet: Sheet<'_>) -> Option<Tally> {
    let project = sheet.project;
    let mut tally = Tally::new("templates");
    for &file in project.own_files() {
        let Some(template) = Templates::template(&project.files, file) else {
            continue;
        };
        for node in &template.nodes {
            let (NodeKind::Extends(named)
            | NodeKind::Include {
                template: named, ..
            }) = &node.kind
            else {
                continue;
            };
            let place = Some(Location::new(file, node.span));
            match named.as_text() {
                None => tally.missed("the name is made at run time", "a template", place),
                Some(name) => match self::named(sheet, file, name) {
                    // That there is none is an answer too.
                    Resolved::File(_) | Resolved::Missing => tally.resolved += 1,
                    Resolved::Unknown => {
                        let why = if project.templates.search_path.places.is_empty() {
                            "no settings say where templates are looked for"
                        } else {
                            "not in the project; a package may have it"
                        };
                        tally.missed(why, format!("`{name}`"), place);
                    }
                },
            }
        }
    }
    Some(tally)
}

/// What the name of a template leads to that one of the project's files spells out; `./` and `../`
/// start from the folder of that file.
fn named(sheet: Sheet<'_>, file: FileId, name: &str) -> Resolved {
    let templates = &sheet.project.templates;
    if !name.starts_with("./") && !name.starts_with("../") {
        return templates.resolve(sheet.sources, name);
    }
    let Some(own) = template_name(&sheet.sources.file(file).path) else {
        return Resolved::Unknown;
    };
    let mut folders: Vec<&str> = own.split('/').collect();
    folders.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop();
            }
            part => folders.push(part),
        }
    }
    templates.resolve(sheet.sources, &folders.join("/"))
}

/// What calls lead to.
fn calls(sheet: Sheet<'_>) -> Option<Tally> {
    let modules: Vec<ModuleId> = sheet.project.own_modules().collect();
    let found: Vec<(usize, Vec<Missed>)> = modules
        .par_iter()
        .map(|&module| calls_of(sheet.project, module))
        .collect();
    let mut tally = Tally::new("calls");
    let mut spelled: BTreeMap<(Why, String), (usize, Option<Location>)> = BTreeMap::new();
    for (resolved, missed) in found {
        tally.resolved += resolved;
        for Missed { why, what, place } in missed {
            spelled.entry((why, what)).or_insert((0, place)).0 += 1;
        }
    }
    // What is met most often is worth most.
    let mut spelled: Vec<_> = spelled.into_iter().collect();
    spelled.sort_by_key(|(_, (count, _))| Reverse(*count));
    for ((why, what), (count, place)) in spelled {
        tally.missed(why.text(), what, place);
        if let Some(group) = tally.unresolved.get_mut(why.text()) {
            group.count += count - 1;
        }
    }
    Some(tally)
}

struct Missed {
    why: Why,
    what: String,
    place: Option<Location>,
}

fn calls_of(project: &Project, module: ModuleId) -> (usize, Vec<Missed>) {
    let facts = project.modules.facts(module);
    let calls = project.calls(module).all();
    let mut missed = Vec::new();
    for &call in calls {
        let Target::Unknown(why) = call.target else {
            continue;
        };
        let Some(expr) = facts.body(call.body).expr(call.expr).as_call() else {
            continue;
        };
        missed.push(Missed {
            why,
            what: format!("`{}()`", spelling(expr)),
            place: project.call_place(module, call),
        });
    }
    (calls.len() - missed.len(), missed)
}

/// What is called, as written; of what is no plain name only the end.
fn spelling(call: CallRef<'_>) -> String {
    if let Some(dotted) = call.callee.dotted() {
        return dotted;
    }
    match call.callee.kind() {
        Expr::Attribute(_, name) => format!("….{}", call.callee.facts().text(name)),
        _ => "…".to_owned(),
    }
}

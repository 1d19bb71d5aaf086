//! The names of fields in queries, as the code has them.

use std::collections::{BTreeMap, BTreeSet};

use luthier_project::Project;
use luthier_project::facts::{CallRef, Expr, ExprRef, is_test_path};
use luthier_project::models::Attribute;
use luthier_project::modules::ModuleId;
use luthier_source::{FileId, SourceFile, Sources, Span};

/// What a name is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Filter,
    Exclude,
    Get,
    GetOrCreate,
    ObjectOr404,
    Update,
    OrderBy,
    Values,
    Only,
    SelectRelated,
    PrefetchRelated,
    Q,
    F,
    Aggregate,
    Meta,
    Attribute,
}

impl Kind {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Filter => "filter()",
            Self::Exclude => "exclude()",
            Self::Get => "get()",
            Self::GetOrCreate => "get_or_create()",
            Self::ObjectOr404 => "get_object_or_404()",
            Self::Update => "update()",
            Self::OrderBy => "order_by()",
            Self::Values => "values()",
            Self::Only => "only(), defer()",
            Self::SelectRelated => "select_related()",
            Self::PrefetchRelated => "prefetch_related()",
            Self::Q => "Q()",
            Self::F => "F()",
            Self::Aggregate => "Count(), Sum()",
            Self::Meta => "class Meta",
            Self::Attribute => "attributes",
        }
    }
}

/// One name in the code of a project.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) file: FileId,
    /// Of the whole path.
    pub(super) span: Span,
    pub(super) path: String,
    pub(super) kind: Kind,
    /// The parts of the path that are names of fields, with where they begin in it.
    pub(super) parts: Vec<(u32, String)>,
    /// Path and line.
    pub(super) place: (String, u32),
    /// Why a misspelling may not be found.
    pub(super) why: &'static str,
}

/// How a method reads its arguments.
#[derive(Clone, Copy)]
enum Reads {
    Keywords,
    Texts,
}

/// The methods whose arguments name fields. Of those marked other objects have their like: they count
/// where the code shows a queryset.
const METHODS: &[(&str, Kind, Reads, bool)] = &[
    ("aget", Kind::Get, Reads::Keywords, false),
    ("aget_or_create", Kind::GetOrCreate, Reads::Keywords, false),
    ("aupdate", Kind::Update, Reads::Keywords, true),
    (
        "aupdate_or_create",
        Kind::GetOrCreate,
        Reads::Keywords,
        false,
    ),
    ("defer", Kind::Only, Reads::Texts, false),
    ("distinct", Kind::Values, Reads::Texts, false),
    ("earliest", Kind::OrderBy, Reads::Texts, true),
    ("exclude", Kind::Exclude, Reads::Keywords, false),
    ("filter", Kind::Filter, Reads::Keywords, false),
    ("get", Kind::Get, Reads::Keywords, true),
    ("get_or_create", Kind::GetOrCreate, Reads::Keywords, false),
    ("latest", Kind::OrderBy, Reads::Texts, true),
    ("only", Kind::Only, Reads::Texts, true),
    ("order_by", Kind::OrderBy, Reads::Texts, false),
    (
        "prefetch_related",
        Kind::PrefetchRelated,
        Reads::Texts,
        false,
    ),
    ("select_related", Kind::SelectRelated, Reads::Texts, false),
    ("update", Kind::Update, Reads::Keywords, true),
    (
        "update_or_create",
        Kind::GetOrCreate,
        Reads::Keywords,
        false,
    ),
    ("values", Kind::Values, Reads::Texts, true),
    ("values_list", Kind::Values, Reads::Texts, false),
];

/// What shows that a queryset is asked, besides the methods above that nothing else has.
const OF_QUERYSETS: &[&str] = &[
    "_base_manager",
    "_default_manager",
    "annotate",
    "get_queryset",
    "objects",
    "select_for_update",
];

/// Keywords that name no fields.
const OPTIONS: &[&str] = &["create_defaults", "defaults", "flat", "named"];

const AGGREGATES: &[&str] = &["Avg", "Count", "Max", "Min", "Sum"];

/// The options of models that name fields.
const META: &[&str] = &[
    "constraints",
    "get_latest_by",
    "indexes",
    "ordering",
    "unique_together",
];

/// The names by which queries may know the fields of all models.
pub(super) fn fields(project: &Project) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for (id, model) in project.models.all() {
        fields.extend(project.models.names(id).iter().map(ToString::to_string));
        let own = model.fields.iter();
        fields.extend(own.map(|field| field.attname().to_string()));
    }
    fields.insert("pk".to_owned());
    fields
}

/// The names in the queries of a project's code, and in the options of its models.
pub(super) fn in_queries(
    project: &Project,
    sources: &Sources,
    fields: &BTreeSet<String>,
) -> Vec<Name> {
    let mut found = Vec::new();
    for module in project.own_modules() {
        let Some(file) = judged(project, sources, module) else {
            continue;
        };
        let mut collector = Collector {
            project,
            module,
            file,
            source: sources.file(file),
            fields,
            open: open(project, module),
            known: known(project, module, sources.file(file)),
            found: &mut found,
        };
        let facts = project.modules.facts(module);
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for call in body.exprs().filter_map(ExprRef::as_call) {
                collector.call(call);
            }
        }
    }
    for (_, model) in project.models.all() {
        for option in META {
            let Some((module, code)) = model.meta.code(&project.modules, option) else {
                continue;
            };
            let Some(file) = judged(project, sources, module) else {
                continue;
            };
            let mut collector = Collector {
                project,
                module,
                file,
                source: sources.file(file),
                fields,
                open: BTreeMap::new(),
                known: BTreeMap::new(),
                found: &mut found,
            };
            collector.option(code);
        }
    }
    found
}

/// The attributes that a project's code reads of rows whose model is known.
pub(super) fn attributes(project: &Project, sources: &Sources) -> Vec<Name> {
    let mut found = Vec::new();
    for module in project.own_modules() {
        let Some(file) = judged(project, sources, module) else {
            continue;
        };
        let source = sources.file(file);
        for read in project.row_reads(module) {
            if read.attribute != Attribute::Is {
                continue;
            }
            found.push(Name {
                file,
                span: read.span,
                path: read.name.clone(),
                kind: Kind::Attribute,
                parts: vec![(0, read.name)],
                place: place(source, read.span),
                why: "rows of the model may have other attributes",
            });
        }
    }
    found
}

/// The file of a module whose names the rules judge.
fn judged(project: &Project, sources: &Sources, module: ModuleId) -> Option<FileId> {
    let file = project.modules.get(module).file?;
    let is_own = project.own_files().binary_search(&file).is_ok();
    let is_judged =
        is_own && !is_test_path(&sources.file(file).path) && !project.modules.is_migration(module);
    is_judged.then_some(file)
}

/// Why the queries of a module are not followed, by their place.
fn open(project: &Project, module: ModuleId) -> BTreeMap<(u32, u32), &'static str> {
    let open = project.queries(module).open.iter();
    open.map(|query| ((query.span.start, query.span.end), query.why))
        .collect()
}

/// Why a name of a module may stand for something all the same, where the model is known.
fn known(project: &Project, module: ModuleId, source: &SourceFile) -> BTreeMap<u32, &'static str> {
    let queries = project.queries(module);
    let names = queries.names.iter().chain(&queries.likely);
    let why = |model| match project.models.is_open(model) {
        true => "a base class of its model was not found",
        false => "something else may have put it on its model",
    };
    names
        .map(|name| (name.span(&source.text).start, why(name.model)))
        .collect()
}

fn place(source: &SourceFile, span: Span) -> (String, u32) {
    let line = source.line_index().line(span.start);
    (source.path.to_string(), line)
}

struct Collector<'a, 'f> {
    project: &'a Project,
    module: ModuleId,
    file: FileId,
    source: &'a SourceFile,
    fields: &'a BTreeSet<String>,
    open: BTreeMap<(u32, u32), &'static str>,
    known: BTreeMap<u32, &'static str>,
    found: &'f mut Vec<Name>,
}

impl<'a> Collector<'a, '_> {
    fn call(&mut self, call: CallRef<'a>) {
        let Some(last) = call.callee.last_name() else {
            return;
        };
        match last {
            "Q" | "When" if self.is_djangos(call) => self.keywords(call, Kind::Q),
            "F" if self.is_djangos(call) => self.first_text(call, Kind::F),
            "Prefetch" if self.is_djangos(call) => self.first_text(call, Kind::PrefetchRelated),
            _ if AGGREGATES.contains(&last) && self.is_djangos(call) => {
                self.first_text(call, Kind::Aggregate);
            }
            "get_object_or_404" | "get_list_or_404" if self.is_djangos(call) => {
                self.keywords(call, Kind::ObjectOr404);
            }
            _ => self.method(call),
        }
    }

    fn method(&mut self, call: CallRef<'a>) {
        let Some((object, name)) = call.callee.as_attribute() else {
            return;
        };
        let mut methods = METHODS.iter();
        let Some(&(_, kind, reads, is_common)) = methods.find(|method| method.0 == name) else {
            return;
        };
        let is_of_templates = || {
            let registers = self
                .project
                .modules
                .qualified_expr(self.module, call.callee);
            let registers = registers.unwrap_or_default();
            registers.starts_with("django.template.") || object.as_name() == Some("register")
        };
        if is_common && !is_queryset(object) || is_of_templates() {
            return;
        }
        match reads {
            Reads::Keywords => self.keywords(call, kind),
            Reads::Texts => {
                for given in call.positional() {
                    self.text(given, kind, Some(call));
                }
            }
        }
    }

    fn keywords(&mut self, call: CallRef<'a>, kind: Kind) {
        for (name, value) in call.keywords() {
            let before = self.source.text.get(..value.span().start as usize);
            let before = before.unwrap_or_default();
            let before = before.trim_end_matches(|c: char| c.is_whitespace() || c == '(');
            let Some(before) = before.strip_suffix('=').map(str::trim_end) else {
                continue;
            };
            if before.ends_with(name) && !OPTIONS.contains(&name) {
                let start = before.len() - name.len();
                self.add(name, start, kind, Some(call));
            }
        }
    }

    fn first_text(&mut self, call: CallRef<'a>, kind: Kind) {
        if let Some(given) = call.positional().next() {
            self.text(given, kind, Some(call));
        }
    }

    fn text(&mut self, given: ExprRef<'a>, kind: Kind, call: Option<CallRef<'a>>) {
        let Some(text) = given.as_str() else { return };
        let path = text.trim_start_matches(['-', '+']);
        let start = given.span().start as usize;
        if let Some(offset) = self.source.at(given.span()).find(path) {
            self.add(path, start + offset, kind, call);
        }
    }

    /// Texts in an option of a model; of indexes and constraints the lists of fields.
    fn option(&mut self, code: ExprRef<'a>) {
        if code.as_str().is_some() {
            self.text(code, Kind::Meta, None);
        }
        for element in code.elements().into_iter().flatten() {
            self.option(element);
        }
        if let Some(call) = code.as_call()
            && let Some(fields) = call.keyword("fields")
        {
            self.option(fields);
        }
    }

    fn add(&mut self, path: &str, start: usize, kind: Kind, call: Option<CallRef<'a>>) {
        let mut parts = Vec::new();
        let mut offset = 0;
        for part in path.split("__") {
            if self.fields.contains(part) {
                parts.push((offset as u32, part.to_owned()));
            } else if offset == 0 {
                // An annotation, or no name of a field at all.
                return;
            }
            offset += part.len() + 2;
        }
        let span = Span::new(start as u32, (start + path.len()) as u32);
        if parts.is_empty() || self.source.at(span) != path {
            return;
        }
        let why = call.and_then(|call| {
            let span = call.expr.span();
            // Of the innermost query around it.
            let around = self
                .open
                .iter()
                .filter(|((start, end), _)| *start <= span.start && span.end <= *end);
            around.min_by_key(|((start, end), _)| end - start)
        });
        let known = self.known.get(&span.start).copied();
        let known = known.or_else(|| {
            // The sign of an order, and the quotes, come before.
            let mut before = self.known.range(..span.start);
            let (at, why) = before.next_back()?;
            (span.start - at <= 4).then_some(*why)
        });
        self.found.push(Name {
            file: self.file,
            span,
            path: path.to_owned(),
            kind,
            parts,
            place: place(self.source, span),
            why: known
                .or(why.map(|why| *why.1))
                .unwrap_or("luthier sees no query there"),
        });
    }

    fn is_djangos(&self, call: CallRef<'a>) -> bool {
        let modules = &self.project.modules;
        let dotted = modules.qualified_expr(self.module, call.callee);
        dotted.is_some_and(|dotted| dotted.starts_with("django."))
    }
}

/// Whether the code of an object shows that it is a queryset or manager.
fn is_queryset(object: ExprRef<'_>) -> bool {
    match object.kind() {
        Expr::Call(..) => object
            .as_call()
            .is_some_and(|call| is_queryset(call.callee)),
        Expr::Attribute(inner, _) => {
            let name = object.last_name().unwrap_or_default();
            let is_method = METHODS
                .iter()
                .any(|&(method, _, _, common)| method == name && !common);
            is_method
                || OF_QUERYSETS.contains(&name)
                || name.ends_with("_set")
                || name.ends_with("_objects")
                || is_queryset(object.at(inner))
        }
        Expr::Subscript(inner, _) => is_queryset(object.at(inner)),
        _ => false,
    }
}

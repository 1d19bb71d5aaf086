//! The names in the queries of a module.

use super::annotations::{Annotations, Reader};
use super::{OpenName, OpenQuery, Queries, QueryName, Role, aggregates, anyones};
use crate::Project;
use crate::facts::ir::{BindingKind, ParamKind, Stmt};
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Name};
use crate::flows::{Held, RowsCall, Why};
use crate::models::ModelId;
use crate::modules::{Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// How the methods of querysets read their arguments.
const METHODS: &[(&str, Reads)] = &[
    ("aaggregate", Reads::Expressions),
    ("acreate", Reads::Made),
    ("aearliest", Reads::Order),
    ("aget", Reads::Lookups),
    ("aget_or_create", Reads::FoundOrMade),
    ("aggregate", Reads::Expressions),
    ("alatest", Reads::Order),
    ("alias", Reads::Expressions),
    ("annotate", Reads::Expressions),
    ("aupdate", Reads::Columns),
    ("aupdate_or_create", Reads::FoundOrMade),
    ("create", Reads::Made),
    ("dates", Reads::First),
    ("datetimes", Reads::First),
    ("defer", Reads::Names),
    ("distinct", Reads::Names),
    ("earliest", Reads::Order),
    ("exclude", Reads::Lookups),
    ("filter", Reads::Lookups),
    ("get", Reads::Lookups),
    ("get_or_create", Reads::FoundOrMade),
    ("latest", Reads::Order),
    ("only", Reads::Names),
    ("order_by", Reads::Order),
    ("prefetch_related", Reads::Prefetches),
    ("select_related", Reads::Relations),
    ("update", Reads::Columns),
    ("update_or_create", Reads::FoundOrMade),
    ("values", Reads::Names),
    ("values_list", Reads::Names),
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// Keywords and `Q` objects that compare.
    Lookups,
    /// Paths as positional texts; keywords are expressions.
    Names,
    /// The same, with a sign before them.
    Order,
    /// Expressions only.
    Expressions,
    /// Keywords are columns that are set.
    Columns,
    /// Paths of relations to one row.
    Relations,
    /// Paths of relations to any number of rows.
    Prefetches,
    /// The first argument is a path.
    First,
    /// Keywords are what a new row gets.
    Made,
    /// Keywords compare, and a new row gets them where none is found.
    FoundOrMade,
}

impl Reads {
    /// Whether names are those of the model itself, whatever is annotated.
    fn is_own(self) -> bool {
        matches!(
            self,
            Self::Columns | Self::Prefetches | Self::Made | Self::FoundOrMade
        )
    }
}

/// Keywords of methods that are no names of fields.
const OPTIONS: &[&str] = &["flat", "named", "field_name", "kind", "order", "tzinfo"];

pub(super) fn queries(project: &Project, module: ModuleId) -> Queries {
    if project.modules.is_migration(module) {
        return Queries::default();
    }
    let facts = project.modules.facts(module);
    let mut finder = Finder {
        project,
        module,
        reader: Reader {
            module,
            modules: &project.modules,
            models: &project.models,
        },
        queries: Queries::default(),
    };
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            finder.call(call);
            finder.expression_of_anyone(call);
        }
    }
    finder.conditions_of_models();
    let mut queries = finder.queries;
    queries.names.sort_by_key(|name| name.place);
    queries.likely.sort_by_key(|name| name.place);
    let anyones = std::mem::take(&mut queries.anyones);
    queries.anyones = anyones::tidied(anyones, [&queries.names, &queries.likely]);
    queries
}

/// Finds the queries of a module.
struct Finder<'a> {
    project: &'a Project,
    module: ModuleId,
    reader: Reader<'a>,
    queries: Queries,
}

impl<'a> Finder<'a> {
    fn call(&mut self, call: CallRef<'a>) {
        if let Some(on) = self.project.call_on_rows(self.module, call) {
            let Some(reads) = reads(call, on) else { return };
            match on.model {
                Ok(model) => self.of_known_model(call, reads, model),
                Err(why) => self.of_followed_rows(call, reads, Some(why)),
            }
            return;
        }
        if let Some(of) = self.or_404(call) {
            match self.rows_of(of) {
                Some(model) => self.of_known_model(call, Reads::Lookups, model),
                None => self.of_followed_rows(call, Reads::Lookups, None),
            }
        } else if let Some(reads) = reads_of_method(call) {
            self.of_own_method(call, reads);
        }
    }

    fn of_known_model(&mut self, call: CallRef<'a>, reads: Reads, model: ModelId) {
        let (project, module) = (self.project, self.module);
        if reads == Reads::Expressions {
            let found = aggregates::inflated(project, module, model, call);
            self.queries.inflated.extend(found);
        }
        let annotations = annotations(&self.reader, call, reads, model);
        let is_loose = annotations.is_open && !reads.is_own();
        self.queries.known += usize::from(asks_like_a_query(call, reads));
        self.collect(call, reads, Rows::of(model, annotations, is_loose));
    }

    /// A call whose rows only interpreting the code shows.
    fn of_followed_rows(&mut self, call: CallRef<'a>, reads: Reads, why: Option<Why>) {
        let mut models: Vec<ModelId> = self.project.rows_called(self.place(call)).collect();
        if models.is_empty() {
            let object = self.or_404(call).or_else(|| {
                let method = call.callee.as_attribute();
                method.map(|(object, _)| object)
            });
            models.extend(
                object
                    .into_iter()
                    .flat_map(|object| self.project.worded_rows(self.module, object)),
            );
        }
        let mut models = models.into_iter();
        let Some(model) = models.next() else {
            if let Some(why) = why.filter(|_| asks_like_a_query(call, reads)) {
                self.queries.open.push(OpenQuery::new(call, why.text()));
            }
            let is_method = why.is_some() && anyones::is_of_queryset(call, reads);
            if is_method || self.or_404(call).is_some() {
                self.collect(call, reads, Rows::of_anyone());
            }
            return;
        };
        let annotations = annotations(&self.reader, call, reads, model);
        let rows = Rows {
            others: models.collect(),
            ..Rows::of(model, annotations, true)
        };
        self.queries.known += usize::from(asks_like_a_query(call, reads));
        self.collect(call, reads, rows);
    }

    /// A method of the project's own in place of Django's that hands on what it is given.
    fn of_own_method(&mut self, call: CallRef<'a>, reads: Reads) {
        let project = self.project;
        let (modules, models) = (&project.modules, &project.models);
        let Some((object, method)) = call.callee.as_attribute() else {
            return;
        };
        // What stands in the body of a class is not interpreted.
        let called = project.rows_called(self.place(call));
        let mut called = called.chain(self.rows_of(object));
        let Some(model) = called.next() else {
            // `super().get_queryset().filter(..)`: Django's own, of whatever rows the class serves.
            return self.of_followed_rows(call, reads, None);
        };
        let others: Vec<ModelId> = called.collect();
        let all = || [model].into_iter().chain(others.iter().copied());
        let has_own = |model| models.manager_method(modules, model, method).is_some();
        if !all().any(has_own) {
            // `self.filter(..)` in a queryset that serves several models: Django's own as well.
            return self.of_followed_rows(call, reads, None);
        }
        let mut own: Vec<&'a str> = Vec::new();
        for model in all() {
            let before = own.len();
            // By which of its managers is not told.
            for function in models.manager_methods(modules, model, method) {
                match handed_on(modules, function, method) {
                    Some(params) => own.extend(params),
                    None => return,
                }
            }
            if own.len() == before {
                return;
            }
        }
        let annotations = annotations(&self.reader, call, reads, model);
        let rows = Rows {
            others,
            own,
            ..Rows::of(model, annotations, true)
        };
        self.queries.known += usize::from(asks_like_a_query(call, reads));
        self.collect(call, reads, rows);
    }

    fn collect(&mut self, call: CallRef<'a>, reads: Reads, rows: Rows<'a>) {
        self.collector(rows).call(call, reads);
    }

    fn collector(&mut self, rows: Rows<'a>) -> Collector<'a, '_> {
        let found = match rows.is_loose {
            true => &mut self.queries.likely,
            false => &mut self.queries.names,
        };
        Collector {
            project: self.project,
            module: self.module,
            rows,
            variables: Vec::new(),
            found,
            anyones: &mut self.queries.anyones,
        }
    }

    /// `Q(..)`, `F(..)` and the like, which may be given to any query.
    fn expression_of_anyone(&mut self, call: CallRef<'a>) {
        if anyones::may_name_fields(call) {
            self.collector(Rows::of_anyone()).function(call);
        }
    }

    /// The conditions of the constraints and indexes that the models of the module declare.
    fn conditions_of_models(&mut self) {
        let project = self.project;
        for (id, model) in project.models.of_module(self.module) {
            if model.is_abstract || !model.is_registered || !model.meta.is_own {
                continue;
            }
            for option in ["constraints", "indexes"] {
                let code = model.meta.code(&project.modules, option);
                let code = code.filter(|(module, _)| *module == self.module);
                let elements = code.and_then(|(_, code)| code.elements());
                for call in elements.into_iter().flatten().filter_map(ExprRef::as_call) {
                    let mut collector = self.collector(Rows::of(id, Annotations::default(), false));
                    for keyword in ["check", "condition"] {
                        if let Some(condition) = call.keyword(keyword) {
                            collector.condition(condition);
                        }
                    }
                }
            }
        }
    }

    /// What `get_object_or_404()` and its like are asked of.
    fn or_404(&self, call: CallRef<'a>) -> Option<ExprRef<'a>> {
        const SHORTCUTS: &[&str] = &[
            "aget_list_or_404",
            "aget_object_or_404",
            "get_list_or_404",
            "get_object_or_404",
        ];
        let is_djangos = is_djangos(self.project, self.module, call, SHORTCUTS);
        call.positional().next().filter(|_| is_djangos)
    }

    /// The model of what `get_object_or_404()` is given: its class, a manager or a queryset.
    fn rows_of(&self, given: ExprRef<'a>) -> Option<ModelId> {
        let project = self.project;
        if let Definition::Class(class) = project.modules.resolve_expr(self.module, given) {
            return project.models.by_class(class);
        }
        let value = ValueRef::of(self.module, given);
        match project.held(value) {
            Held::Rows(model) => Some(model),
            _ => None,
        }
    }

    fn place(&self, call: CallRef<'a>) -> ValueRef {
        ValueRef::of(self.module, call.expr)
    }
}

/// The parameters of its own that a method of the project has which gives everything else to
/// Django's method of its name; `None` where it is not seen to do so.
fn handed_on<'a>(
    modules: &'a Modules,
    function: FunctionRef,
    method: &str,
) -> Option<Vec<&'a str>> {
    let declared = modules.function(function);
    let facts = modules.facts(function.module);
    let takes_all = declared
        .params
        .iter()
        .any(|param| matches!(param.kind, ParamKind::Keywords | ParamKind::Arguments));
    let goes_on = |call: CallRef<'_>| {
        call.callee.as_attribute().is_some_and(|(object, name)| {
            let object = object.as_call();
            name == method && object.is_some_and(|object| object.callee.as_name() == Some("super"))
        })
    };
    let body = modules.function_body(function);
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    let params = declared.params.iter();
    (takes_all && calls.any(goes_on)).then(|| params.map(|param| facts.text(param.name)).collect())
}

/// How a method reads its arguments, by its name alone.
fn reads_of_method(call: CallRef<'_>) -> Option<Reads> {
    let (_, method) = call.callee.as_attribute()?;
    let found = METHODS.binary_search_by_key(&method, |(method, _)| method);
    found.ok().map(|index| METHODS[index].1)
}

/// The rows that a call is made on, as far as names go.
struct Rows<'a> {
    /// Nothing where they may be of any.
    model: Option<ModelId>,
    /// Other models whose rows they may be.
    others: Vec<ModelId>,
    annotations: Annotations,
    /// Whether the queryset may know more names than were seen.
    is_loose: bool,
    /// Keywords that the method takes for itself.
    own: Vec<&'a str>,
}

impl Rows<'_> {
    fn of(model: ModelId, annotations: Annotations, is_loose: bool) -> Self {
        Self {
            model: Some(model),
            others: Vec::new(),
            annotations,
            is_loose,
            own: Vec::new(),
        }
    }

    fn of_anyone() -> Self {
        Self {
            model: None,
            others: Vec::new(),
            annotations: Annotations::default(),
            is_loose: true,
            own: Vec::new(),
        }
    }
}

/// How a call reads its arguments; `None` where it reads no names.
fn reads(call: CallRef<'_>, on: &RowsCall) -> Option<Reads> {
    if on.makes_row {
        return Some(Reads::Made);
    }
    reads_of_method(call)
}

/// The names besides fields that the arguments of a method may have.
fn annotations<'a>(
    reader: &Reader<'a>,
    call: CallRef<'a>,
    reads: Reads,
    model: ModelId,
) -> Annotations {
    let rows = call.callee.as_attribute().filter(|_| reads != Reads::Made);
    let Some((object, method)) = rows else {
        return Annotations::default();
    };
    let mut annotations = reader.of(object, model);
    if matches!(method, "annotate" | "alias" | "values" | "values_list") {
        // Later ones may use earlier ones.
        annotations.add_given(call);
    }
    annotations
}

/// Whether a call looks like one of a queryset, whatever it is of.
fn asks_like_a_query(call: CallRef<'_>, reads: Reads) -> bool {
    match reads {
        Reads::Lookups => call.keywords().next().is_some(),
        Reads::Order | Reads::Names | Reads::Relations | Reads::Prefetches => {
            call.positional().any(|given| given.as_str().is_some())
        }
        Reads::Expressions | Reads::Columns | Reads::First | Reads::Made | Reads::FoundOrMade => {
            false
        }
    }
}

struct Collector<'a, 'f> {
    project: &'a Project,
    module: ModuleId,
    rows: Rows<'a>,
    /// The variables whose conditions are being looked at.
    variables: Vec<Name>,
    found: &'f mut Vec<QueryName>,
    anyones: &'f mut Vec<OpenName>,
}

impl<'a> Collector<'a, '_> {
    fn call(&mut self, call: CallRef<'a>, reads: Reads) {
        match reads {
            Reads::Lookups => {
                self.conditions(call);
            }
            Reads::Prefetches => {
                for given in call.positional() {
                    let prefetch = given.as_call();
                    let prefetch = prefetch.filter(|call| self.is_djangos(*call, &["Prefetch"]));
                    let path = prefetch.map_or(Some(given), |call| call.argument(0, "lookup"));
                    if let Some((given, path)) = path.and_then(|path| Some((path, path.as_str()?)))
                    {
                        self.add(path, Place::Text(given), Role::Prefetch);
                    }
                }
            }
            Reads::Names | Reads::Order | Reads::Relations | Reads::First => {
                let most = if reads == Reads::First { 1 } else { usize::MAX };
                for given in call.positional().take(most) {
                    match given.as_str() {
                        Some(path) => self.path(given, path, reads),
                        None => self.expression(given),
                    }
                }
                let keywords = call.keywords();
                for (_, value) in keywords.filter(|(name, _)| !OPTIONS.contains(name)) {
                    self.expression(value);
                }
            }
            Reads::Expressions => {
                for argument in call.arguments() {
                    self.expression(call.expr.at(argument.value));
                }
            }
            Reads::Columns => {
                for (name, value) in call.keywords() {
                    self.add(name, Place::Keyword(value), Role::Column);
                    self.expression(value);
                }
            }
            Reads::Made | Reads::FoundOrMade => {
                let role = match reads {
                    Reads::Made => Role::Made,
                    _ => Role::Lookup,
                };
                for (name, value) in call.keywords() {
                    self.made(name, value, role);
                }
            }
        }
    }

    fn path(&mut self, given: ExprRef<'a>, path: &str, reads: Reads) {
        let role = match reads {
            Reads::Relations => Role::Load,
            _ => Role::Value,
        };
        let path = match reads {
            Reads::Order => path.trim_start_matches(['-', '+']),
            _ => path,
        };
        // `order_by("?")`, a raw column of `extra(order_by=...)`
        if path != "?" && !path.contains('.') {
            self.add(path, Place::Text(given), role);
        }
    }

    /// What a new row gets: a keyword, or the defaults of `get_or_create()` and its like.
    fn made(&mut self, name: &str, value: ExprRef<'a>, role: Role) {
        match (name, value.items()) {
            ("defaults" | "create_defaults", Some(items)) => {
                for (key, value) in items {
                    if let Some((key, name)) = key.and_then(|key| Some((key, key.as_str()?))) {
                        self.add(name, Place::Pair(key, value), Role::Made);
                    }
                }
            }
            // Those are given as a variable.
            ("defaults" | "create_defaults", None) if role == Role::Lookup => {}
            _ => self.add(name, Place::Keyword(value), role),
        }
    }

    /// Keywords that compare, and `Q` objects.
    fn conditions(&mut self, call: CallRef<'a>) {
        for (name, value) in call.keywords() {
            self.add(name, Place::Keyword(value), Role::Lookup);
            self.expression(value);
        }
        for given in call.positional() {
            self.condition(given);
        }
    }

    fn condition(&mut self, given: ExprRef<'a>) {
        match given.kind() {
            Expr::Binary(_, left, right) => {
                self.condition(given.at(left));
                self.condition(given.at(right));
            }
            Expr::Unary(_, inner) => self.condition(given.at(inner)),
            Expr::Conditional { body, orelse, .. } => {
                self.condition(given.at(body));
                self.condition(given.at(orelse));
            }
            Expr::Tuple(_) => {
                let mut pair = given.elements().into_iter().flatten();
                if let (Some(name), Some(value), None) = (pair.next(), pair.next(), pair.next())
                    && let Some(path) = name.as_str()
                {
                    self.add(path, Place::Pair(name, value), Role::Lookup);
                    self.expression(value);
                }
            }
            Expr::Call(..) => match given.as_call() {
                Some(call) if self.is_djangos(call, &["Q"]) => self.conditions(call),
                _ => self.expression(given),
            },
            Expr::Name(name) => self.variable(given.body, name),
            _ => {}
        }
    }

    /// The conditions that a variable holds: `asked = Q(..)`, `asked |= Q(..)`. Where they may go to
    /// queries of other models as well, it is left alone.
    fn variable(&mut self, scope: BodyRef<'a>, name: Name) {
        if self.variables.contains(&name) || scope.is_param(name) || !self.is_mine(scope, name) {
            return;
        }
        self.variables.push(name);
        for binding in scope.body().bindings.iter().filter(|it| it.name == name) {
            if let BindingKind::Value(value) = binding.kind {
                self.condition(scope.expr(value));
            }
        }
        for statement in scope.all_statements() {
            if let Stmt::Augmented { target, value, .. } = statement.kind()
                && scope.expr(target).kind() == Expr::Name(name)
            {
                self.condition(scope.expr(value));
            }
        }
    }

    /// Whether all queries of a function that are given a variable are of the same rows.
    fn is_mine(&self, scope: BodyRef<'a>, name: Name) -> bool {
        let Some(own) = self.rows.model else {
            return false;
        };
        let mut given = scope.exprs().filter_map(ExprRef::as_call).filter(|call| {
            let mut positional = call.positional();
            positional.any(|given| mentions(given, name))
        });
        given.all(|call| {
            if self.is_djangos(call, &["Q"]) {
                return true;
            }
            match self.project.call_on_rows(self.module, call) {
                Some(on) if on.model.is_ok() => on.model == Ok(own),
                _ => {
                    let place = ValueRef::of(self.module, call.expr);
                    let mut models = self.project.rows_called(place).peekable();
                    models.peek().is_some()
                        && models.all(|model| model == own || self.rows.others.contains(&model))
                }
            }
        })
    }

    /// The names in an expression such as `F("price") * Count("lines", filter=Q(...))`.
    fn expression(&mut self, expr: ExprRef<'a>) {
        match expr.kind() {
            Expr::Binary(_, left, right) => {
                self.expression(expr.at(left));
                self.expression(expr.at(right));
            }
            Expr::Unary(_, inner) => self.expression(expr.at(inner)),
            Expr::Conditional { body, orelse, .. } => {
                self.expression(expr.at(body));
                self.expression(expr.at(orelse));
            }
            Expr::Call(..) => {
                if let Some(call) = expr.as_call() {
                    self.function(call);
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, call: CallRef<'a>) {
        // `F("price").desc()`
        if let Some((object, _)) = call.callee.as_attribute()
            && object.as_call().is_some()
        {
            return self.expression(object);
        }
        if self.is_djangos(call, &["Q"]) {
            return self.conditions(call);
        }
        if self.is_djangos(call, &["When"]) {
            for given in call.positional() {
                self.condition(given);
            }
            for (name, value) in call.keywords() {
                match name {
                    "then" => self.expression(value),
                    "condition" => self.condition(value),
                    _ => self.add(name, Place::Keyword(value), Role::Lookup),
                }
            }
            return;
        }
        let most = if self.is_djangos(call, OF_ONE_PATH) {
            1
        } else if self.is_djangos(call, OF_PATHS) {
            usize::MAX
        } else {
            return;
        };
        for given in call.positional().take(most) {
            match given.as_str() {
                Some("*") => {}
                Some(path) => self.add(path, Place::Text(given), Role::Value),
                None => self.expression(given),
            }
        }
        for (name, value) in call.keywords() {
            match name {
                "filter" => self.condition(value),
                "expression" => self.expression(value),
                _ => {}
            }
        }
    }

    /// Whether a call is of one of these names of Django's.
    fn is_djangos(&self, call: CallRef<'a>, names: &[&str]) -> bool {
        is_djangos(self.project, self.module, call, names)
    }

    fn add(&mut self, path: &str, place: Place<'a>, role: Role) {
        // What is annotated, or may be, is no name of the model.
        let is_own = matches!(role, Role::Column | Role::Prefetch | Role::Made);
        if !is_own && self.rows.annotations.begin(path) || self.rows.own.contains(&path) {
            return;
        }
        let (at, given) = match place {
            Place::Keyword(value) => (value, Some(value)),
            Place::Pair(name, value) => (name, Some(value)),
            Place::Text(name) => (name, None),
        };
        let is_keyword = matches!(place, Place::Keyword(_));
        let Some(model) = self.rows.model else {
            if !matches!(role, Role::Column | Role::Made) {
                let name = OpenName::new(path, role, at.span(), is_keyword);
                self.anyones.push(name);
            }
            return;
        };
        self.found.push(QueryName {
            model,
            others: self.rows.others.clone(),
            is_loose: self.rows.is_loose,
            path: path.to_owned(),
            role,
            given: given.map(|value| ValueRef::of(self.module, value)),
            place: at.span(),
            is_keyword,
        });
    }
}

/// Whether a call is of one of these names of Django's.
fn is_djangos(project: &Project, module: ModuleId, call: CallRef<'_>, names: &[&str]) -> bool {
    let last = call.callee.last_name();
    if !last.is_some_and(|last| names.contains(&last)) {
        return false;
    }
    let dotted = project.modules.qualified_expr(module, call.callee);
    dotted.is_some_and(|dotted| dotted.starts_with("django."))
}

/// Whether a condition is made of a variable: `asked`, `asked & Q(..)`, `~asked`.
fn mentions(given: ExprRef<'_>, name: Name) -> bool {
    match given.kind() {
        Expr::Name(own) => own == name,
        Expr::Binary(_, left, right) => {
            mentions(given.at(left), name) || mentions(given.at(right), name)
        }
        Expr::Unary(_, inner) => mentions(given.at(inner), name),
        _ => false,
    }
}

/// How a name is written.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// As a keyword, before its value.
    Keyword(ExprRef<'a>),
    /// As a text, with its value.
    Pair(ExprRef<'a>, ExprRef<'a>),
    /// As a text alone.
    Text(ExprRef<'a>),
}

/// Whether a class of expressions has arguments that name fields.
pub(super) fn names_paths(class: &str) -> bool {
    OF_ONE_PATH.contains(&class) || OF_PATHS.contains(&class)
}

/// Expressions whose first argument names a field (`django.db.models`, 4.2 to 6.1).
const OF_ONE_PATH: &[&str] = &[
    "ArrayAgg",
    "Avg",
    "Count",
    "F",
    "JSONBAgg",
    "Max",
    "Min",
    "StdDev",
    "StringAgg",
    "Sum",
    "Variance",
    "Cast",
    "ExtractDay",
    "ExtractHour",
    "ExtractMonth",
    "ExtractWeek",
    "ExtractYear",
    "Length",
    "Lower",
    "Trim",
    "Trunc",
    "TruncDate",
    "TruncDay",
    "TruncHour",
    "TruncMonth",
    "TruncQuarter",
    "TruncWeek",
    "TruncYear",
    "Upper",
];

/// Expressions all of whose arguments name fields.
const OF_PATHS: &[&str] = &["Case", "Coalesce", "Concat", "Greatest", "Least"];

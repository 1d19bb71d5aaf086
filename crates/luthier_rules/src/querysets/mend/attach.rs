//! Fetches what a loop asks of each row together with the rows: a query that each row is asked for
//! becomes a `Prefetch` or an annotation of the queryset that the loop goes through.

use luthier_diagnostics::Fix;
use luthier_project::facts::ir::{ImportContext, ImportKind, Owner, Stmt};
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::flows::{Ask, Growing};
use luthier_project::models::{Found, ModelId};
use luthier_project::modules::{ClassRef, Definition, ModuleId, ValueRef};
use luthier_source::{Location, Span};

use super::loops::expr_at;
use super::related::{Related, gone_through, is_same_for_all, of_filter, of_relation};
use super::{Mending, load};
use crate::imports;
use crate::layout::{Argument, Layout};

/// Methods that a queryset of all rows can be told as well as one of a row's own.
const NARROWING: &[&str] = &[
    "defer",
    "distinct",
    "exclude",
    "filter",
    "only",
    "order_by",
    "prefetch_related",
    "reverse",
    "select_related",
];

/// Functions of Python that go through what they are given and keep none of it as a queryset.
const TAKING: &[&str] = &[
    "all",
    "any",
    "enumerate",
    "frozenset",
    "len",
    "list",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "sum",
    "tuple",
];

pub(super) fn fix(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let Ask::Method { name, discards, .. } = &growing.ask else {
        return None;
    };
    if !growing.calls.is_empty() {
        return None;
    }
    let asked = Asked::of(mending, growing.place, growing.built, name)?;
    match &**name {
        "" => asked.rows_at_hand(*discards).or_else(|| asked.fetched()),
        "count" => asked.counted(),
        "exists" => asked.existing(),
        "first" | "last" => asked.first(&**name == "last"),
        "in_bulk" if *discards => asked.by_key(),
        _ => None,
    }
}

/// A queryset that is built of one row, within what goes through the rows.
struct Asked<'a> {
    mending: Mending<'a>,
    module: ModuleId,
    layout: Layout<'a>,
    /// What is replaced: the queryset, or the call of the method that asks.
    whole: ExprRef<'a>,
    /// The manager that the queryset begins with.
    root: ExprRef<'a>,
    /// The calls that narrow the row's rows, in order.
    narrowing: Vec<CallRef<'a>>,
    related: Related<'a>,
    /// The queryset that the loop goes through.
    rows: ExprRef<'a>,
}

impl<'a> Asked<'a> {
    fn of(
        mending: Mending<'a>,
        place: Location,
        built: Option<ValueRef>,
        name: &str,
    ) -> Option<Self> {
        let project = mending.project;
        let (module, chain, whole) = if name.is_empty() {
            let value = built?;
            let chain = project.modules.value(value);
            (value.module, chain, chain)
        } else {
            let (module, whole) = expr_at(project, place)?;
            let (object, method) = whole.as_call()?.callee.as_attribute()?;
            (method == name).then_some((module, object, whole))?
        };
        let Owner::Function(function) = chain.body.owner() else {
            return None;
        };
        if project.modules.facts(module).function(function).is_async {
            return None;
        }
        let layout = mending.layout(module)?;
        let mut narrowing = Vec::new();
        let mut root = chain;
        while let Some(call) = root.as_call() {
            root = call.callee.as_attribute()?.0;
            narrowing.push(call);
        }
        narrowing.reverse();
        let (object, attribute) = root.as_attribute()?;
        let related = match project.modules.resolve_expr(module, object) {
            Definition::Class(class) => {
                let model = project.models.by_class(class)?;
                of_filter(mending, module, layout, model, *narrowing.first()?)?
            }
            _ => of_relation(mending, module, object, attribute)?,
        };
        let rows = mending.assigned(module, gone_through(related.row, whole.span())?);
        let making = project.making(module, rows)?;
        let is_whole = making.model == related.owner
            && !making.is_sliced
            && !making.gives_values()
            && !making.has(&["difference", "intersection", "raw", "union"]);
        let asked = Self {
            mending,
            module,
            layout,
            whole,
            root,
            narrowing,
            related,
            rows,
        };
        (is_whole && asked.is_narrowed_alike()).then_some(asked)
    }

    /// Whether the calls ask the same of the rows of every row: they name nothing that the function
    /// makes on its way, and are known to narrow rows.
    fn is_narrowed_alike(&self) -> bool {
        let (project, body) = (self.mending.project, self.whole.body);
        let managers = &project.models.get(self.related.model).managers;
        let is_own = |name: &str| {
            managers.len() == 1
                && project
                    .models
                    .manager_method(&project.modules, self.related.model, name)
                    .is_some()
        };
        let is_known = |call: &CallRef<'a>| {
            call.callee.as_attribute().is_some_and(|(_, name)| {
                NARROWING.contains(&name)
                    || matches!(name, "all" | "iterator" | "values" | "values_list")
                    || is_own(name)
            })
        };
        // The row itself stands in the filter that is taken out.
        let row = self.related.left.as_ref().map(|_| self.related.row.kind());
        self.narrowing.iter().all(is_known)
            && is_same_for_all(body, &self.narrowing, row)
            && self.is_narrowed_by_row_once()
    }

    fn is_narrowed_by_row_once(&self) -> bool {
        let row = self.related.row.kind();
        let named = self.whole.within().filter(|expr| expr.kind() == row);
        named.count() == 1
    }

    /// The methods that narrow the rows, without those that say nothing.
    fn methods(&self) -> impl Iterator<Item = &'a str> {
        let names = self
            .narrowing
            .iter()
            .filter_map(|call| Some(call.callee.as_attribute()?.1));
        names
            .filter(|name| *name != "all")
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The queryset for the rows of all rows; `more` conditions are added to it.
    fn queryset(&self, more: &[String]) -> Option<String> {
        let text = self.layout.text;
        let mut made = match self.related.left {
            Some(_) => self.root.span().text(text).to_owned(),
            None => self.default_rows()?,
        };
        let mut conditions: Vec<String> = more.to_vec();
        conditions.extend(self.related.left.iter().flatten().cloned());
        let mut is_called = false;
        if !conditions.is_empty() {
            made.push_str(".filter(");
            made.push_str(&conditions.join(", "));
            made.push(')');
            is_called = true;
        }
        let skipped = usize::from(self.related.left.is_some());
        for call in &self.narrowing[skipped..] {
            let (_, name) = call.callee.as_attribute()?;
            if matches!(name, "all" | "iterator") {
                continue;
            }
            let given = Span::new(call.callee.span().end, call.expr.span().end).text(text);
            if given.contains(['\n', '#']) {
                return None;
            }
            made.extend([".", name, given]);
            is_called = true;
        }
        if !is_called {
            made.push_str(".all()");
        }
        Some(made)
    }

    /// The manager that a relation's own one is made of.
    fn default_rows(&self) -> Option<String> {
        let project = self.mending.project;
        let model = project.models.get(self.related.model);
        let manager = model.default_manager.as_deref()?;
        Some(format!("{}.{manager}", model.name))
    }

    /// The model's class, where the module has yet to import it: from a module that it imports others
    /// of.
    fn with_model(&self, fix: Fix) -> Option<Fix> {
        let modules = &self.mending.project.modules;
        let model = self.mending.project.models.get(self.related.model);
        let (name, class) = (&*model.name, model.class?);
        if self.related.left.is_some() {
            return Some(fix);
        }
        match modules.resolve(self.module, name) {
            Definition::Class(known) if known == class => return Some(fix),
            Definition::Unknown => {}
            _ => return None,
        }
        let facts = modules.facts(self.module);
        if facts.module().binding(name).is_some() {
            return None;
        }
        let from = facts.imports.iter().find_map(|import| {
            let from = facts.text(import.module);
            let found = modules.lookup(&format!("{from}.{name}"));
            let is_beside = import.kind == ImportKind::From
                && import.level == 0
                && import.context == ImportContext::Plain
                && matches!(found, Definition::Class(known) if known == class);
            is_beside.then_some(from)
        })?;
        let (span, text) = imports::names(facts, self.layout.text, from, &[name])?;
        Some(fix.replace(self.layout.file, span, text))
    }

    // ---- rows that are in memory already ----

    /// Rows that were prefetched, where they are asked for again as they are.
    fn rows_at_hand(&self, is_prefetched: bool) -> Option<Fix> {
        if !is_prefetched || self.related.left.is_some() {
            return None;
        }
        let mut methods = self.methods();
        let method = methods.next()?;
        if methods.next().is_some() || !self.is_taken() {
            return None;
        }
        let call = *self.narrowing.last()?;
        let all = format!(
            "{}.{}.all()",
            self.related.row.as_name()?,
            self.related.relation
        );
        let made = match method {
            "iterator" => all,
            "values_list" => {
                let mut given = call.positional();
                let column = self.column(given.next()?)?;
                let is_flat = call.keyword("flat").and_then(ExprRef::as_bool) == Some(true);
                if given.next().is_some() || !is_flat || call.arguments().len() != 2 {
                    return None;
                }
                let one = self.one()?;
                format!("[{one}.{column} for {one} in {all}]")
            }
            "values" => {
                let one = self.one()?;
                let mut columns = Vec::new();
                for given in call.positional() {
                    let column = self.column(given)?;
                    let key = given.span().text(self.layout.text);
                    columns.push(format!("{key}: {one}.{column}"));
                }
                if columns.is_empty() || columns.len() != call.arguments().len() {
                    return None;
                }
                format!("[{{{}}} for {one} in {all}]", columns.join(", "))
            }
            _ => return None,
        };
        let fix = Fix::risky("Use the rows that were prefetched");
        Some(self.replaced(fix, &made))
    }

    /// `in_bulk()` of rows that were prefetched.
    fn by_key(&self) -> Option<Fix> {
        let is_plain = self.methods().next().is_none() && self.related.left.is_none();
        if !is_plain || !self.whole.as_call()?.arguments().is_empty() {
            return None;
        }
        let one = self.one()?;
        let row = self.related.row.as_name()?;
        let relation = &self.related.relation;
        let fix = Fix::risky("Use the rows that were prefetched");
        Some(self.replaced(
            fix,
            &format!("{{{one}.pk: {one} for {one} in {row}.{relation}.all()}}"),
        ))
    }

    /// A column of the rows by the text that names it.
    fn column(&self, given: ExprRef<'a>) -> Option<&'a str> {
        let name = given.as_str()?;
        let is_column = match self.mending.project.models.lookup(self.related.model, name) {
            Found::Field(_, field) => {
                field.kind.has_column() == Some(true) && !field.kind.is_relation()
            }
            Found::Key(..) => true,
            _ => false,
        };
        is_column.then_some(name)
    }

    /// A name for one of the rows.
    fn one(&self) -> Option<String> {
        let model = self.mending.project.models.get(self.related.model);
        let name = model.name.to_lowercase();
        let is_taken = self.is_named(&name) || PYTHON.contains(&&*name);
        (!is_taken).then_some(name)
    }

    fn is_named(&self, name: &str) -> bool {
        let body = self.whole.body;
        let mut exprs = body.exprs();
        exprs.any(|expr| expr.as_name() == Some(name))
            || body.facts.module().binding(name).is_some()
    }

    // ---- rows that are fetched with the rows ----

    /// Rows of the row, put into a list of its own.
    fn fetched(&self) -> Option<Fix> {
        if self
            .methods()
            .any(|name| matches!(name, "values" | "values_list"))
            || !self.is_taken()
        {
            return None;
        }
        let prefix = match (
            self.has("filter") || self.has("exclude"),
            self.has("order_by"),
        ) {
            (false, true) => "ordered",
            (true, _) => "matching",
            _ => "fetched",
        };
        let prefix = match (&self.related.left, prefix) {
            (Some(left), "matching") if left.is_empty() && !self.has("exclude") => "fetched",
            (_, prefix) => prefix,
        };
        let queryset = self.queryset(&[])?;
        self.prefetched(prefix, &queryset, |rows| rows)
    }

    /// The first row of each row, or the last one: the first the other way round.
    fn first(&self, is_last: bool) -> Option<Fix> {
        const SLICED: luthier_project::django::DjangoVersion =
            luthier_project::django::DjangoVersion::new(4, 2);
        let project = self.mending.project;
        if project.django.version < SLICED || !self.whole.as_call()?.arguments().is_empty() {
            return None;
        }
        let queryset = self.queryset(&[])?;
        let meta = &project.models.get(self.related.model).meta;
        let is_ordered = self.has("order_by") || meta.get("ordering").is_some();
        let quote = self.layout.quote(self.whole);
        let order = match (is_ordered, is_last) {
            (true, false) => String::new(),
            (true, true) => ".reverse()".to_owned(),
            (false, false) => format!(".order_by({quote}pk{quote})"),
            (false, true) => format!(".order_by({quote}-pk{quote})"),
        };
        let rows = match order.is_empty() {
            true => &queryset,
            false => queryset.strip_suffix(".all()").unwrap_or(&queryset),
        };
        let prefix = if is_last { "last" } else { "first" };
        self.prefetched(prefix, &format!("{rows}{order}[:1]"), |row| {
            format!("next(iter({row}), None)")
        })
    }

    /// A `Prefetch` of a queryset into an attribute, which is read instead.
    fn prefetched(
        &self,
        prefix: &str,
        queryset: &str,
        read: impl Fn(String) -> String,
    ) -> Option<Fix> {
        let relation = &self.related.relation;
        let attribute = self.attribute(&format!("{prefix}_{relation}"))?;
        let quote = self.layout.quote(self.rows);
        let argument = Argument::call(
            "Prefetch(",
            vec![
                format!("{quote}{relation}{quote}"),
                format!("queryset={queryset}"),
                format!("to_attr={quote}{attribute}{quote}"),
            ],
        );
        let fix = Fix::risky(format!(
            "Prefetch the rows of `{relation}` as they are used"
        ));
        let fix = self.with_model(self.with_names(fix, &["Prefetch"])?)?;
        let row = self.related.row.as_name()?;
        let fix = self.replaced(fix, &read(format!("{row}.{attribute}")));
        // What was prefetched for nothing else goes.
        if let Some((call, plain)) = self.prefetched_for_this() {
            let instead = Some(plain.span());
            return self
                .layout
                .argument_into(fix, call.expr, call, (&argument, instead));
        }
        load::given(
            self.mending,
            self.place_of_rows(),
            &argument,
            "prefetch_related",
            fix,
        )
    }

    /// The text that prefetches the relation, where nothing but this asks for its rows.
    fn prefetched_for_this(&self) -> Option<(CallRef<'a>, ExprRef<'a>)> {
        let mut reads = self.whole.body.exprs().filter(|expr| {
            expr.as_attribute()
                .is_some_and(|(_, name)| name == self.related.relation)
        });
        let is_only = match self.related.left {
            None => reads.next().is_some() && reads.next().is_none(),
            Some(_) => reads.next().is_none(),
        };
        let mut calls = super::calls(self.mending.project, self.module, self.rows);
        let found = calls.find_map(|call| {
            let (_, "prefetch_related") = call.callee.as_attribute()? else {
                return None;
            };
            let plain = call
                .positional()
                .find(|given| given.as_str() == Some(&*self.related.relation))?;
            Some((call, plain))
        });
        let is_kept = self.is_given_away();
        found.filter(|_| is_only && !is_kept)
    }

    /// Whether the rows go on to other code, which may ask for what was prefetched.
    fn is_given_away(&self) -> bool {
        let facts = self.whole.facts();
        let row = self.mending.project.variable(self.module, self.related.row);
        row.is_none_or(|row| {
            row.is_shared
                || row.uses.iter().any(|used| match used.kind {
                    luthier_project::flows::UseKind::Method(name) => {
                        !matches!(facts.text(name), "pk" | "id")
                    }
                    kind => kind.gives_away(),
                })
        })
    }

    // ---- annotations ----

    /// How many rows each row has, counted with the rows.
    fn counted(&self) -> Option<Fix> {
        let project = self.mending.project;
        let model = self.related.model;
        let manager = match self.related.left {
            Some(_) => self.root.as_attribute()?.1,
            None => project.models.get(model).default_manager.as_deref()?,
        };
        // Counting groups the rows, which then come in another order unless they are told one.
        let is_ordered = project
            .making(self.module, self.rows)
            .is_some_and(|making| making.has(&["order_by"]));
        if !is_ordered {
            let is_narrowed = self.related.left.is_some() || self.methods().next().is_some();
            let queryset = self.queryset(&[]).filter(|_| is_narrowed)?;
            let prefix = if self.has("filter") || self.has("exclude") {
                "matching"
            } else {
                "fetched"
            };
            return self.prefetched(prefix, &queryset, |rows| format!("len({rows})"));
        }
        if !self.gives_all(model, manager) || !self.is_joined_once() {
            return None;
        }
        let path = &self.related.in_queries;
        let mut conditions = self.related.left.clone().unwrap_or_default();
        let skipped = usize::from(self.related.left.is_some());
        for call in &self.narrowing[skipped..] {
            match call.callee.as_attribute()?.1 {
                "all" => {}
                "filter" if call.positional().next().is_none() && !call.is_open() => {
                    for (name, value) in call.keywords() {
                        conditions.push(format!("{name}={}", value.span().text(self.layout.text)));
                    }
                }
                _ => return None,
            }
        }
        for condition in &mut conditions {
            let (name, _) = condition.split_once('=')?;
            let head = name.split("__").next()?;
            let is_column = match project.models.lookup(model, head) {
                Found::Field(_, field) => {
                    field.kind.has_column() == Some(true)
                        && (!field.kind.is_relation() || head == name)
                }
                Found::Key(..) => true,
                _ => false,
            };
            if !is_column || condition.contains('\n') {
                return None;
            }
            *condition = format!("{path}__{condition}");
        }
        let attribute = self.attribute(&format!("{}_count", self.related.relation))?;
        let quote = self.layout.quote(self.rows);
        let mut parts = vec![format!("{quote}{path}{quote}")];
        let mut names = vec!["Count"];
        if !conditions.is_empty() {
            parts.push(format!("filter=Q({})", conditions.join(", ")));
            names.push("Q");
        }
        let fix = Fix::risky("Count with the rows");
        self.annotated(fix, &names, &attribute, ("Count", parts))
    }

    /// Whether each row has rows, asked with the rows.
    fn existing(&self) -> Option<Fix> {
        let key = self.related.key?;
        if self
            .methods()
            .any(|name| !matches!(name, "filter" | "exclude"))
        {
            return None;
        }
        let quote = self.layout.quote(self.whole);
        let queryset = self.queryset(&[format!("{key}=OuterRef({quote}pk{quote})")])?;
        let attribute = self.attribute(&format!("has_{}", self.related.relation))?;
        let fix = self.with_model(Fix::risky("Ask with the rows whether there are any"))?;
        let names = ["Exists", "OuterRef"];
        self.annotated(fix, &names, &attribute, ("Exists", vec![queryset]))
    }

    fn annotated(
        &self,
        fix: Fix,
        names: &[&str],
        attribute: &str,
        (function, parts): (&str, Vec<String>),
    ) -> Option<Fix> {
        let fix = self.with_names(fix, names)?;
        let row = self.related.row.as_name()?;
        let fix = self.replaced(fix, &format!("{row}.{attribute}"));
        let argument = Argument::call(format!("{attribute}={function}("), parts);
        load::given(
            self.mending,
            self.place_of_rows(),
            &argument,
            "annotate",
            fix,
        )
    }

    /// Whether a manager gives all rows of its model.
    fn gives_all(&self, model: ModelId, manager: &str) -> bool {
        let project = self.mending.project;
        let mut managers = project.models.get(model).managers.iter();
        let is_own = |class: ClassRef| match project.modules.class_member(class, "get_queryset") {
            Definition::Function(function) => project.modules.is_repository(function.module),
            Definition::Unknown => false,
            _ => true,
        };
        managers
            .find(|known| &*known.name == manager)
            .is_some_and(|known| !known.manager_class.is_some_and(is_own))
    }

    /// Whether the queryset that is gone through joins no rows that would be counted again.
    fn is_joined_once(&self) -> bool {
        const PLAIN: &[&str] = &[
            "all",
            "defer",
            "exclude",
            "filter",
            "only",
            "order_by",
            "prefetch_related",
            "select_related",
        ];
        let project = self.mending.project;
        let Some(making) = project.making(self.module, self.rows) else {
            return false;
        };
        let is_plain = |call: &CallRef<'a>| {
            let name = call.callee.as_attribute().map_or("", |(_, name)| name);
            let mut keywords = call.keywords();
            let is_own = |path: &str| {
                let head = path.split("__").next().unwrap_or(path);
                match project.models.lookup(making.model, head) {
                    Found::Field(_, field) => {
                        field.kind.has_column() == Some(true) && !path[head.len()..].contains("__")
                            || !field.kind.is_relation()
                    }
                    Found::Key(..) => true,
                    _ => head == "pk",
                }
            };
            let is_asking = matches!(name, "filter" | "exclude");
            PLAIN.contains(&name)
                && (!is_asking
                    || call.positional().next().is_none()
                        && !call.is_open()
                        && keywords.all(|(path, _)| is_own(path)))
        };
        let first = making
            .calls
            .first()
            .and_then(|call| call.callee.as_attribute());
        let manager = first.and_then(|(manager, _)| manager.as_attribute());
        matches!(making.from, luthier_project::flows::RowsFrom::Manager)
            && manager.is_some_and(|(_, name)| self.gives_all(making.model, name))
            && making.calls.iter().all(is_plain)
    }

    // ---- what is written ----

    fn has(&self, method: &str) -> bool {
        self.methods().any(|name| name == method)
    }

    /// An attribute that rows do not have yet.
    fn attribute(&self, name: &str) -> Option<String> {
        let project = self.mending.project;
        let known = project
            .models
            .has_attribute(&project.modules, self.related.owner, name);
        let mut exprs = self.whole.body.exprs();
        let is_read = exprs.any(|expr| {
            expr.as_attribute().is_some_and(|(_, known)| known == name)
                || expr.as_str() == Some(name)
        });
        (known != Some(true) && !is_read).then(|| name.to_owned())
    }

    fn place_of_rows(&self) -> ValueRef {
        ValueRef::of(self.module, self.rows)
    }

    fn replaced(&self, fix: Fix, text: &str) -> Fix {
        fix.replace(self.layout.file, self.whole.span(), text)
    }

    fn with_names(&self, fix: Fix, names: &[&str]) -> Option<Fix> {
        let facts = self.mending.project.modules.facts(self.module);
        let modules = &self.mending.project.modules;
        let mut missing = Vec::new();
        for name in names {
            let dotted = modules.qualified(&modules.resolve(self.module, name));
            match dotted {
                Some(dotted) if dotted.starts_with("django.db.models.") => {}
                _ if facts.module().binding(name).is_some() => return None,
                _ => missing.push(*name),
            }
        }
        if missing.is_empty() {
            return Some(fix);
        }
        let (span, text) = imports::names(facts, self.layout.text, "django.db.models", &missing)?;
        Some(fix.replace(self.layout.file, span, text))
    }

    /// Whether the queryset is gone through where it is built, or by the one name that it gets.
    fn is_taken(&self) -> bool {
        let (body, id) = (self.whole.body, self.whole.id);
        let is_loop = |expr: ExprRef<'a>| match expr.kind() {
            Expr::Comprehension(_, _, clauses) => {
                let mut clauses = body.clauses(clauses).iter();
                clauses.any(|clause| clause.iter == id)
            }
            Expr::Call(..) => expr.as_call().is_some_and(|call| {
                let mut given = call.arguments().iter();
                let is_given = given.any(|given| given.keyword.is_none() && given.value == id);
                let is_taking = match call.callee.as_attribute() {
                    Some((_, method)) => method == "extend",
                    None => call
                        .callee
                        .as_name()
                        .is_some_and(|name| TAKING.contains(&name)),
                };
                is_given && is_taking
            }),
            _ => false,
        };
        if body.exprs().any(is_loop) {
            return true;
        }
        body.all_statements()
            .any(|statement| match statement.kind() {
                Stmt::For { iter, is_async, .. } => iter == id && !is_async,
                Stmt::Augmented { value, op, .. } => {
                    value == id && op == luthier_project::facts::ir::BinaryOp::Add
                }
                Stmt::Assign { value, .. } if value == id => {
                    self.is_taken_by_name(statement.assignment())
                }
                _ => false,
            })
    }

    fn is_taken_by_name(&self, assigned: Option<(ExprRef<'a>, ExprRef<'a>)>) -> bool {
        use luthier_project::flows::UseKind;
        let Some((target, value)) = assigned else {
            return false;
        };
        let Expr::Name(name) = target.kind() else {
            return false;
        };
        let mut variables = self.mending.project.variables(self.module).iter();
        let is_it = |variable: &&luthier_project::flows::Variable| {
            variable.body == value.body.id
                && variable.name == Some(name)
                && variable.values().any(|known| known == value.id)
        };
        variables.find(is_it).is_some_and(|variable| {
            variable.bound.len() == 1
                && !variable.is_shared
                && variable.uses.iter().all(|used| {
                    matches!(
                        used.kind,
                        UseKind::Iterated | UseKind::Collected | UseKind::Len | UseKind::Truth
                    )
                })
        })
    }
}

/// Names that Python or code in general gives a meaning of its own.
const PYTHON: &[&str] = &["filter", "list", "map", "object", "order", "set", "type"];

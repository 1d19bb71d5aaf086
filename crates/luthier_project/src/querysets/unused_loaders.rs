//! `select_related` and `prefetch_related` whose rows nobody asks for what they load.
//!
//! Only what one function does with a queryset is looked at: as soon as the rows, or one of them,
//! are given to something else, everything may be used.

use luthier_source::Span;

use crate::Project;
use crate::facts::{BodyRef, CallRef, Expr, ExprId, ExprRef, PythonFacts};
use crate::flows::{Bound, Held, Use, UseKind, Variable, takes_row};
use crate::models::{FieldKind, Found, ModelId};
use crate::modules::ModuleId;

/// Querysets that are made of others are followed through this many.
const MAX_DEPTH: u32 = 8;

const LOADERS: &[&str] = &["prefetch_related", "select_related"];

/// Methods that make no instances, or ask for nothing: what is to be loaded with them is left out.
///
/// Source: `Query.get_aggregation`, `Query.exists`, `QuerySet._values`, `QuerySet.update` and
/// `QuerySet.delete` (Django 5.2).
const ROWLESS: &[&str] = &[
    "aaggregate",
    "acontains",
    "acount",
    "adelete",
    "aexists",
    "aggregate",
    "aupdate",
    "contains",
    "count",
    "dates",
    "datetimes",
    "delete",
    "exists",
    "update",
    "values",
    "values_list",
];

/// Methods beside which a loader does something else than loading, or others look at it.
const ENTANGLED: &[&str] = &[
    "defer",
    "difference",
    "extra",
    "intersection",
    "only",
    "raw",
    "select_for_update",
    "union",
];

/// Methods of a model's class that Django calls for each row.
const MAKING_ROWS: &[&str] = &["__getattr__", "__getattribute__", "__init__", "from_db"];

/// A call that loads what nobody asks for.
#[derive(Clone, Debug)]
pub struct UnusedLoader<'a> {
    pub model: ModelId,
    pub call: CallRef<'a>,
    /// `select_related` or `prefetch_related`.
    pub method: &'a str,
    pub why: NotUsed<'a>,
}

/// Why nothing comes of a loader.
#[derive(Clone, Debug)]
pub enum NotUsed<'a> {
    /// No instances are made: the method that is asked instead.
    NoRows(&'a str),
    /// The rows are gone through, and these of its paths are not touched.
    Untouched(Vec<ExprRef<'a>>),
}

/// What is done with the rows of a queryset.
#[derive(Default)]
struct Seen<'a> {
    /// The methods that make no instances.
    rowless: Vec<&'a str>,
    /// Whether there are instances.
    has_rows: bool,
    /// The relations that are read of a row.
    touched: Vec<&'a str>,
}

struct Reader<'a> {
    project: &'a Project,
    module: ModuleId,
    facts: &'a PythonFacts,
    model: ModelId,
}

impl Project {
    /// The loaders in the functions of a module of which nothing comes; by place.
    pub fn unused_loaders(&self, module: ModuleId) -> Vec<UnusedLoader<'_>> {
        let facts = self.modules.facts(module);
        if !LOADERS.iter().any(|name| facts.names.mention(name)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for variable in self.variables(module) {
            let Held::Rows(model) = variable.holds else {
                continue;
            };
            let reader = Reader {
                project: self,
                module,
                facts,
                model,
            };
            if !reader.is_replaced() {
                reader.add(variable, &mut found);
            }
        }
        found.sort_by_key(|unused| unused.call.expr.span().end);
        found
    }
}

impl<'a> Reader<'a> {
    /// Whether the project's own code decides what loading is, or looks at each row.
    fn is_replaced(&self) -> bool {
        let (modules, models) = (&self.project.modules, &self.project.models);
        let mut methods = LOADERS.iter().chain(ROWLESS);
        let class = models.get(self.model).class;
        methods.any(|name| models.manager_method(modules, self.model, name).is_some())
            || models.is_open(self.model)
            || class.is_none_or(|class| {
                let mut making = MAKING_ROWS.iter();
                let mro = modules.mro(class);
                making.any(|name| {
                    let mut own = mro
                        .classes()
                        .filter(|class| modules.is_repository(class.module));
                    own.any(|class| modules.class_body(*class).binding(name).is_some())
                })
            })
    }

    fn add(&self, variable: &'a Variable, found: &mut Vec<UnusedLoader<'a>>) {
        let Some((body, value)) = self.value(variable) else {
            return;
        };
        let chain = self.chain(value);
        let Some(last) = chain.iter().rposition(|(_, name)| LOADERS.contains(name)) else {
            return;
        };
        let mut seen = Seen::default();
        if self.passes(&chain, &mut seen).is_none() {
            return;
        }
        let is_known = !seen.rowless.is_empty() && self.ends_rowless(&chain[last..])
            || self.used(body, variable, &mut seen, MAX_DEPTH).is_some();
        if !is_known || !seen.has_rows && seen.rowless.is_empty() {
            return;
        }
        for &(call, method) in chain.iter().filter(|(_, name)| LOADERS.contains(name)) {
            let why = match (seen.has_rows, seen.rowless.first()) {
                (false, Some(&method)) => NotUsed::NoRows(method),
                _ => match self.untouched(call, &seen) {
                    Some(paths) => NotUsed::Untouched(paths),
                    None => continue,
                },
            };
            let is_reset = call.positional().any(ExprRef::is_none);
            if !is_reset {
                found.push(UnusedLoader {
                    model: self.model,
                    call,
                    method,
                    why,
                });
            }
        }
    }

    /// The one value of a variable that no other scope sees.
    fn value(&self, variable: &Variable) -> Option<(BodyRef<'a>, ExprRef<'a>)> {
        let [Bound::Value(value)] = variable.bound[..] else {
            return None;
        };
        let body = self.facts.body(variable.body);
        (!variable.is_shared).then(|| (body, body.expr(value)))
    }

    /// The calls of methods that a queryset is put together by, in order.
    fn chain(&self, value: ExprRef<'a>) -> Vec<(CallRef<'a>, &'a str)> {
        let mut chain = Vec::new();
        let mut next = Some(value);
        while let Some(expr) = next {
            next = match expr.kind() {
                Expr::Subscript(object, _) => Some(expr.at(object)),
                _ => expr.as_call().and_then(|call| {
                    let (object, name) = call.callee.as_attribute()?;
                    chain.push((call, name));
                    Some(object)
                }),
            };
        }
        chain.reverse();
        chain
    }

    /// Notes what the methods of a chain do with the rows; `None` where that is not known.
    fn passes(&self, chain: &[(CallRef<'a>, &'a str)], seen: &mut Seen<'a>) -> Option<()> {
        for &(call, name) in chain {
            let on_rows = self.project.call_on_rows(self.module, call)?;
            let is_known = on_rows.model.ok() == Some(self.model) && !on_rows.makes_row;
            if !is_known || ENTANGLED.contains(&name) {
                return None;
            }
            if ROWLESS.contains(&name) {
                seen.rowless.push(name);
            }
        }
        Some(())
    }

    fn ends_rowless(&self, chain: &[(CallRef<'a>, &'a str)]) -> bool {
        chain.iter().any(|(_, name)| ROWLESS.contains(name))
    }

    // ---- what is done with a queryset ----

    /// Notes all that is done with a variable's rows.
    fn used(
        &self,
        body: BodyRef<'a>,
        variable: &'a Variable,
        seen: &mut Seen<'a>,
        depth: u32,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if variable.is_shared || variable.uses.is_empty() {
            return None;
        }
        for used in &variable.uses {
            self.rows_use(body, used, seen, depth)?;
        }
        Some(())
    }

    fn rows_use(
        &self,
        body: BodyRef<'a>,
        used: &'a Use,
        seen: &mut Seen<'a>,
        depth: u32,
    ) -> Option<()> {
        match used.kind {
            UseKind::Len | UseKind::Truth | UseKind::Searched => {
                seen.has_rows = true;
                Some(())
            }
            UseKind::Tested | UseKind::Dropped => Some(()),
            UseKind::Lookup(_) => {
                seen.rowless.push("__in");
                Some(())
            }
            UseKind::Iterated => {
                seen.has_rows = true;
                match body.expr(used.whole).kind() {
                    Expr::Comprehension(_, _, clauses) => {
                        let mut clauses = body.clauses(clauses).iter();
                        let clause = clauses.find(|clause| clause.iter == used.expr)?;
                        self.comprehended(body.expr(used.whole), body.expr(clause.target), seen)
                    }
                    _ => self.rows_of(body, used.expr, seen),
                }
            }
            UseKind::Indexed => self.row_of(body, used, seen),
            UseKind::Sliced => self.made_of(body, used.whole, seen, depth),
            UseKind::Method(name) => {
                let name = self.facts.text(name);
                let call = body.expr(used.whole).as_call()?;
                let on_rows = self.project.call_on_rows(self.module, call)?;
                (on_rows.model.ok() == Some(self.model)).then_some(())?;
                if ROWLESS.contains(&name) {
                    seen.rowless.push(name);
                    return Some(());
                }
                if takes_row(name) && !name.ends_with("create") {
                    return self.row_of(body, used, seen);
                }
                if name == "iterator" && used.then == UseKind::Iterated {
                    seen.has_rows = true;
                    return self.rows_of(body, used.whole, seen);
                }
                self.made_of(body, used.whole, seen, depth)
            }
            _ => None,
        }
    }

    /// Another queryset that is made of one: what its methods and all of its uses do.
    fn made_of(
        &self,
        body: BodyRef<'a>,
        made: ExprId,
        seen: &mut Seen<'a>,
        depth: u32,
    ) -> Option<()> {
        let span = body.expr(made).span();
        let variables = self.project.variables(self.module).iter();
        let mut holding = variables.filter_map(|variable| {
            let is_here = variable.body == body.id && variable.holds == Held::Rows(self.model);
            let (_, value) = self.value(variable).filter(|_| is_here)?;
            let chain = self.chain(value);
            let first = chain
                .iter()
                .position(|(call, _)| call.expr.id == made)
                .or_else(|| (value.id == made).then_some(chain.len()));
            first.map(|first| (variable, chain, first))
        });
        let (variable, chain, first) = holding.next().filter(|_| span.start < span.end)?;
        self.passes(chain.get(first..)?, seen)?;
        if self.ends_rowless(chain.get(first..)?) {
            return Some(());
        }
        self.used(body, variable, seen, depth)
    }

    // ---- what is done with a row ----

    /// The elements of something that is gone through.
    fn rows_of(&self, body: BodyRef<'a>, many: ExprId, seen: &mut Seen<'a>) -> Option<()> {
        let bound = self.bound(body, Bound::Element(many))?;
        self.row(bound, seen)
    }

    /// The elements that a comprehension calls by a name of its own.
    fn comprehended(
        &self,
        whole: ExprRef<'a>,
        target: ExprRef<'a>,
        seen: &mut Seen<'a>,
    ) -> Option<()> {
        let Expr::Name(name) = target.kind() else {
            return None;
        };
        let within: Vec<ExprRef<'a>> = whole.within().collect();
        let attribute_of = |object: ExprRef<'a>| {
            within.iter().find_map(|outer| match outer.kind() {
                Expr::Attribute(of, name) if of == object.id => Some((*outer, name)),
                _ => None,
            })
        };
        let is_called = |callee: ExprRef<'a>| {
            let mut calls = within.iter().filter_map(|expr| expr.as_call());
            calls.any(|call| call.callee.id == callee.id)
        };
        for expr in &within {
            match expr.kind() {
                // What a function of its own does with the name is not looked at.
                Expr::Lambda(_) => return None,
                Expr::Name(used) if used == name && expr.id != target.id => {
                    let (read, attribute) = attribute_of(*expr)?;
                    if is_called(read) {
                        self.shown(self.facts.text(attribute))?;
                        continue;
                    }
                    let then = attribute_of(read).filter(|(outer, _)| !is_called(*outer));
                    let then = then.map(|(_, name)| self.facts.text(name));
                    self.read(self.facts.text(attribute), then, seen)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// `get_state_display()`
    fn shown(&self, method: &str) -> Option<()> {
        let shown = method.strip_prefix("get_")?.strip_suffix("_display")?;
        self.column(self.model, shown)
    }

    /// The row that an expression gives.
    fn row_of(&self, body: BodyRef<'a>, used: &'a Use, seen: &mut Seen<'a>) -> Option<()> {
        seen.has_rows = true;
        if let Some(bound) = self.bound(body, Bound::Value(used.whole)) {
            return self.row(bound, seen);
        }
        match used.then {
            UseKind::Read(name) => self.read(self.facts.text(name), None, seen),
            UseKind::Truth | UseKind::Tested | UseKind::Dropped => Some(()),
            _ => None,
        }
    }

    fn bound(&self, body: BodyRef<'a>, bound: Bound) -> Option<&'a Variable> {
        let mut variables = self.project.variables(self.module).iter();
        variables.find(|variable| {
            let is_row = variable.holds == Held::Row(self.model);
            is_row && variable.body == body.id && variable.bound == [bound]
        })
    }

    fn row(&self, variable: &'a Variable, seen: &mut Seen<'a>) -> Option<()> {
        if variable.is_shared {
            return None;
        }
        for used in &variable.uses {
            match used.kind {
                UseKind::Read(name) => {
                    let then = match used.then {
                        UseKind::Read(then) => Some(self.facts.text(then)),
                        _ => None,
                    };
                    self.read(self.facts.text(name), then, seen)?;
                }
                UseKind::Written(name) | UseKind::Changed(name) => {
                    self.column(self.model, self.facts.text(name))?;
                }
                UseKind::Method(name) => {
                    self.shown(self.facts.text(name))?;
                }
                UseKind::Tested | UseKind::Truth | UseKind::Dropped | UseKind::Lookup(_) => {}
                UseKind::Compared | UseKind::Searched => {}
                _ => return None,
            }
        }
        Some(())
    }

    /// An attribute of a row is read, and then one of what that gives.
    fn read(&self, name: &'a str, then: Option<&'a str>, seen: &mut Seen<'a>) -> Option<()> {
        if self.column(self.model, name).is_some() {
            return Some(());
        }
        // What a relation leads to may lead back to the row.
        let to = self.one_related(name)?;
        self.column(to, then?)?;
        seen.touched.push(name);
        Some(())
    }

    fn one_related(&self, name: &str) -> Option<ModelId> {
        let models = &self.project.models;
        let (_, field) = models.field(self.model, name)?;
        let relation = field.relation()?;
        let is_one = matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne);
        relation.to.model().filter(|_| is_one)
    }

    /// Whether a name is a column of a model's rows.
    fn column(&self, model: ModelId, name: &str) -> Option<()> {
        let models = &self.project.models;
        let is_column = match models.lookup(model, name) {
            Found::Field(_, field) => !field.kind.is_relation() && *field.name == *name,
            Found::Key(_, field) => *field.attname() == *name,
            _ => false,
        };
        let is_column = is_column || name == "pk";
        is_column.then_some(())
    }

    /// The paths of a loader of which no row is asked; `None` where there are none, or where they
    /// are not all texts.
    fn untouched(&self, call: CallRef<'a>, seen: &Seen<'a>) -> Option<Vec<ExprRef<'a>>> {
        if call.is_open() || call.keywords().next().is_some() {
            return None;
        }
        let mut untouched = Vec::new();
        for path in call.positional() {
            let head = path.as_str()?.split("__").next()?;
            if !seen.touched.contains(&head) && self.is_relation(head) {
                untouched.push(path);
            }
        }
        (!untouched.is_empty()).then_some(untouched)
    }

    /// Whether a name leads to other rows, as a loader takes it.
    fn is_relation(&self, name: &str) -> bool {
        let models = &self.project.models;
        if let Some((_, field)) = models.field(self.model, name) {
            return field.kind.is_relation();
        }
        let mut reverse = models.reverse(self.model).into_iter();
        reverse.any(|reverse| {
            models
                .accessor(reverse)
                .is_some_and(|accessor| *accessor == *name)
        })
    }
}

impl UnusedLoader<'_> {
    /// The text of the method's call, from behind what it is called on.
    pub fn span(&self) -> Span {
        let object = self.call.callee.as_attribute();
        let start = object.map_or(self.call.callee.span(), |(object, _)| object.span());
        Span::new(start.end, self.call.expr.span().end)
    }

    /// Whether without the call a manager is left, of which no further method is called.
    pub fn leaves_manager(&self) -> bool {
        let expr = self.call.expr;
        let is_first = self.call.callee.as_attribute().is_some_and(|(object, _)| {
            !matches!(
                object.kind(),
                Expr::Call(..) | Expr::Subscript(..) | Expr::Name(_)
            )
        });
        let mut others = expr.body.exprs();
        let is_last = !others
            .any(|other| matches!(other.kind(), Expr::Attribute(object, _) if object == expr.id));
        is_first && is_last
    }
}

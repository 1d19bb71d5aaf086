//! Attributes that rows have besides those that their model's class declares: what code puts on
//! them, and what packages may.

use rustc_hash::FxHashSet;

use super::{Attribute, ModelGraph, ModelId};
use crate::facts::ir::{BindingKind, Stmt};
use crate::facts::{BodyRef, ClassId, Expr, ExprId, ExprRef, PythonFacts};
use crate::modules::{Ancestor, ClassRef, Definition, Modules, Origin};
use crate::querysets::is_lookup;

/// Names that the code of a repository may give rows.
#[derive(Debug, Default)]
pub(crate) struct GivenNames {
    names: FxHashSet<String>,
    /// The texts of files that set attributes by names which are worked out: any of them may be one.
    texts: FxHashSet<String>,
    /// Parts of names that are put together.
    parts: Vec<String>,
    /// How such names begin, and how they end: `f"{name}_count"`.
    starts: Vec<String>,
    ends: Vec<String>,
    /// Models whose classes something may add anything to.
    open: FxHashSet<ModelId>,
}

/// Names that Django's own code sets on rows from outside their class.
///
/// Source: `backend` by `django.contrib.auth.authenticate` (5.2).
const BY_DJANGO: &[&str] = &["backend"];

/// Parts of names that are shorter than this say nothing.
const SHORTEST: usize = 3;

/// Methods of querysets whose keywords become attributes of rows.
const ANNOTATING: &[&str] = &["alias", "annotate", "extra", "raw"];

/// What is told the name of an attribute.
const SETTING: &[&str] = &[
    "Prefetch",
    "__setattr__",
    "add_to_class",
    "contribute_to_class",
    "delattr",
    "getattr",
    "hasattr",
    "setattr",
];

impl GivenNames {
    pub(crate) fn of(modules: &Modules, models: &ModelGraph) -> Self {
        let mut found = Self::default();
        let classes = models.all().filter_map(|(_, model)| model.class);
        let mut bases: FxHashSet<ClassRef> = FxHashSet::default();
        for class in classes {
            for &base in modules.mro(class).classes() {
                let is_new = bases.insert(base);
                if is_new && modules.get(base.module).origin == Origin::Installed {
                    found.add_written(modules.facts(base.module), &|_| true);
                }
            }
        }
        for module in modules.repository() {
            found.add(modules.facts(module), &|class| {
                bases.contains(&ClassRef { module, class })
            });
        }
        for (id, model) in models.all() {
            if model.class.is_some_and(|class| is_remade(modules, class)) {
                found.open.insert(id);
            }
        }
        for parts in [&mut found.parts, &mut found.starts, &mut found.ends] {
            parts.sort_unstable();
            parts.dedup();
        }
        found
    }

    /// Whether rows of a model have an attribute.
    pub(crate) fn attribute(
        &self,
        modules: &Modules,
        models: &ModelGraph,
        id: ModelId,
        name: &str,
    ) -> Attribute {
        let found = models.attribute(modules, id, name);
        if matches!(found, Attribute::Is | Attribute::Unknown) {
            return found;
        }
        let model = models.get(id);
        let is_given = self.has(name) || BY_DJANGO.contains(&name);
        let Some(class) = model.class else {
            return Attribute::Unknown;
        };
        let has_more = || {
            let special = ["__getattr__", "__getattribute__"];
            let is_there = |name: &&str| models.attribute(modules, id, name) == Attribute::Is;
            self.open.contains(&id)
                || special.iter().any(is_there)
                || is_contributed(modules, class, name)
        };
        if is_given || has_more() {
            return Attribute::Unknown;
        }
        // What is a row of the model may be one of a model derived from it.
        let is_below = |below: ClassRef| modules.mro(below).classes().any(|base| *base == class);
        let mut has_rows = !model.is_abstract;
        for (other, below) in models.all() {
            if other == id || !below.class.is_some_and(is_below) {
                continue;
            }
            has_rows |= !below.is_abstract;
            let there = models.attribute(modules, other, name);
            let is_there = matches!(there, Attribute::Is | Attribute::Unknown);
            if is_there || self.open.contains(&other) {
                return Attribute::Unknown;
            }
        }
        // Of an abstract model that nothing is derived from, others have the rows.
        if !has_rows {
            return Attribute::Unknown;
        }
        found
    }

    /// Whether code may give rows or queries something under a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let is = |parts: &[String], is_it: fn(&str, &str) -> bool| {
            parts.iter().any(|part| is_it(name, part))
        };
        self.names.contains(name)
            || self.texts.contains(name)
            || is(&self.starts, |name, start| name.starts_with(start))
            || is(&self.ends, |name, end| name.ends_with(end))
            || is(&self.parts, |name, part| name.contains(part))
    }

    /// The same of names that no code has as they are: what each text that such a name may be put
    /// together with leaves of it.
    pub(crate) fn put_together<'n>(&'n self, name: &'n str) -> impl Iterator<Item = Vec<&'n str>> {
        let starts = self
            .starts
            .iter()
            .filter_map(|start| name.strip_prefix(start.as_str()));
        let ends = self
            .ends
            .iter()
            .filter_map(|end| name.strip_suffix(end.as_str()));
        let parts = self
            .parts
            .iter()
            .filter_map(|part| name.split_once(part.as_str()));
        let around = parts.map(|(before, after)| vec![before, after]);
        starts.chain(ends).map(|rest| vec![rest]).chain(around)
    }

    /// Whether code gives rows or queries something under just this name, as far as it writes that down.
    pub(crate) fn has_just(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The same of a name that goes on behind one of a relation, as `lines__count` does: who puts such a
    /// name together adds to the relation's.
    pub(crate) fn has_behind(&self, name: &str) -> bool {
        let mut ends = self.ends.iter().filter(|end| end.starts_with("__"));
        let is_named = self.names.contains(name) || self.texts.contains(name);
        is_named || ends.any(|end| name.ends_with(end.as_str()))
    }

    fn add(&mut self, facts: &PythonFacts, is_base: &dyn Fn(ClassId) -> bool) {
        self.add_written(facts, is_base);
        let sets_any = facts.body_ids().any(|body| sets_any(facts.body(body)));
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for expr in body.exprs() {
                match expr.kind() {
                    Expr::Str(_) => self.add_text(expr.as_str().unwrap_or_default(), sets_any),
                    Expr::FString(_) => self.add_formatted(expr),
                    Expr::Call(..) => self.add_call(expr),
                    Expr::Dict(_) => {
                        let keys = expr
                            .items()
                            .into_iter()
                            .flatten()
                            .filter_map(|(key, _)| key);
                        self.names
                            .extend(keys.filter_map(ExprRef::as_str).map(str::to_owned));
                    }
                    Expr::Subscript(_, key) => {
                        self.names.extend(expr.at(key).as_str().map(str::to_owned));
                    }
                    _ => {}
                }
            }
        }
    }

    fn add_call(&mut self, expr: ExprRef<'_>) {
        let Some(call) = expr.as_call() else { return };
        let called = call.callee.last_name().unwrap_or_default();
        if ANNOTATING.contains(&called) {
            let keywords = call.keywords().map(|(name, _)| name.to_owned());
            self.names.extend(keywords);
        }
        if SETTING.contains(&called) {
            let texts = call.arguments().iter().map(|given| expr.at(given.value));
            self.names
                .extend(texts.filter_map(ExprRef::as_str).map(str::to_owned));
        }
    }

    /// A text may hold the columns of raw SQL, or make names; where a module sets attributes by names
    /// that are worked out, each text of it may be one.
    fn add_text(&mut self, text: &str, may_be_name: bool) {
        if is_word(text) {
            if may_be_name {
                self.texts.insert(text.to_owned());
            }
            return;
        }
        let lower = text.to_lowercase();
        if lower.contains("select") && lower.contains("from") {
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            self.names
                .extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
        if !text.contains(char::is_whitespace) && (text.contains('%') || text.contains('{')) {
            for part in text.split(['%', '{', '}']) {
                self.add_part(part.trim_start_matches(['s', '(', ')']));
            }
        }
    }

    fn add_part(&mut self, part: &str) {
        if is_part(part) {
            self.parts.push(part.to_owned());
        }
    }

    /// The parts of an f-string: at its ends where it is put together no further.
    fn add_formatted(&mut self, text: ExprRef<'_>) {
        let Expr::FString(run) = text.kind() else {
            return;
        };
        let parts: Vec<ExprRef<'_>> = text.body.list(run).collect();
        let has_part = |part: &ExprRef<'_>| part.as_str().is_some_and(is_part);
        if !parts.iter().any(has_part) {
            return;
        }
        let is_operand = text.body.exprs().any(|expr| match expr.kind() {
            Expr::Binary(_, left, right) => left == text.id || right == text.id,
            _ => false,
        });
        let last = parts.len() - 1;
        for (index, part) in parts.iter().enumerate() {
            let Some(part) = part.as_str().filter(|part| is_part(part)) else {
                continue;
            };
            // `f"{name}__gte"` compares what has another name.
            if part.strip_prefix("__").is_some_and(is_lookup) {
                continue;
            }
            let parts = match index {
                0 if !is_operand => &mut self.starts,
                _ if index == last && !is_operand => &mut self.ends,
                _ => &mut self.parts,
            };
            parts.push(part.to_owned());
        }
    }

    /// The attributes that code sets: on `self` where it may be a row, on everything else.
    fn add_written(&mut self, facts: &PythonFacts, is_base: &dyn Fn(ClassId) -> bool) {
        for body in facts.body_ids().map(|id| facts.body(id)) {
            let is_foreign = body.enclosing_class().is_some_and(|class| !is_base(class));
            let mut add = |target: ExprId| self.add_target(body, body.expr(target), is_foreign);
            for statement in body.all_statements() {
                match statement.kind() {
                    Stmt::Assign { targets, .. } => {
                        body.list(targets).for_each(|target| add(target.id));
                    }
                    Stmt::Annotated { target, .. }
                    | Stmt::Augmented { target, .. }
                    | Stmt::For { target, .. } => add(target),
                    Stmt::With { items, .. } => {
                        let items = &body.body().with_items[items.range()];
                        items
                            .iter()
                            .filter_map(|item| item.target)
                            .for_each(&mut add);
                    }
                    _ => {}
                }
            }
        }
    }

    fn add_target(&mut self, body: BodyRef<'_>, target: ExprRef<'_>, is_foreign: bool) {
        match target.kind() {
            Expr::Attribute(object, name) => {
                let is_own = target.at(object).as_name() == Some("self");
                if !(is_own && is_foreign) {
                    self.names.insert(body.facts.text(name).to_owned());
                }
            }
            Expr::Starred(inner) => self.add_target(body, target.at(inner), is_foreign),
            Expr::Tuple(_) | Expr::List(_) => {
                for element in target.elements().into_iter().flatten() {
                    self.add_target(body, element, is_foreign);
                }
            }
            _ => {}
        }
    }
}

/// Whether a text says enough of the names that it is part of.
fn is_part(text: &str) -> bool {
    is_word(text) && text.len() >= SHORTEST && text.contains('_')
}

fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether code sets attributes by names that are worked out.
fn sets_any(body: BodyRef<'_>) -> bool {
    body.exprs().filter_map(ExprRef::as_call).any(|call| {
        let called = call.callee.last_name();
        let name = call.positional().nth(1);
        matches!(called, Some("setattr" | "__setattr__" | "add_to_class"))
            && name.is_none_or(|name| name.as_str().is_none())
    })
}

/// Whether a value in the body of a class or of a base of it may put more on the class than its
/// own name: its class is no field of Django's and says so by `contribute_to_class`, or is not
/// known.
fn is_remade(modules: &Modules, class: ClassRef) -> bool {
    has_value(modules, class, &mut |_, made| match made {
        Definition::Class(made) => contributes(modules, *made),
        _ => false,
    })
}

/// Whether a name is that of a value of the class's body with more around it, where it is not
/// Django that makes the value: `decrement_count` of a `count`.
fn is_contributed(modules: &Modules, class: ClassRef, name: &str) -> bool {
    has_value(modules, class, &mut |value, made| {
        let is_around = name.contains(value) && name != value;
        is_around && {
            let dotted = modules.qualified(made).unwrap_or_default();
            !dotted.starts_with("django.")
        }
    })
}

/// Whether a class or a base of it, Django's own left out, has such a value in its body: by its name
/// and by what makes it.
fn has_value(
    modules: &Modules,
    class: ClassRef,
    is_it: &mut dyn FnMut(&str, &Definition) -> bool,
) -> bool {
    modules.mro(class).classes().any(|class| {
        let body = modules.class_body(*class);
        let module = class.module;
        let is_djangos = modules.get(module).name.starts_with("django.");
        let bindings = body.body().bindings.iter();
        let mut values = bindings.filter_map(|binding| match binding.kind {
            BindingKind::Value(value) => Some((binding.name, body.expr(value).as_call()?)),
            _ => None,
        });
        !is_djangos
            && values.any(|(name, call)| {
                is_it(
                    body.facts.text(name),
                    &modules.resolve_expr(module, call.callee),
                )
            })
    })
}

fn contributes(modules: &Modules, class: ClassRef) -> bool {
    let names = ["__set_name__", "contribute_to_class"];
    modules
        .mro(class)
        .ancestors
        .iter()
        .any(|ancestor| match ancestor {
            Ancestor::Class(class) if !modules.get(class.module).name.starts_with("django.") => {
                let body = modules.class_body(*class);
                names.iter().any(|name| body.binding(name).is_some())
            }
            _ => false,
        })
}

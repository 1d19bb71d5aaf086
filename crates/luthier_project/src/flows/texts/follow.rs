//! From an expression to what its text brings in.

use std::cell::Cell;

use super::format::{Gap, Hole, braces, ends_in_quotes, percent};
use super::names::{Given, Reaching, reaching};
use super::{Ingredient, Origin};
use crate::Project;
use crate::facts::ir::{BinaryOp, Owner, ParamKind, Stmt};
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::Target;
use crate::modules::{Definition, FunctionRef, ModuleId, ValueRef};

/// Functions within functions.
pub(super) const MAX_FRAMES: u32 = 5;

/// More callers than this are not looked at.
const MOST_CALLERS: usize = 12;

/// Methods of text whose result has what the text has.
const KEEPING: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "copy",
    "decode",
    "encode",
    "expandtabs",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];

/// Functions that give what they are given, in another form, by their full names.
const PASSING: &[&str] = &[
    "builtins.dict",
    "builtins.enumerate",
    "builtins.filter",
    "builtins.frozenset",
    "builtins.iter",
    "builtins.list",
    "builtins.map",
    "builtins.next",
    "builtins.repr",
    "builtins.reversed",
    "builtins.set",
    "builtins.sorted",
    "builtins.str",
    "builtins.tuple",
    "builtins.zip",
    "copy.copy",
    "copy.deepcopy",
    "inspect.cleandoc",
    "json.loads",
    "psycopg.sql.SQL",
    "psycopg2.sql.SQL",
    "textwrap.dedent",
    "urllib.parse.unquote",
    "urllib.parse.unquote_plus",
    "django.utils.encoding.force_str",
    "django.utils.encoding.smart_str",
];

/// Where code is looked at: the module, and the call that led into the function.
#[derive(Clone, Copy)]
pub(super) struct At<'a, 'f> {
    pub(super) module: ModuleId,
    pub(super) frame: Option<&'f Frame<'a, 'f>>,
    pub(super) depth: u32,
}

pub(super) struct Frame<'a, 'f> {
    function: FunctionRef,
    call: CallRef<'a>,
    caller: At<'a, 'f>,
}

impl At<'_, '_> {
    pub(super) fn new(module: ModuleId) -> Self {
        Self {
            module,
            frame: None,
            depth: 0,
        }
    }
}

pub(super) type Found = Vec<Ingredient>;

pub(super) struct Follower<'a> {
    pub(super) project: &'a Project,
    pub(super) steps: Cell<u32>,
}

impl<'a> Follower<'a> {
    /// Whether there is a step left, which is taken then.
    pub(super) fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    /// What an expression brings in.
    pub(super) fn of(&self, at: At<'a, '_>, expr: ExprRef<'a>) -> Found {
        if !self.step() {
            return Found::new();
        }
        match expr.kind() {
            Expr::FString(run) => self.parts(at, expr, expr.body.list(run)),
            // A format is for numbers, dates and columns of text.
            Expr::Formatted { value, plain: true } => self.of(at, expr.at(value)),
            Expr::Binary(op, left, right) => {
                self.combined(at, expr, op, (expr.at(left), expr.at(right)))
            }
            Expr::And(run) | Expr::Or(run) => self.all(at, expr.body.list(run)),
            Expr::Conditional { body, orelse, .. } => {
                self.all(at, [expr.at(body), expr.at(orelse)].into_iter())
            }
            Expr::List(run) | Expr::Tuple(run) | Expr::Set(run) => {
                self.all(at, expr.body.list(run))
            }
            Expr::Dict(_) => {
                let items = expr.items().into_iter().flatten();
                self.all(at, items.map(|(_, value)| value))
            }
            Expr::Comprehension(_, element, _) => match expr.at(element).kind() {
                Expr::Pair(_, value) => self.of(at, expr.at(value)),
                _ => self.of(at, expr.at(element)),
            },
            Expr::Starred(inner) | Expr::Await(inner) | Expr::Named(_, inner) => {
                self.of(at, expr.at(inner))
            }
            Expr::Subscript(object, key) => self.element(at, expr, (expr.at(object), expr.at(key))),
            Expr::Name(_) => self.name(at, expr),
            Expr::Attribute(..) => self.attribute(at, expr),
            Expr::Call(..) => expr
                .as_call()
                .map_or_else(Found::new, |call| self.call(at, call)),
            _ => Found::new(),
        }
    }

    pub(super) fn all(&self, at: At<'a, '_>, exprs: impl Iterator<Item = ExprRef<'a>>) -> Found {
        exprs.flat_map(|expr| self.of(at, expr)).collect()
    }

    /// Says where ingredients are put between constant parts, where that is not known already.
    fn mixed(&self, at: At<'a, '_>, mixed: ExprRef<'a>, before: &str, mut found: Found) -> Found {
        for ingredient in &mut found {
            if ingredient.mixed_at.is_none() {
                ingredient.mixed_at = Some(ValueRef::of(at.module, mixed));
                ingredient.is_quoted = ends_in_quotes(before);
            }
        }
        found
    }

    fn parts(
        &self,
        at: At<'a, '_>,
        whole: ExprRef<'a>,
        parts: impl Iterator<Item = ExprRef<'a>>,
    ) -> Found {
        let parts: Vec<ExprRef<'a>> = parts.collect();
        let is_mixed = parts.iter().any(|part| part.as_str().is_some());
        let mut before = String::new();
        let mut all = Found::new();
        for part in parts {
            let found = self.of(at, part);
            match part.as_str() {
                Some(text) => before.push_str(text),
                None if is_mixed => all.extend(self.mixed(at, whole, &before, found)),
                None => all.extend(found),
            }
        }
        all
    }

    fn combined(
        &self,
        at: At<'a, '_>,
        whole: ExprRef<'a>,
        op: BinaryOp,
        (left, right): (ExprRef<'a>, ExprRef<'a>),
    ) -> Found {
        match op {
            BinaryOp::Add => {
                let mut found = self.of(at, left);
                let more = self.of(at, right);
                if let Some(before) = self.trailing(at.module, left) {
                    found.extend(self.mixed(at, whole, before, more));
                } else {
                    found.extend(more);
                }
                match right.as_str() {
                    Some(_) => self.mixed(at, whole, "", found),
                    None => found,
                }
            }
            BinaryOp::Mod => {
                let mut found = self.of(at, left);
                let Some(text) = self.constant(at.module, left) else {
                    return found;
                };
                for gap in percent(text) {
                    let put = self.put(right, &gap);
                    let put = put.map_or_else(Found::new, |put| self.of(at, put));
                    found.extend(self.mixed(at, whole, gap.before, put));
                }
                found
            }
            BinaryOp::Mult | BinaryOp::BitOr => self.all(at, [left, right].into_iter()),
            _ => Found::new(),
        }
    }

    /// What `%` puts into a hole.
    fn put(&self, given: ExprRef<'a>, gap: &Gap<'_>) -> Option<ExprRef<'a>> {
        match (gap.hole, given.kind()) {
            (Hole::Position(position), Expr::Tuple(run)) => given.body.list(run).nth(position),
            (Hole::Position(0), Expr::Dict(_)) => None,
            (Hole::Position(0), _) => Some(given),
            (Hole::Name(name), Expr::Dict(_)) => given
                .items()?
                .find(|(key, _)| key.and_then(ExprRef::as_str) == Some(name))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text right before what is added to an expression.
    fn trailing(&self, module: ModuleId, expr: ExprRef<'a>) -> Option<&'a str> {
        match expr.kind() {
            Expr::Binary(BinaryOp::Add, _, right) => self.trailing(module, expr.at(right)),
            Expr::FString(run) => expr.body.list(run).next_back()?.as_str(),
            _ => self.constant(module, expr),
        }
    }

    /// A text that is written out, here or where its name is given it.
    pub(super) fn constant(&self, module: ModuleId, expr: ExprRef<'a>) -> Option<&'a str> {
        if let Some(text) = expr.as_str() {
            return Some(text);
        }
        if let Some(call) = expr.as_call() {
            let is_dedented =
                matches!(call.callee.last_name(), Some("dedent" | "cleandoc" | "SQL"));
            return self.constant(module, call.positional().next().filter(|_| is_dedented)?);
        }
        if expr.as_name().is_some() && matches!(expr.body.owner(), Owner::Function(_)) {
            let known = self.reaching(module, expr);
            match known.given[..] {
                [Given::Value(value)] if !known.from_outside => {
                    return self.constant(module, value);
                }
                [] => {}
                _ => return None,
            }
        }
        let (module, value) = self.meant(module, expr)?;
        match value.as_name() {
            None => self.constant(module, value),
            Some(_) => None,
        }
    }

    /// The value that a name of a module or class, or `self.NAME`, stands for.
    pub(super) fn meant(
        &self,
        module: ModuleId,
        expr: ExprRef<'a>,
    ) -> Option<(ModuleId, ExprRef<'a>)> {
        let modules = &self.project.modules;
        let value = match modules.resolve_expr(module, expr) {
            Definition::Value(value) => value,
            _ => {
                let (object, name) = expr.as_attribute()?;
                let is_own = matches!(object.as_name(), Some("self" | "cls"));
                let class = expr.body.enclosing_class().filter(|_| is_own)?;
                let class = crate::modules::ClassRef { module, class };
                match modules.class_member(class, name) {
                    Definition::Value(value) => value,
                    _ => return None,
                }
            }
        };
        let is_repository = modules.is_repository(value.module);
        is_repository.then(|| (value.module, modules.value(value)))
    }

    // ---- names ----

    pub(super) fn reaching(&self, module: ModuleId, read: ExprRef<'a>) -> Reaching<'a> {
        reaching(read, &|call| self.sees_part(module, call))
    }

    /// Whether a call asks whether a text begins or goes on like a pattern: what follows may be anything.
    fn sees_part(&self, module: ModuleId, call: CallRef<'a>) -> bool {
        let Some((object, method)) = call.callee.as_attribute() else {
            return false;
        };
        if !matches!(method, "match" | "search" | "findall") {
            return false;
        }
        let first = call.positional().next();
        let pattern = match self.project.modules.qualified_expr(module, object) {
            Some(name) if name == "re" => first.and_then(|it| self.constant(module, it)),
            _ => self.meant(module, object).and_then(|(module, made)| {
                let compile = made.as_call()?;
                let is_compiled = compile.callee.last_name() == Some("compile");
                let pattern = compile.positional().next().filter(|_| is_compiled)?;
                self.constant(module, pattern)
            }),
        };
        pattern.is_some_and(|pattern| {
            let has_start = method == "match" || pattern.starts_with(['^', '\\']);
            let has_end = pattern.ends_with('$') || pattern.to_lowercase().ends_with("\\z");
            !(has_start && has_end)
        })
    }

    fn name(&self, at: At<'a, '_>, name: ExprRef<'a>) -> Found {
        if !matches!(name.body.owner(), Owner::Function(_)) {
            return self.defined(at, name);
        }
        let reaching = self.reaching(at.module, name);
        let mut found = Found::new();
        for &given in &reaching.given {
            found.extend(self.given(at, given));
        }
        found.extend(self.appended(at, name));
        if reaching.from_outside && !reaching.is_checked {
            found.extend(self.from_outside(at, name));
        }
        found
    }

    fn from_outside(&self, at: At<'a, '_>, name: ExprRef<'a>) -> Found {
        let Owner::Function(function) = name.body.owner() else {
            return Found::new();
        };
        let function = FunctionRef {
            module: at.module,
            function,
        };
        let is_param = name.head().is_some_and(|head| name.body.is_param(head));
        match (is_param, at.frame) {
            (true, Some(frame)) if frame.function == function => self.argument(frame, name),
            (true, _) => self.parameter(at, function, name),
            (false, _) => self.defined(at, name),
        }
    }

    /// A constant of the module, of another one, or of a function around.
    fn defined(&self, at: At<'a, '_>, name: ExprRef<'a>) -> Found {
        let Some((module, value)) = self.meant(at.module, name) else {
            return Found::new();
        };
        let at = At { module, ..at };
        self.of(at, value)
    }

    /// What the call that led here gives a parameter.
    fn argument(&self, frame: &Frame<'a, '_>, name: ExprRef<'a>) -> Found {
        let given = self.given_by(frame.function, frame.call, name);
        let found = given.map_or_else(Found::new, |given| self.of(frame.caller, given));
        crossing(found)
    }

    fn given_by(
        &self,
        function: FunctionRef,
        call: CallRef<'a>,
        name: ExprRef<'a>,
    ) -> Option<ExprRef<'a>> {
        let facts = name.facts();
        let declared = facts.function(function.function);
        let position = declared
            .params
            .iter()
            .position(|it| Some(it.name) == name.head())?;
        let param = declared.params[position];
        let text = facts.text(param.name);
        match param.kind {
            ParamKind::KeywordOnly => call.keyword(text),
            ParamKind::PositionalOnly | ParamKind::Ordinary => {
                let is_method = facts.body(declared.scope).enclosing_class().is_some()
                    && call.callee.as_attribute().is_some();
                call.argument(position.checked_sub(usize::from(is_method))?, text)
            }
            ParamKind::Arguments | ParamKind::Keywords => None,
        }
    }

    /// What all calls that are seen give a parameter; what nobody is seen to give may be anything.
    fn parameter(&self, at: At<'a, '_>, function: FunctionRef, name: ExprRef<'a>) -> Found {
        if self.is_harmless_param(function, name) {
            return Found::new();
        }
        if let Some(known) = self.from_request(at, function, name) {
            return known;
        }
        let project = self.project;
        let is_called_by_name = project.modules.function_name(function) != "__init__";
        let Some(calls) = project.given(at.module, name).filter(|_| is_called_by_name) else {
            return Found::new();
        };
        if calls.is_empty() {
            return vec![self.ingredient(at.module, name, Origin::Parameter(function))];
        }
        if at.depth >= MAX_FRAMES || calls.len() > MOST_CALLERS {
            return Found::new();
        }
        let given = calls.into_iter().flat_map(|(module, given)| {
            let caller = At {
                module,
                frame: None,
                depth: at.depth + 1,
            };
            self.of(caller, given)
        });
        crossing(given.collect())
    }

    pub(super) fn ingredient(
        &self,
        module: ModuleId,
        place: ExprRef<'a>,
        origin: Origin,
    ) -> Ingredient {
        Ingredient {
            origin,
            place: ValueRef::of(module, place),
            mixed_at: None,
            is_quoted: false,
            crosses: false,
        }
    }

    // ---- calls ----

    fn call(&self, at: At<'a, '_>, call: CallRef<'a>) -> Found {
        if let Some((object, method)) = call.callee.as_attribute()
            && let Some(found) = self.method(at, call, (object, method))
        {
            return found;
        }
        let calls = self.project.calls(at.module);
        match calls.target(call.expr.body.id, call.expr.id) {
            Some(Target::Function(function)) => self.returned(at, call, function),
            Some(Target::Outside(name)) if PASSING.contains(&calls.name(name)) => {
                self.all(at, call.positional())
            }
            _ => Found::new(),
        }
    }

    /// A method of a text, of a list of texts, or of what holds texts by name.
    fn method(
        &self,
        at: At<'a, '_>,
        call: CallRef<'a>,
        (object, method): (ExprRef<'a>, &str),
    ) -> Option<Found> {
        Some(match method {
            "format" => self.formatted(at, call, object),
            "join" => {
                let mut found = self.of(at, object);
                let joined = call.positional().next();
                found.extend(joined.map_or_else(Found::new, |joined| self.of(at, joined)));
                found
            }
            "replace" => {
                // Taking quotes away, or doubling them, is a check.
                let replaced = call.positional().next().and_then(ExprRef::as_str);
                let is_check =
                    replaced.is_none_or(|text| text.contains(['\'', '"', '`', '\\', ';']));
                let mut found = match is_check {
                    true => Found::new(),
                    false => self.of(at, object),
                };
                // The rest of a template, which a hole of its own is replaced in.
                let put = call.positional().nth(1).map(|put| self.of(at, put));
                found.extend(self.mixed(at, call.expr, "", put.unwrap_or_default()));
                found
            }
            "get" | "getlist" | "pop" | "setdefault" => self.element_by_call(at, call, object)?,
            "values" | "items" | "dict" if call.arguments().is_empty() => self.of(at, object),
            "keys" if call.arguments().is_empty() => self.keys(at, object),
            _ if KEEPING.contains(&method) => self.of(at, object),
            _ => return None,
        })
    }

    fn formatted(&self, at: At<'a, '_>, call: CallRef<'a>, object: ExprRef<'a>) -> Found {
        let mut found = self.of(at, object);
        let Some(text) = self.constant(at.module, object) else {
            return found;
        };
        for gap in braces(text) {
            let put = match gap.hole {
                Hole::Position(position) => call.positional().nth(position),
                Hole::Name(name) => call.keyword(name),
            };
            let put = put.filter(|put| !matches!(put.kind(), Expr::Starred(_)));
            let put = put.map_or_else(Found::new, |put| self.of(at, put));
            found.extend(self.mixed(at, call.expr, gap.before, put));
        }
        found
    }

    /// What a function of the repository gives.
    fn returned(&self, at: At<'a, '_>, call: CallRef<'a>, function: FunctionRef) -> Found {
        self.returned_by(at, call, function, &|inner, value| self.of(inner, value))
    }

    /// What `each` finds in the values that a function of the repository gives.
    pub(super) fn returned_by(
        &self,
        at: At<'a, '_>,
        call: CallRef<'a>,
        function: FunctionRef,
        each: &dyn Fn(At<'a, '_>, ExprRef<'a>) -> Found,
    ) -> Found {
        if at.depth >= MAX_FRAMES {
            return Found::new();
        }
        let frame = Frame {
            function,
            call,
            caller: at,
        };
        let inner = At {
            module: function.module,
            frame: Some(&frame),
            depth: at.depth + 1,
        };
        let body = self.project.modules.function_body(function);
        let statements = body.all_statements();
        let values = statements.filter_map(|statement| match statement.kind() {
            Stmt::Return(Some(value)) => Some(body.expr(value)),
            _ => None,
        });
        values.flat_map(|value| each(inner, value)).collect()
    }
}

/// The same, as it comes from another function.
pub(super) fn crossing(mut found: Found) -> Found {
    for ingredient in &mut found {
        ingredient.crosses = true;
    }
    found
}

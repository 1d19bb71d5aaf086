//! Tracing one module: what its expressions are.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ground::Ground;
use super::locals::{Binder, Locals};
use super::value::Value;
use super::{OutsideName, Receiver, Target, Why, tables};
use crate::facts::ir::{BinaryOp, ComprehensionKind, ImportKind, UnaryOp};
use crate::facts::ir::{Expr, Owner, ParamKind};
use crate::facts::{BodyId, CallRef, ExprId, ExprRef, FunctionId, ImportId, Name, PythonFacts};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId, ValueRef};

/// Names that lead to names deeper than this are not followed.
const MAX_DEPTH: u32 = 48;

/// Steps of tracing that each expression of a module allows, and those that every module has.
const STEPS: usize = 16;
const STEPS_FREE: usize = 1000;

/// What something is, and whether that hangs on the guess that `row = row.name` leaves a name what
/// it is elsewhere: for what calls lead to, that is good enough.
#[derive(Clone, Copy)]
pub(super) struct Known<T> {
    pub(super) value: T,
    is_guess: bool,
}

impl Known<Value> {
    /// What it surely is: a guess is not known.
    pub(super) fn sure(self) -> Value {
        if self.is_guess {
            Value::Unknown(Why::Several)
        } else {
            self.value
        }
    }
}

pub(super) struct Tracer<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) module: ModuleId,
    pub(super) facts: &'a PythonFacts,
    pub(super) names: OutsideNames,
    scopes: Vec<Option<Rc<Locals>>>,
    /// What the expressions of the bodies that were looked at are.
    known: Vec<Vec<Option<Known<Value>>>>,
    /// Names of the scopes, once worked out.
    named: FxHashMap<(BodyId, Name), Known<Option<Value>>>,
    globals: FxHashMap<Name, Known<Value>>,
    members: FxHashMap<(Value, Name), Known<Value>>,
    /// Names that are being worked out.
    open: Vec<(BodyId, Name)>,
    /// The outermost of them that was met again.
    lowest: usize,
    depth: u32,
    /// Steps left: what is tangled without end is given up.
    fuel: usize,
    /// Whether what is being worked out hangs on a guess.
    is_guess: bool,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(ground: Ground<'a>, module: ModuleId, facts: &'a PythonFacts) -> Self {
        Self {
            ground,
            module,
            facts,
            names: OutsideNames::default(),
            scopes: vec![None; facts.bodies.len()],
            known: vec![Vec::new(); facts.bodies.len()],
            named: FxHashMap::default(),
            globals: FxHashMap::default(),
            members: FxHashMap::default(),
            open: Vec::new(),
            lowest: usize::MAX,
            depth: 0,
            is_guess: false,
            fuel: STEPS_FREE
                + STEPS
                    * facts
                        .bodies
                        .iter()
                        .map(|body| body.exprs.len())
                        .sum::<usize>(),
        }
    }

    fn begin(&mut self, body: BodyId) {
        let len = self.facts.body(body).body().exprs.len();
        self.known[body.index()].resize(len, None);
    }

    /// What an expression of the module is.
    pub(super) fn value(&mut self, expr: ExprRef<'a>) -> Value {
        let (body, id) = (expr.body.id, expr.id);
        if self.known[body.index()].is_empty() {
            self.begin(body);
        }
        if let Some(known) = self.known[body.index()][id.index()] {
            return self.recall(known);
        }
        if self.depth >= MAX_DEPTH || self.fuel == 0 {
            self.lowest = 0;
            return Value::Unknown(Why::Computed);
        }
        self.fuel -= 1;
        self.depth += 1;
        let (known, is_settled) = self.settling(|tracer| tracer.work_out(expr));
        self.depth -= 1;
        if is_settled {
            self.known[body.index()][id.index()] = Some(known);
        }
        known.value
    }

    /// What an expression is, and whether that hangs on a guess.
    pub(super) fn known(&mut self, expr: ExprRef<'a>) -> Known<Value> {
        self.guessing(|tracer| tracer.value(expr))
    }

    /// The expressions that were looked at so far, by body, with what they surely are.
    pub(super) fn settled(&self) -> impl Iterator<Item = ((BodyId, ExprId), Value)> {
        let bodies = self.facts.body_ids().zip(&self.known);
        bodies.flat_map(|(body, exprs)| {
            let exprs = exprs.iter().enumerate();
            exprs.filter_map(move |(index, known)| {
                let value = known.as_ref()?.sure();
                Some(((body, ExprId::new(index)), value))
            })
        })
    }

    fn recall<T>(&mut self, known: Known<T>) -> T {
        self.is_guess |= known.is_guess;
        known.value
    }

    /// Works something out, and says whether that hangs on a guess.
    fn guessing<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Known<T> {
        let before = std::mem::replace(&mut self.is_guess, false);
        let value = work(self);
        let is_guess = self.is_guess;
        self.is_guess |= before;
        Known { value, is_guess }
    }

    /// Works something out, and says whether it hangs on no name that is still open: what does may
    /// look better once that name is closed.
    fn settling<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (Known<T>, bool) {
        let before = std::mem::replace(&mut self.lowest, usize::MAX);
        let found = self.guessing(work);
        let is_settled = self.lowest >= self.open.len();
        self.lowest = if is_settled {
            before
        } else {
            before.min(self.lowest)
        };
        (found, is_settled)
    }

    pub(super) fn value_in(&mut self, body: BodyId, expr: ExprId) -> Value {
        self.value(self.facts.body(body).expr(expr))
    }

    fn work_out(&mut self, expr: ExprRef<'a>) -> Value {
        match expr.kind() {
            Expr::None => Value::None,
            Expr::Name(name) => self.name(expr.body.id, name),
            Expr::Attribute(object, name) => {
                let object = self.value(expr.at(object));
                self.member(object, name)
            }
            Expr::Call(..) => expr
                .as_call()
                .map_or(Value::Unknown(Why::Computed), |call| self.result(call)),
            Expr::Subscript(object, index) => self.element(expr.at(object), expr.at(index)),
            Expr::Await(inner) | Expr::Named(_, inner) => self.value(expr.at(inner)),
            Expr::And(run) | Expr::Or(run) => {
                let operands = expr.body.list(run);
                operands.fold(Value::None, |joined, operand| {
                    joined.join(self.value(operand))
                })
            }
            Expr::Conditional { body, orelse, .. } => {
                let body = self.value(expr.at(body));
                body.join(self.value(expr.at(orelse)))
            }
            Expr::Binary(op, left, right) => {
                let (left, right) = (self.value(expr.at(left)), self.value(expr.at(right)));
                self.combined(op, left, right)
            }
            Expr::Lambda(function) => Value::Function(FunctionRef {
                module: self.module,
                function,
            }),
            Expr::Unknown => Value::Unknown(Why::Computed),
            other => match literal(other) {
                Some(class) => self.outside_instance(class),
                None => Value::Unknown(Why::Computed),
            },
        }
    }

    fn combined(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        let is = |tracer: &Self, value: Value, class: &str| match value {
            Value::OutsideInstance(name) => tracer.names.get(name) == class,
            _ => false,
        };
        let keeps = match op {
            BinaryOp::Mod => is(self, left, "builtins.str"),
            BinaryOp::Div => is(self, left, "pathlib.Path"),
            _ => left == right && matches!(left, Value::OutsideInstance(_) | Value::Rows(_)),
        };
        if keeps {
            left
        } else {
            Value::Unknown(Why::Computed)
        }
    }

    fn element(&mut self, object: ExprRef<'a>, index: ExprRef<'a>) -> Value {
        match (self.value(object), index.kind()) {
            (rows @ Value::Rows(_), Expr::Slice(..)) => rows,
            (Value::Rows(model), _) => self.row(model),
            // `Generic[T]()`, `list[int]()`
            (class @ Value::Class(_), _) => class,
            (class @ Value::Outside(name), _) if tables::is_class(self.names.get(name)) => class,
            (text @ Value::OutsideInstance(name), _) if self.names.get(name) == "builtins.str" => {
                text
            }
            (unknown @ Value::Unknown(_), _) => unknown,
            _ => Value::Unknown(Why::Element),
        }
    }

    /// One of many.
    fn element_of(&mut self, many: Value) -> Value {
        match many {
            Value::Rows(model) => self.row(model),
            unknown @ Value::Unknown(_) => unknown,
            _ => Value::Unknown(Why::Element),
        }
    }

    // ---- names ----

    fn name(&mut self, scope: BodyId, name: Name) -> Value {
        let mut current = scope;
        while current != BodyId::MODULE {
            let body = self.facts.body(current);
            // A class's names are seen by its own statements only, not by its methods.
            let is_visible = current == scope || !matches!(body.owner(), Owner::Class(_));
            if is_visible {
                let known = self.named.get(&(current, name)).copied();
                if known.is_none() && self.is_global(current, name) {
                    break;
                }
                let value = match known {
                    Some(known) => self.recall(known),
                    None => self.local(current, name),
                };
                if let Some(value) = value {
                    return value;
                }
            }
            current = body.body().parent;
        }
        self.global(name)
    }

    fn locals(&mut self, scope: BodyId) -> Rc<Locals> {
        let facts = self.facts;
        let slot = &mut self.scopes[scope.index()];
        Rc::clone(slot.get_or_insert_with(|| Rc::new(Locals::of(facts.body(scope)))))
    }

    fn is_global(&mut self, scope: BodyId, name: Name) -> bool {
        let locals = self.locals(scope);
        locals
            .get(name)
            .iter()
            .any(|&(_, binder)| binder == Binder::Global)
    }

    /// What a scope binds a name to; `None` where it does not.
    fn local(&mut self, scope: BodyId, name: Name) -> Option<Value> {
        if let Some(&known) = self.named.get(&(scope, name)) {
            return self.recall(known);
        }
        if let Some(position) = self.open.iter().position(|&open| open == (scope, name)) {
            self.lowest = self.lowest.min(position);
            return Some(Value::Circle);
        }
        let (mut known, is_settled) = self.settling(|tracer| {
            tracer.open.push((scope, name));
            let value = tracer.bound_or_param(scope, name);
            tracer.open.pop();
            value
        });
        if is_settled {
            if known.value == Some(Value::Circle) {
                known.value = Some(Value::Unknown(Why::Several));
            }
            self.named.insert((scope, name), known);
        }
        known.value
    }

    fn bound_or_param(&mut self, scope: BodyId, name: Name) -> Option<Value> {
        let locals = self.locals(scope);
        let bound = locals.get(name);
        if bound.iter().any(|&(_, binder)| binder == Binder::Nonlocal) {
            return None;
        }
        let param = match self.facts.body(scope).owner() {
            Owner::Function(function) => self.param(function, name),
            Owner::Module | Owner::Class(_) => None,
        };
        match (param, bound) {
            (param, []) => param,
            (None, bound) => Some(self.bound(scope, name, bound)),
            (Some(param), bound) => Some(param.join(self.bound(scope, name, bound))),
        }
    }

    fn bound(&mut self, scope: BodyId, name: Name, bound: &[(Name, Binder)]) -> Value {
        if bound.len() > 1 && bound.iter().all(|(_, binder)| binder.is_definition()) {
            let text = self.facts.text(name);
            let found = self.ground.modules.resolve_in(self.module, scope, text);
            return self.defined(found);
        }
        let mut joined = Value::None;
        for &(_, binder) in bound {
            joined = joined.join(self.binder(scope, binder));
            if let Value::Unknown(_) = joined {
                break;
            }
        }
        joined
    }

    fn binder(&mut self, scope: BodyId, binder: Binder) -> Value {
        let module = self.module;
        match binder {
            Binder::Class(class) => Value::Class(ClassRef { module, class }),
            Binder::Function(function) => Value::Function(FunctionRef { module, function }),
            Binder::Import(import) => self.imported(scope, import),
            Binder::Value(value) => self.value_in(scope, value),
            Binder::Element(many) => {
                let many = self.value_in(scope, many);
                self.element_of(many)
            }
            Binder::Exception(class) => {
                let class = self.value_in(scope, class);
                self.instance_of(class)
            }
            Binder::Context(context) => {
                let context = self.value_in(scope, context);
                match context {
                    // Files, cursors, sessions give themselves.
                    Value::OutsideInstance(_) | Value::Unknown(_) => context,
                    _ => Value::Unknown(Why::Result),
                }
            }
            Binder::Annotation(annotation) => self.annotated(scope, annotation),
            Binder::Global | Binder::Nonlocal | Binder::Other => Value::Unknown(Why::Several),
        }
    }

    fn imported(&mut self, scope: BodyId, import: ImportId) -> Value {
        let modules = self.ground.modules;
        let import = self.facts.import(import);
        let Some(target) = modules.absolute(self.module, import) else {
            return Value::Unknown(Why::Unbound);
        };
        let binds = self.facts.text(import.binds);
        if modules.is_own(&target) {
            let found = modules.resolve_in(self.module, scope, binds);
            return self.defined(found);
        }
        match (import.kind, import.name) {
            (ImportKind::Module, _) => self.outside(binds),
            (ImportKind::From, Some(name)) => {
                let name = self.facts.text(name);
                self.outside(&format!("{target}.{name}"))
            }
            _ => self.outside(&target),
        }
    }

    fn global(&mut self, name: Name) -> Value {
        if let Some(&known) = self.globals.get(&name) {
            return self.recall(known);
        }
        if let Some(value) = self.local(BodyId::MODULE, name) {
            return value;
        }
        let text = self.facts.text(name);
        let found = self.ground.modules.resolve(self.module, text);
        let known = self.guessing(|tracer| tracer.defined(found));
        self.globals.insert(name, known);
        known.value
    }

    /// What an object has by a name.
    pub(super) fn member(&mut self, object: Value, name: Name) -> Value {
        match object {
            Value::Unknown(_) => return object,
            Value::Circle => {
                self.is_guess = true;
                return object;
            }
            _ => {}
        }
        if let Some(&known) = self.members.get(&(object, name)) {
            return self.recall(known);
        }
        let text = self.facts.text(name);
        let known = self.guessing(|tracer| tracer.member_by_text(object, text));
        if !matches!(known.value, Value::Circle | Value::Unknown(Why::Several)) {
            self.members.insert((object, name), known);
        }
        known.value
    }

    /// What the module model says that a name means.
    pub(super) fn defined(&mut self, definition: Definition) -> Value {
        match definition {
            Definition::Module(module) if self.ground.modules.is_repository(module) => {
                Value::Module(module)
            }
            Definition::Module(module) => {
                let modules = self.ground.modules;
                self.outside(&modules.get(module).name)
            }
            Definition::Class(class) => Value::Class(class),
            Definition::Function(function) => Value::Function(function),
            Definition::External(name) => self.outside(&name),
            Definition::Value(value) => self.elsewhere(value),
            Definition::Unknown => Value::Unknown(Why::Unbound),
        }
    }

    /// What an expression is that may stand in another module; there only what it says by itself
    /// is looked at.
    pub(super) fn elsewhere(&mut self, value: ValueRef) -> Value {
        if value.module == self.module {
            return self.value_in(value.body, value.expr);
        }
        let modules = self.ground.modules;
        let expr = modules.value(value);
        if let Some(class) = literal(expr.kind()) {
            return self.outside_instance(class);
        }
        let Some(call) = expr.as_call() else {
            return Value::Unknown(Why::Computed);
        };
        match modules.resolve_expr(value.module, call.callee) {
            Definition::Class(class) => Value::Instance(class),
            Definition::Function(function) => self.returned(function),
            Definition::External(name) => self.outside_result(&name),
            Definition::Module(_) | Definition::Value(_) | Definition::Unknown => {
                Value::Unknown(Why::Result)
            }
        }
    }

    /// A parameter: `self` and `cls` by where they stand, others by their annotation.
    fn param(&mut self, function: FunctionId, name: Name) -> Option<Value> {
        let declared = self.facts.function(function);
        let position = declared
            .params
            .iter()
            .position(|param| param.name == name)?;
        let param = declared.params[position];
        let is_plain = matches!(param.kind, ParamKind::PositionalOnly | ParamKind::Ordinary);
        if position == 0
            && is_plain
            && let Owner::Class(class) = self.facts.body(declared.scope).owner()
            && let Some(own) = self.own_param(function, class)
        {
            return Some(own);
        }
        Some(match (param.kind, param.annotation) {
            (ParamKind::Arguments, _) => self.outside_instance("builtins.tuple"),
            (ParamKind::Keywords, _) => self.outside_instance("builtins.dict"),
            (_, Some(annotation)) => match self.annotated(declared.scope, annotation) {
                Value::Unknown(_) => Value::Unknown(Why::Parameter),
                value => value,
            },
            (_, None) => Value::Unknown(Why::Parameter),
        })
    }

    fn own_param(&self, function: FunctionId, class: crate::facts::ClassId) -> Option<Value> {
        let declared = self.facts.function(function);
        let class = ClassRef {
            module: self.module,
            class,
        };
        let scope = self.facts.body(declared.scope);
        let decorated = |wanted: &str| {
            let mut decorators = declared.decorators.iter();
            decorators.any(|&decorator| scope.expr(decorator).as_name() == Some(wanted))
        };
        let name = self.facts.text(declared.name);
        if decorated("staticmethod") {
            None
        } else if decorated("classmethod")
            || matches!(name, "__new__" | "__init_subclass__" | "__class_getitem__")
        {
            Some(Value::Class(class))
        } else {
            Some(Value::Instance(class))
        }
    }

    /// The class whose method holds a scope.
    pub(super) fn enclosing_class(&self, scope: BodyId) -> Option<ClassRef> {
        let module = self.module;
        let class = self.facts.body(scope).enclosing_class()?;
        Some(ClassRef { module, class })
    }

    // ---- what calls lead to ----

    pub(super) fn receiver(&mut self, call: CallRef<'a>) -> Receiver {
        let Some((object, _)) = call.callee.as_attribute() else {
            return Receiver::Other;
        };
        match self.value(object) {
            Value::Super(_) => Receiver::Super,
            Value::Instance(_) | Value::Class(_)
                if matches!(object.as_name(), Some("self" | "cls")) =>
            {
                Receiver::Own
            }
            _ => Receiver::Other,
        }
    }

    pub(super) fn target(&mut self, callee: Value) -> Target {
        let modules = self.ground.modules;
        match callee {
            Value::Function(function) if modules.is_repository(function.module) => {
                Target::Function(function)
            }
            Value::Class(class) if modules.is_repository(class.module) => Target::Class(class),
            Value::Function(function) => {
                Target::Outside(self.names.add(&modules.qualified_function(function)))
            }
            Value::Class(class) => Target::Outside(self.names.add(&modules.qualified_class(class))),
            Value::Outside(name) | Value::OutsideMember(name) => Target::Outside(name),
            Value::OutsideInstance(name) => {
                let dotted = format!("{}.__call__", self.names.get(name));
                Target::Outside(self.names.add(&dotted))
            }
            Value::Instance(_) => match self.member_by_text(callee, "__call__") {
                Value::Function(function) => self.target(Value::Function(function)),
                Value::OutsideMember(name) => Target::Outside(name),
                _ => Target::Unknown(Why::Attribute),
            },
            Value::Unknown(why) => Target::Unknown(why),
            Value::None | Value::Module(_) | Value::Rows(_) | Value::Super(_) | Value::Circle => {
                Target::Unknown(Why::Computed)
            }
        }
    }

    // ---- what is outside ----

    /// Something outside by its dotted name; the models of installed apps are known all the same.
    pub(super) fn outside(&mut self, dotted: &str) -> Value {
        match self.ground.outside.get(dotted) {
            Some(class) => Value::Class(class),
            None => Value::Outside(self.names.add(dotted)),
        }
    }

    pub(super) fn outside_member(&mut self, dotted: &str) -> Value {
        Value::OutsideMember(self.names.add(dotted))
    }

    pub(super) fn outside_instance(&mut self, class: &str) -> Value {
        Value::OutsideInstance(self.names.add(class))
    }
}

/// The class of a literal or display.
fn literal(expr: Expr) -> Option<&'static str> {
    Some(match expr {
        Expr::Str(_) | Expr::FString(_) | Expr::Formatted { .. } => "builtins.str",
        Expr::Bytes(_) => "builtins.bytes",
        Expr::Bool(_) | Expr::Compare(..) | Expr::Unary(UnaryOp::Not, _) => "builtins.bool",
        Expr::Int(_) => "builtins.int",
        Expr::List(_) | Expr::Comprehension(ComprehensionKind::List, ..) => "builtins.list",
        Expr::Tuple(_) => "builtins.tuple",
        Expr::Set(_) | Expr::Comprehension(ComprehensionKind::Set, ..) => "builtins.set",
        Expr::Dict(_) | Expr::Comprehension(ComprehensionKind::Dict, ..) => "builtins.dict",
        _ => return None,
    })
}

/// Dotted names, each kept once.
#[derive(Debug, Default)]
pub(super) struct OutsideNames {
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, OutsideName>,
}

impl OutsideNames {
    pub(super) fn add(&mut self, dotted: &str) -> OutsideName {
        if let Some(&known) = self.numbers.get(dotted) {
            return known;
        }
        let name = OutsideName(self.names.len() as u32);
        self.names.push(dotted.into());
        self.numbers.insert(dotted.into(), name);
        name
    }

    pub(super) fn get(&self, name: OutsideName) -> &str {
        &self.names[name.0 as usize]
    }

    pub(super) fn finish(self) -> Vec<Box<str>> {
        self.names
    }
}

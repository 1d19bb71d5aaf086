//! What one Python file says by itself, and how to look at it.
//!
//! What only looks something up is marked to be inlined: rules go through every expression, and most
//! of them are another crate's.

use luthier_source::{Problem, Span};
use serde::{Deserialize, Serialize};

use super::ids::{BodyId, ClassId, ExprId, FunctionId, ImportId, Name, Run, StmtId};
use super::ir::{Argument, Binding, Body, Class, Clause, Expr, Function, Import, Owner, Stmt};
use super::names::Names;
use super::skipped::SkippedCall;

/// The facts of one Python file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PythonFacts {
    pub names: Names,
    /// All scopes; [`BodyId::MODULE`] is the first.
    pub bodies: Vec<Body>,
    pub classes: Vec<Class>,
    pub functions: Vec<Function>,
    pub imports: Vec<Import>,
    /// Calls in function bodies that were left out (test files).
    pub skipped_calls: Vec<SkippedCall>,
    /// Comments that speak to luthier.
    pub directives: Vec<Span>,
    pub problems: Vec<Problem>,
}

impl PythonFacts {
    /// What is left of a file that luthier itself failed on.
    pub(super) fn failed() -> Self {
        Self {
            names: Names::default(),
            bodies: vec![Body::empty(Owner::Module, BodyId::MODULE, 0)],
            classes: Vec::new(),
            functions: Vec::new(),
            imports: Vec::new(),
            directives: Vec::new(),
            skipped_calls: Vec::new(),
            problems: vec![Problem {
                span: Span::at(0),
                message: "luthier failed on this file; please report it".to_owned(),
            }],
        }
    }

    #[inline]
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name)
    }

    #[inline]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    #[inline]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    #[inline]
    pub fn import(&self, id: ImportId) -> &Import {
        &self.imports[id.index()]
    }

    #[inline]
    pub fn body(&self, id: BodyId) -> BodyRef<'_> {
        BodyRef {
            facts: self,
            id,
            body: &self.bodies[id.index()],
        }
    }

    pub fn module(&self) -> BodyRef<'_> {
        self.body(BodyId::MODULE)
    }

    pub fn body_ids(&self) -> impl Iterator<Item = BodyId> + use<> {
        (0..self.bodies.len()).map(BodyId::new)
    }

    pub fn class_ids(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..self.classes.len()).map(ClassId::new)
    }

    pub fn function_ids(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.functions.len()).map(FunctionId::new)
    }

    /// Dotted names of a class's scopes and itself, such as `Order.Meta`.
    pub fn class_path(&self, id: ClassId) -> String {
        let class = self.class(id);
        self.path_in(class.scope, self.text(class.name))
    }

    /// Dotted names of a function's scopes and itself, such as `Order.total`.
    pub fn function_path(&self, id: FunctionId) -> String {
        let function = self.function(id);
        self.path_in(function.scope, self.text(function.name))
    }

    fn path_in(&self, scope: BodyId, name: &str) -> String {
        match self.bodies[scope.index()].owner {
            Owner::Module => name.to_owned(),
            Owner::Class(id) => format!("{}.{name}", self.class_path(id)),
            Owner::Function(id) => format!("{}.{name}", self.function_path(id)),
        }
    }
}

/// One scope of a file.
#[derive(Clone, Copy, Debug)]
pub struct BodyRef<'a> {
    pub facts: &'a PythonFacts,
    pub id: BodyId,
    body: &'a Body,
}

impl<'a> BodyRef<'a> {
    #[inline]
    pub fn body(self) -> &'a Body {
        self.body
    }

    #[inline]
    pub fn owner(self) -> Owner {
        self.body().owner
    }

    /// The nearest class around the code, or itself.
    pub fn enclosing_class(self) -> Option<ClassId> {
        let mut current = self;
        loop {
            match current.owner() {
                Owner::Class(class) => return Some(class),
                Owner::Module => return None,
                Owner::Function(_) => current = self.facts.body(current.body().parent),
            }
        }
    }

    #[inline]
    pub fn expr(self, id: ExprId) -> ExprRef<'a> {
        ExprRef { body: self, id }
    }

    #[inline]
    pub fn stmt(self, id: StmtId) -> StmtRef<'a> {
        StmtRef { body: self, id }
    }

    /// The statements of a block, in order.
    pub fn block(
        self,
        run: Run,
    ) -> impl DoubleEndedIterator<Item = StmtRef<'a>> + ExactSizeIterator + use<'a> {
        self.body().blocks[run.range()]
            .iter()
            .map(move |&id| self.stmt(id))
    }

    /// The scope's own statements, in order.
    pub fn statements(
        self,
    ) -> impl DoubleEndedIterator<Item = StmtRef<'a>> + ExactSizeIterator + use<'a> {
        self.block(self.body().top)
    }

    /// A list of expressions.
    pub fn list(
        self,
        run: Run,
    ) -> impl DoubleEndedIterator<Item = ExprRef<'a>> + ExactSizeIterator + use<'a> {
        self.body().lists[run.range()]
            .iter()
            .map(move |&id| self.expr(id))
    }

    pub fn clauses(self, run: Run) -> &'a [Clause] {
        &self.body().clauses[run.range()]
    }

    /// Every expression of the scope, children before parents.
    pub fn exprs(self) -> impl ExactSizeIterator<Item = ExprRef<'a>> + use<'a> {
        (0..self.body().exprs.len()).map(move |index| self.expr(ExprId::new(index)))
    }

    /// Every statement of the scope, nested blocks included; inner before outer.
    pub fn all_statements(self) -> impl ExactSizeIterator<Item = StmtRef<'a>> + use<'a> {
        (0..self.body().stmts.len()).map(move |index| self.stmt(StmtId::new(index)))
    }

    /// The last thing that `name` is bound to here; unconditional bindings win.
    pub fn binding(self, name: &str) -> Option<Binding> {
        self.bound(self.facts.names.find(name)?)
    }

    /// As [`BodyRef::binding`].
    pub fn bound(self, name: Name) -> Option<Binding> {
        let mut last = None;
        let bindings = self.body().bindings.iter().rev();
        for binding in bindings.filter(|binding| binding.name == name) {
            if !binding.conditional {
                return Some(*binding);
            }
            last = last.or(Some(*binding));
        }
        last
    }

    /// Whether a name is a parameter of the function whose body it is.
    pub fn is_param(self, name: Name) -> bool {
        match self.owner() {
            Owner::Function(function) => {
                let params = &self.facts.function(function).params;
                params.iter().any(|param| param.name == name)
            }
            Owner::Module | Owner::Class(_) => false,
        }
    }

    #[inline]
    fn absolute(self, span: Span) -> Span {
        let start = self.body().start;
        Span::new(span.start + start, span.end + start)
    }
}

/// One statement, with all that is needed to look at it.
#[derive(Clone, Copy, Debug)]
pub struct StmtRef<'a> {
    pub body: BodyRef<'a>,
    pub id: StmtId,
}

impl<'a> StmtRef<'a> {
    #[inline]
    pub fn kind(self) -> Stmt {
        self.body.body().stmts[self.id.index()]
    }

    /// Absolute.
    #[inline]
    pub fn span(self) -> Span {
        self.body
            .absolute(self.body.body().stmt_spans[self.id.index()])
    }

    /// For `target = value` and `target: T = value` with one target: both.
    pub fn assignment(self) -> Option<(ExprRef<'a>, ExprRef<'a>)> {
        match self.kind() {
            Stmt::Assign { targets, value } => {
                let mut targets = self.body.list(targets);
                let target = targets.next()?;
                targets
                    .next()
                    .is_none()
                    .then(|| (target, self.body.expr(value)))
            }
            Stmt::Annotated {
                target,
                value: Some(value),
                ..
            } => Some((self.body.expr(target), self.body.expr(value))),
            _ => None,
        }
    }
}

/// One expression, with all that is needed to look at it.
#[derive(Clone, Copy, Debug)]
pub struct ExprRef<'a> {
    pub body: BodyRef<'a>,
    pub id: ExprId,
}

impl<'a> ExprRef<'a> {
    #[inline]
    pub fn kind(self) -> Expr {
        self.body.body().exprs[self.id.index()]
    }

    /// Absolute.
    #[inline]
    pub fn span(self) -> Span {
        self.body
            .absolute(self.body.body().expr_spans[self.id.index()])
    }

    #[inline]
    pub fn facts(self) -> &'a PythonFacts {
        self.body.facts
    }

    /// Another expression of the same scope.
    #[inline]
    pub fn at(self, id: ExprId) -> ExprRef<'a> {
        self.body.expr(id)
    }

    /// This expression and all within it, the outermost and last first. Those in a body of their own,
    /// of a lambda, are not among them.
    pub fn within(self) -> impl Iterator<Item = ExprRef<'a>> {
        // What an expression is made of stands right before it; of `a < b < c` the first half, which
        // `b` belongs to as well, may stand between.
        let span = self.span();
        let before = (0..=self.id.index()).rev();
        before
            .map(move |index| self.at(ExprId::new(index)))
            .take_while(move |expr| expr.span().end > span.start)
            .filter(move |expr| span.encloses(expr.span()))
    }

    /// The value of a string literal.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self.kind() {
            Expr::Str(name) => Some(self.facts().text(name)),
            _ => None,
        }
    }

    /// The name, where this is a plain one.
    #[inline]
    pub fn as_name(self) -> Option<&'a str> {
        match self.kind() {
            Expr::Name(name) => Some(self.facts().text(name)),
            _ => None,
        }
    }

    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Expr::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_int(self) -> Option<i64> {
        match self.kind() {
            Expr::Int(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_none(self) -> bool {
        self.kind() == Expr::None
    }

    /// `value` and `name` of `value.name`.
    #[inline]
    pub fn as_attribute(self) -> Option<(ExprRef<'a>, &'a str)> {
        match self.kind() {
            Expr::Attribute(value, name) => Some((self.at(value), self.facts().text(name))),
            _ => None,
        }
    }

    /// What a decorator names, called or not: `task` of `@task` and of `@task(retries=3)`.
    pub fn without_call(self) -> ExprRef<'a> {
        self.as_call().map_or(self, |call| call.callee)
    }

    /// The name, or the `c` of `a.b.c`; of whatever expression the attribute is.
    #[inline]
    pub fn last_name(self) -> Option<&'a str> {
        match self.kind() {
            Expr::Name(name) | Expr::Attribute(_, name) => Some(self.facts().text(name)),
            _ => None,
        }
    }

    /// The `a` of `a.b.c`; `None` for anything but names and attributes.
    pub fn head(self) -> Option<Name> {
        match self.kind() {
            Expr::Name(name) => Some(name),
            Expr::Attribute(value, _) => self.at(value).head(),
            _ => None,
        }
    }

    /// `a.b.c` as its dotted text; `None` for anything but names and attributes.
    pub fn dotted(self) -> Option<String> {
        match self.kind() {
            Expr::Name(name) => Some(self.facts().text(name).to_owned()),
            Expr::Attribute(value, name) => {
                let mut text = self.at(value).dotted()?;
                text.push('.');
                text.push_str(self.facts().text(name));
                Some(text)
            }
            _ => None,
        }
    }

    #[inline]
    pub fn as_call(self) -> Option<CallRef<'a>> {
        match self.kind() {
            Expr::Call(callee, arguments) => Some(CallRef {
                expr: self,
                callee: self.at(callee),
                arguments,
            }),
            _ => None,
        }
    }

    /// The elements of a list, tuple or set display.
    pub fn elements(
        self,
    ) -> Option<impl DoubleEndedIterator<Item = ExprRef<'a>> + ExactSizeIterator + use<'a>> {
        match self.kind() {
            Expr::List(run) | Expr::Tuple(run) | Expr::Set(run) => Some(self.body.list(run)),
            _ => None,
        }
    }

    /// Keys and values of a dict display; the key is `None` for `**mapping`.
    pub fn items(
        self,
    ) -> Option<impl Iterator<Item = (Option<ExprRef<'a>>, ExprRef<'a>)> + use<'a>> {
        let Expr::Dict(run) = self.kind() else {
            return None;
        };
        let pairs = self.body.body().lists[run.range()].chunks_exact(2);
        Some(pairs.map(move |pair| {
            let key = self.at(pair[0]);
            (
                (key.kind() != Expr::Unpacking).then_some(key),
                self.at(pair[1]),
            )
        }))
    }
}

/// One call, with all that is needed to look at it.
#[derive(Clone, Copy, Debug)]
pub struct CallRef<'a> {
    pub expr: ExprRef<'a>,
    pub callee: ExprRef<'a>,
    arguments: Run,
}

impl<'a> CallRef<'a> {
    pub fn arguments(self) -> &'a [Argument] {
        &self.expr.body.body().arguments[self.arguments.range()]
    }

    /// The positional arguments, `*args` included.
    pub fn positional(self) -> impl Iterator<Item = ExprRef<'a>> + use<'a> {
        let plain = self.arguments().iter().filter(move |argument| {
            argument.keyword.is_none()
                && !matches!(self.expr.at(argument.value).kind(), Expr::DoubleStarred(_))
        });
        plain.map(move |argument| self.expr.at(argument.value))
    }

    /// The keyword arguments; `**kwargs` has no name and is left out.
    pub fn keywords(self) -> impl Iterator<Item = (&'a str, ExprRef<'a>)> + use<'a> {
        let facts = self.expr.facts();
        self.arguments().iter().filter_map(move |argument| {
            Some((facts.text(argument.keyword?), self.expr.at(argument.value)))
        })
    }

    pub fn keyword(self, name: &str) -> Option<ExprRef<'a>> {
        self.keywords()
            .find(|(keyword, _)| *keyword == name)
            .map(|(_, value)| value)
    }

    /// The argument at a position or under a keyword; `None` also where `*args` or `**kwargs` may give it.
    pub fn argument(self, position: usize, name: &str) -> Option<ExprRef<'a>> {
        let mut before = self.positional().take(position + 1);
        let positional = before.nth(position).filter(|_| {
            !self
                .positional()
                .take(position + 1)
                .any(|argument| matches!(argument.kind(), Expr::Starred(_)))
        });
        positional.or_else(|| self.keyword(name))
    }

    /// Whether `*args` or `**kwargs` may add arguments that are not seen here.
    pub fn is_open(self) -> bool {
        self.arguments().iter().any(|argument| {
            matches!(
                self.expr.at(argument.value).kind(),
                Expr::Starred(_) | Expr::DoubleStarred(_)
            )
        })
    }
}

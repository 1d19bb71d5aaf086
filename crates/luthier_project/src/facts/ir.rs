//! The compact form that Python code is lowered to.
//!
//! Trees are dropped once a file is lowered; everything later stands on this form, so it keeps
//! whatever following values needs and nothing else: docstrings, comments and formatting are gone.
//! One [`Body`] a scope. Expressions and statements are small `Copy` values in two tables; children
//! always come before their parents, so no walk can loop. Spans are relative to the body's start:
//! an edit above a function leaves the function's facts as they were.

use luthier_source::Span;
use serde::{Deserialize, Serialize};

use super::ids::{BodyId, ClassId, ExprId, FunctionId, ImportId, Name, Run, StmtId};

/// An expression. [`Run`]s of expressions index [`Body::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    None,
    Bool(bool),
    Ellipsis,
    Int(i64),
    /// A float, a complex or an integer beyond 64 bits, as written.
    Number(Name),
    Str(Name),
    /// A bytes literal; bytes that are no letters of ASCII are those of Latin-1.
    Bytes(Name),
    /// Parts in order: [`Expr::Str`] and [`Expr::Formatted`].
    FString(Run),
    /// One `{value}` of an f-string; `str()` is called on it unless it has a format.
    Formatted {
        value: ExprId,
        plain: bool,
    },
    Name(Name),
    Attribute(ExprId, Name),
    Subscript(ExprId, ExprId),
    /// Lower, upper, step.
    Slice(Option<ExprId>, Option<ExprId>, Option<ExprId>),
    /// The callee; the run indexes [`Body::arguments`].
    Call(ExprId, Run),
    List(Run),
    Tuple(Run),
    Set(Run),
    /// Keys and values in turn; the key of `**mapping` is [`Expr::Unpacking`].
    Dict(Run),
    /// Stands where a dict display has `**` instead of a key.
    Unpacking,
    /// `*value`
    Starred(ExprId),
    /// `**value` among the arguments of a call.
    DoubleStarred(ExprId),
    Binary(BinaryOp, ExprId, ExprId),
    Unary(UnaryOp, ExprId),
    /// Operands in order.
    And(Run),
    Or(Run),
    /// `a < b < c` becomes [`Expr::And`] over two comparisons that share `b`.
    Compare(CompareOp, ExprId, ExprId),
    /// `body if test else orelse`
    Conditional {
        test: ExprId,
        body: ExprId,
        orelse: ExprId,
    },
    Lambda(FunctionId),
    /// The run indexes [`Body::clauses`].
    Comprehension(ComprehensionKind, ExprId, Run),
    /// `key: value` of a dict comprehension.
    Pair(ExprId, ExprId),
    Await(ExprId),
    Yield(Option<ExprId>),
    YieldFrom(ExprId),
    /// `(target := value)`
    Named(ExprId, ExprId),
    /// Broken code, or nested deeper than [`super::lower::MAX_DEPTH`].
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinaryOp {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnaryOp {
    Invert,
    Not,
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComprehensionKind {
    List,
    Set,
    /// The element is an [`Expr::Pair`].
    Dict,
    Generator,
}

/// One argument of a call or of a class header.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// `None` for positional ones, `*args` ([`Expr::Starred`]) and `**kwargs` ([`Expr::DoubleStarred`]).
    pub keyword: Option<Name>,
    pub value: ExprId,
}

/// One `for target in iter if ...` of a comprehension.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    pub target: ExprId,
    pub iter: ExprId,
    pub conditions: Run,
    pub is_async: bool,
}

/// A statement. Blocks are [`Run`]s into [`Body::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stmt {
    Expr(ExprId),
    Assign {
        targets: Run,
        value: ExprId,
    },
    /// `target: annotation = value`
    Annotated {
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
    },
    Augmented {
        op: BinaryOp,
        target: ExprId,
        value: ExprId,
    },
    Return(Option<ExprId>),
    Delete(Run),
    Raise {
        exception: Option<ExprId>,
        cause: Option<ExprId>,
    },
    Assert {
        test: ExprId,
        message: Option<ExprId>,
    },
    /// `elif` is an `If` alone in `orelse`.
    If {
        test: ExprId,
        body: Run,
        orelse: Run,
    },
    For {
        target: ExprId,
        iter: ExprId,
        body: Run,
        orelse: Run,
        is_async: bool,
    },
    While {
        test: ExprId,
        body: Run,
        orelse: Run,
    },
    /// The run `items` indexes [`Body::with_items`].
    With {
        items: Run,
        body: Run,
        is_async: bool,
    },
    /// Indexes [`Body::tries`].
    Try(u32),
    /// `cases` indexes [`Body::cases`].
    Match {
        subject: ExprId,
        cases: Run,
    },
    Class(ClassId),
    Function(FunctionId),
    Import {
        first: ImportId,
        count: u32,
    },
    /// Names are [`Expr::Name`]s.
    Global(Run),
    Nonlocal(Run),
    TypeAlias {
        name: ExprId,
        value: ExprId,
    },
    Pass,
    Break,
    Continue,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithItem {
    pub context: ExprId,
    pub target: Option<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Try {
    pub body: Run,
    /// Indexes [`Body::handlers`].
    pub handlers: Run,
    pub orelse: Run,
    pub finally: Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// The exception type or tuple of types; `None` for a bare `except:`.
    pub exception: Option<ExprId>,
    pub name: Option<Name>,
    pub body: Run,
}

/// One `case` of a match statement. Patterns are lowered to the expressions they resemble:
/// literals, sequences, dicts, class patterns as calls, captures as names, `_` as
/// [`Expr::Ellipsis`], alternatives as [`BinaryOp::BitOr`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub pattern: ExprId,
    pub guard: Option<ExprId>,
    pub body: Run,
}

/// Whose body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    Module,
    Class(ClassId),
    Function(FunctionId),
}

/// One scope's code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub owner: Owner,
    /// The scope around it; the module's is itself.
    pub parent: BodyId,
    /// Where the owner starts in the file: all spans here are relative to it.
    pub start: u32,
    pub exprs: Vec<Expr>,
    pub expr_spans: Vec<Span>,
    pub stmts: Vec<Stmt>,
    pub stmt_spans: Vec<Span>,
    pub lists: Vec<ExprId>,
    pub arguments: Vec<Argument>,
    pub clauses: Vec<Clause>,
    pub blocks: Vec<StmtId>,
    pub with_items: Vec<WithItem>,
    pub tries: Vec<Try>,
    pub handlers: Vec<Handler>,
    pub cases: Vec<Case>,
    /// The body's own statements, in order, in `blocks`.
    pub top: Run,
    /// What the statements bind names to, in order; a function's parameters are not among them.
    pub bindings: Vec<Binding>,
    /// Whether statements were left out (function bodies of test files).
    pub skipped: bool,
}

impl Body {
    pub(super) fn empty(owner: Owner, parent: BodyId, start: u32) -> Self {
        Self {
            owner,
            parent,
            start,
            exprs: Vec::new(),
            expr_spans: Vec::new(),
            stmts: Vec::new(),
            stmt_spans: Vec::new(),
            lists: Vec::new(),
            arguments: Vec::new(),
            clauses: Vec::new(),
            blocks: Vec::new(),
            with_items: Vec::new(),
            tries: Vec::new(),
            handlers: Vec::new(),
            cases: Vec::new(),
            top: Run::default(),
            bindings: Vec::new(),
            skipped: false,
        }
    }

    /// Moves what was filled in out, in tables of just its size; the grown ones stay for the next body.
    pub(super) fn take(&mut self) -> Self {
        fn exact<T: Copy>(table: &mut Vec<T>) -> Vec<T> {
            let kept = table.as_slice().to_vec();
            table.clear();
            kept
        }
        Self {
            owner: self.owner,
            parent: self.parent,
            start: self.start,
            exprs: exact(&mut self.exprs),
            expr_spans: exact(&mut self.expr_spans),
            stmts: exact(&mut self.stmts),
            stmt_spans: exact(&mut self.stmt_spans),
            lists: exact(&mut self.lists),
            arguments: exact(&mut self.arguments),
            clauses: exact(&mut self.clauses),
            blocks: exact(&mut self.blocks),
            with_items: exact(&mut self.with_items),
            tries: exact(&mut self.tries),
            handlers: exact(&mut self.handlers),
            cases: exact(&mut self.cases),
            top: std::mem::take(&mut self.top),
            bindings: exact(&mut self.bindings),
            skipped: std::mem::take(&mut self.skipped),
        }
    }
}

/// A class statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Class {
    pub name: Name,
    /// The name's place, absolute.
    pub name_span: Span,
    /// From the first decorator to the end of the body, absolute.
    pub span: Span,
    /// The scope that holds the statement; bases and decorators live there.
    pub scope: BodyId,
    pub bases: Vec<Argument>,
    pub decorators: Vec<ExprId>,
    pub body: BodyId,
}

/// A function statement or a lambda.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `<lambda>` for lambdas.
    pub name: Name,
    pub name_span: Span,
    /// From the first decorator to the end of the body, absolute.
    pub span: Span,
    /// The scope that holds the statement; defaults, annotations and decorators live there.
    pub scope: BodyId,
    pub params: Vec<Param>,
    pub decorators: Vec<ExprId>,
    pub returns: Option<ExprId>,
    pub is_async: bool,
    /// Whether the body yields: calling it gives a generator.
    pub is_generator: bool,
    pub body: BodyId,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    pub name: Name,
    pub kind: ParamKind,
    pub annotation: Option<ExprId>,
    pub default: Option<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamKind {
    PositionalOnly,
    Ordinary,
    KeywordOnly,
    /// `*args`
    Arguments,
    /// `**kwargs`
    Keywords,
}

/// One name bound by an import statement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The dotted module as written, without leading dots; empty in `from . import x`.
    pub module: Name,
    /// Number of leading dots.
    pub level: u32,
    /// The name imported from the module; `None` in `import a.b` and in `from a import *`.
    pub name: Option<Name>,
    /// The name that is bound; for `import a.b` that is `a`, for a star the star itself.
    pub binds: Name,
    pub kind: ImportKind,
    /// The alias's place, absolute.
    pub span: Span,
    /// The scope that holds the statement.
    pub scope: BodyId,
    pub context: ImportContext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportKind {
    /// `import a.b`: binds `a`
    Module,
    /// `import a.b as c`: binds the module `a.b`
    ModuleAs,
    /// `from a import b [as c]`
    From,
    /// `from a import *`
    Star,
}

/// What stands around an import (the innermost of these).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportContext {
    /// Runs whenever its scope does.
    Plain,
    /// Under `if TYPE_CHECKING`.
    TypeChecking,
    /// In the body of a `try` with handlers: may fail quietly.
    Try,
    /// In an `except` or `else`, or under another condition.
    Conditional,
}

/// What a name of a scope is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    pub name: Name,
    pub kind: BindingKind,
    /// Whether the statement stands in an `except`, `else` or conditional block.
    pub conditional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum BindingKind {
    Class(ClassId),
    Function(FunctionId),
    Import(ImportId),
    /// Assigned the value alone: `name = value`, `name: T = value`, also each of `a = b = value`.
    Value(ExprId),
    /// Bound in some other way: unpacking, loop, with, `+=`, only annotated.
    Other(StmtId),
}

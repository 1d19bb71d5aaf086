//! From a syntax tree to the compact form of [`super::ir`], in one walk.

mod expressions;
mod patterns;
mod statements;

use luthier_source::Span;
use luthier_source::python::ParsedPython;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use super::bindings::{self, Declared};
use super::ids::{BodyId, ClassId, ExprId, FunctionId, Name, Run, StmtId};
use super::ir::{
    Argument, Body, Class, Expr, Function, Import, ImportContext, Owner, Param, ParamKind, Stmt,
};
use super::names::Interner;
use super::python::PythonFacts;
use super::skipped::{self, SkippedCall};

/// Code nested deeper than this is kept as [`Expr::Unknown`].
pub const MAX_DEPTH: u32 = 200;

/// Which function bodies are worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Full,
    /// Module and class bodies only: test files.
    Outline,
}

/// Lowers one parsed file.
pub fn lower(text: &str, parsed: &ParsedPython, depth: Depth) -> PythonFacts {
    let mut lowerer = Lowerer {
        text,
        wanted: depth,
        interner: Interner::with_room_for(text.len()),
        bodies: Vec::new(),
        classes: Vec::new(),
        functions: Vec::new(),
        imports: Vec::new(),
        body: Body::empty(Owner::Module, BodyId::MODULE, 0),
        body_id: BodyId::MODULE,
        spare: Vec::new(),
        expr_scratch: Vec::new(),
        stmt_scratch: Vec::new(),
        argument_scratch: Vec::new(),
        import_context: ImportContext::Plain,
        yields: false,
        depth: 0,
        skipped_calls: Vec::new(),
        known_calls: rustc_hash::FxHashSet::default(),
    };
    lowerer.bodies.push(None);
    lowerer.body.top = lowerer.block(&parsed.module.body);
    lowerer.close();
    PythonFacts {
        names: lowerer.interner.finish(),
        bodies: lowerer
            .bodies
            .into_iter()
            .map(|body| body.expect("every scope was closed"))
            .collect(),
        classes: lowerer
            .classes
            .into_iter()
            .map(|class| class.expect("every class was closed"))
            .collect(),
        functions: lowerer
            .functions
            .into_iter()
            .map(|function| function.expect("every function was closed"))
            .collect(),
        imports: lowerer.imports,
        skipped_calls: lowerer.skipped_calls,
        directives: parsed.directives.clone(),
        problems: parsed.problems.clone(),
    }
}

struct Lowerer<'a> {
    text: &'a str,
    wanted: Depth,
    interner: Interner,
    bodies: Vec<Option<Body>>,
    classes: Vec<Option<Class>>,
    functions: Vec<Option<Function>>,
    imports: Vec<Import>,
    /// The scope being filled.
    body: Body,
    body_id: BodyId,
    /// Bodies whose tables have grown and are empty again.
    spare: Vec<Body>,
    /// Children gathered before their parent's list is written; used as a stack.
    expr_scratch: Vec<ExprId>,
    stmt_scratch: Vec<StmtId>,
    argument_scratch: Vec<Argument>,
    import_context: ImportContext,
    /// Whether the function being lowered has met a `yield`.
    yields: bool,
    depth: u32,
    skipped_calls: Vec<SkippedCall>,
    known_calls: rustc_hash::FxHashSet<Name>,
}

impl<'a> Lowerer<'a> {
    fn name(&mut self, text: &str) -> Name {
        self.interner.intern(text)
    }

    fn relative(&self, range: TextRange) -> Span {
        let span = Span::from(range);
        Span::new(
            span.start.saturating_sub(self.body.start),
            span.end.saturating_sub(self.body.start),
        )
    }

    fn push(&mut self, expr: Expr, range: TextRange) -> ExprId {
        let span = self.relative(range);
        self.body.exprs.push(expr);
        self.body.expr_spans.push(span);
        ExprId::new(self.body.exprs.len() - 1)
    }

    /// Fills a new scope with `fill`, then comes back to the present one.
    fn scope(&mut self, owner: Owner, start: u32, fill: impl FnOnce(&mut Self)) -> BodyId {
        let id = BodyId::new(self.bodies.len());
        self.bodies.push(None);
        let spare = self.spare.pop();
        let mut inner = spare.unwrap_or_else(|| Body::empty(owner, self.body_id, start));
        (inner.owner, inner.parent, inner.start) = (owner, self.body_id, start);
        let outer = std::mem::replace(&mut self.body, inner);
        let outer_id = std::mem::replace(&mut self.body_id, id);
        let outer_context = std::mem::replace(&mut self.import_context, ImportContext::Plain);
        fill(self);
        self.close();
        let filled = std::mem::replace(&mut self.body, outer);
        self.spare.push(filled);
        self.body_id = outer_id;
        self.import_context = outer_context;
        id
    }

    /// Keeps the scope that was being filled.
    fn close(&mut self) {
        let declared = Declared {
            classes: &self.classes,
            functions: &self.functions,
            imports: &self.imports,
        };
        bindings::collect(&mut self.body, declared);
        self.bodies[self.body_id.index()] = Some(self.body.take());
    }

    fn class(&mut self, class: &'a ast::StmtClassDef) -> ClassId {
        let decorators = self.decorators(&class.decorator_list);
        let bases = class
            .arguments
            .as_deref()
            .map_or_else(Vec::new, |arguments| {
                let mark = self.arguments(arguments);
                self.argument_scratch.drain(mark..).collect()
            });
        let id = ClassId::new(self.classes.len());
        self.classes.push(None);
        let span = Span::from(class.range);
        let body = self.scope(Owner::Class(id), span.start, |inner| {
            inner.body.top = inner.block(&class.body);
        });
        let name = self.name(&class.name);
        self.classes[id.index()] = Some(Class {
            name,
            name_span: class.name.range.into(),
            span,
            scope: self.body_id,
            bases,
            decorators,
            body,
        });
        id
    }

    fn function(&mut self, function: &'a ast::StmtFunctionDef) -> FunctionId {
        let decorators = self.decorators(&function.decorator_list);
        let params = self.params(&function.parameters);
        let returns = function
            .returns
            .as_deref()
            .map(|returns| self.expr(returns));
        let id = FunctionId::new(self.functions.len());
        self.functions.push(None);
        let span = Span::from(function.range);
        let outer_yields = std::mem::replace(&mut self.yields, false);
        let body = self.scope(Owner::Function(id), span.start, |inner| {
            match inner.wanted {
                Depth::Full => inner.body.top = inner.block(&function.body),
                Depth::Outline => {
                    inner.body.skipped = true;
                    skipped::collect(
                        &function.body,
                        &mut inner.interner,
                        &mut inner.skipped_calls,
                        &mut inner.known_calls,
                    );
                }
            }
        });
        let is_generator = std::mem::replace(&mut self.yields, outer_yields);
        let name = self.name(&function.name);
        self.functions[id.index()] = Some(Function {
            name,
            name_span: function.name.range.into(),
            span,
            scope: self.body_id,
            params,
            decorators,
            returns,
            is_async: function.is_async,
            is_generator,
            body,
        });
        id
    }

    fn lambda(&mut self, lambda: &'a ast::ExprLambda) -> ExprId {
        let params = lambda
            .parameters
            .as_deref()
            .map_or_else(Vec::new, |params| self.params(params));
        let id = FunctionId::new(self.functions.len());
        self.functions.push(None);
        let span = Span::from(lambda.range);
        let outer_yields = std::mem::replace(&mut self.yields, false);
        let body = self.scope(Owner::Function(id), span.start, |inner| {
            let value = inner.expr(&lambda.body);
            let statement = inner.push_stmt(Stmt::Return(Some(value)), lambda.body.range());
            inner.body.blocks.push(statement);
            inner.body.top = Run {
                start: inner.body.blocks.len() as u32 - 1,
                len: 1,
            };
        });
        let is_generator = std::mem::replace(&mut self.yields, outer_yields);
        let name = self.name("<lambda>");
        self.functions[id.index()] = Some(Function {
            name,
            name_span: Span::new(span.start, span.start + "lambda".len() as u32),
            span,
            scope: self.body_id,
            params,
            decorators: Vec::new(),
            returns: None,
            is_async: false,
            is_generator,
            body,
        });
        self.push(Expr::Lambda(id), lambda.range)
    }

    fn decorators(&mut self, decorators: &'a [ast::Decorator]) -> Vec<ExprId> {
        decorators
            .iter()
            .map(|decorator| self.expr(&decorator.expression))
            .collect()
    }

    fn params(&mut self, parameters: &'a ast::Parameters) -> Vec<Param> {
        let mut params = Vec::with_capacity(parameters.len());
        let kinds = [
            (&parameters.posonlyargs, ParamKind::PositionalOnly),
            (&parameters.args, ParamKind::Ordinary),
            (&parameters.kwonlyargs, ParamKind::KeywordOnly),
        ];
        for (group, kind) in kinds {
            if kind == ParamKind::KeywordOnly
                && let Some(star) = parameters.vararg.as_deref()
            {
                params.push(self.param(star, None, ParamKind::Arguments));
            }
            for param in group {
                params.push(self.param(&param.parameter, param.default.as_deref(), kind));
            }
        }
        if let Some(star) = parameters.kwarg.as_deref() {
            params.push(self.param(star, None, ParamKind::Keywords));
        }
        params
    }

    fn param(
        &mut self,
        param: &'a ast::Parameter,
        default: Option<&'a ast::Expr>,
        kind: ParamKind,
    ) -> Param {
        Param {
            name: self.name(&param.name),
            kind,
            annotation: param
                .annotation
                .as_deref()
                .map(|annotation| self.expr(annotation)),
            default: default.map(|default| self.expr(default)),
        }
    }
}

/// Appends `values` to a side table and says where they went.
fn append<T>(table: &mut Vec<T>, values: impl IntoIterator<Item = T>) -> Run {
    let start = table.len() as u32;
    table.extend(values);
    Run {
        start,
        len: table.len() as u32 - start,
    }
}

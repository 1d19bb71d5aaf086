//! From a syntax tree to the compact form of [`super::ir`], in one walk.

use luthier_source::Span;
use luthier_source::python::ParsedPython;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use super::bindings::{self, Declared};
use super::ids::{BodyId, ClassId, ExprId, FunctionId, ImportId, Name, Run, StmtId};
use super::ir::{
    Argument, BinaryOp, Body, Case, Class, Clause, CompareOp, ComprehensionKind, Expr, Function,
    Handler, Import, ImportContext, ImportKind, Owner, Param, ParamKind, Stmt, Try, UnaryOp,
    WithItem,
};
use super::names::Interner;
use super::python::PythonFacts;

/// Code nested deeper than this is kept as [`Expr::Unknown`].
pub const MAX_DEPTH: u32 = 200;

/// Operators chained longer than this (`a + b + ...`) likewise.
const MAX_CHAIN: usize = 2000;

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
        interner: Interner::default(),
        bodies: Vec::new(),
        classes: Vec::new(),
        functions: Vec::new(),
        imports: Vec::new(),
        body: Body::empty(Owner::Module, BodyId::MODULE, 0),
        body_id: BodyId::MODULE,
        expr_scratch: Vec::new(),
        stmt_scratch: Vec::new(),
        import_context: ImportContext::Plain,
        yields: false,
        depth: 0,
    };
    lowerer.bodies.push(None);
    lowerer.body.top = lowerer.block(&parsed.module.body);
    let module = std::mem::replace(
        &mut lowerer.body,
        Body::empty(Owner::Module, BodyId::MODULE, 0),
    );
    lowerer.close(BodyId::MODULE, module);
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
    /// Children gathered before their parent's list is written; used as a stack.
    expr_scratch: Vec<ExprId>,
    stmt_scratch: Vec<StmtId>,
    import_context: ImportContext,
    /// Whether the function being lowered has met a `yield`.
    yields: bool,
    depth: u32,
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

    // ---- scopes ----

    /// Fills a new scope with `fill`, then comes back to the present one.
    fn scope(&mut self, owner: Owner, start: u32, fill: impl FnOnce(&mut Self)) -> BodyId {
        let id = BodyId::new(self.bodies.len());
        self.bodies.push(None);
        let outer = std::mem::replace(&mut self.body, Body::empty(owner, self.body_id, start));
        let outer_id = std::mem::replace(&mut self.body_id, id);
        let outer_context = std::mem::replace(&mut self.import_context, ImportContext::Plain);
        fill(self);
        let body = std::mem::replace(&mut self.body, outer);
        self.body_id = outer_id;
        self.import_context = outer_context;
        self.close(id, body);
        id
    }

    fn close(&mut self, id: BodyId, mut body: Body) {
        let declared = Declared {
            classes: &self.classes,
            functions: &self.functions,
            imports: &self.imports,
        };
        body.bindings = bindings::collect(&body, declared);
        body.shrink();
        self.bodies[id.index()] = Some(body);
    }

    fn class(&mut self, class: &'a ast::StmtClassDef) -> ClassId {
        let decorators = self.decorators(&class.decorator_list);
        let bases = class
            .arguments
            .as_deref()
            .map_or_else(Vec::new, |arguments| self.arguments(arguments));
        let id = ClassId::new(self.classes.len());
        self.classes.push(None);
        let span = Span::from(class.range);
        let body = self.scope(Owner::Class(id), span.start, |inner| {
            inner.body.top = inner.block(&class.body)
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
                Depth::Outline => inner.body.skipped = true,
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

    // ---- statements ----

    fn push_stmt(&mut self, stmt: Stmt, range: TextRange) -> StmtId {
        let span = self.relative(range);
        self.body.stmts.push(stmt);
        self.body.stmt_spans.push(span);
        StmtId::new(self.body.stmts.len() - 1)
    }

    fn block(&mut self, statements: &'a [ast::Stmt]) -> Run {
        if self.depth >= MAX_DEPTH {
            return Run::default();
        }
        self.depth += 1;
        let mark = self.stmt_scratch.len();
        for statement in statements {
            if let Some(stmt) = self.stmt(statement) {
                let id = self.push_stmt(stmt, statement.range());
                self.stmt_scratch.push(id);
            }
        }
        self.depth -= 1;
        let start = self.body.blocks.len() as u32;
        self.body.blocks.extend(self.stmt_scratch.drain(mark..));
        Run {
            start,
            len: self.body.blocks.len() as u32 - start,
        }
    }

    /// A block in which imports may not run.
    fn block_in(&mut self, context: ImportContext, statements: &'a [ast::Stmt]) -> Run {
        let outer = self.import_context;
        if outer != ImportContext::TypeChecking {
            self.import_context = context;
        }
        let run = self.block(statements);
        self.import_context = outer;
        run
    }

    /// `None` for statements that say nothing: docstrings and other bare constants.
    fn stmt(&mut self, statement: &'a ast::Stmt) -> Option<Stmt> {
        Some(match statement {
            ast::Stmt::Expr(stmt) if stmt.value.is_literal_expr() => return None,
            ast::Stmt::Expr(stmt) => Stmt::Expr(self.expr(&stmt.value)),
            ast::Stmt::Assign(stmt) => {
                let value = self.expr(&stmt.value);
                Stmt::Assign {
                    targets: self.exprs(&stmt.targets),
                    value,
                }
            }
            ast::Stmt::AnnAssign(stmt) => Stmt::Annotated {
                target: self.expr(&stmt.target),
                annotation: self.expr(&stmt.annotation),
                value: stmt.value.as_deref().map(|value| self.expr(value)),
            },
            ast::Stmt::AugAssign(stmt) => Stmt::Augmented {
                op: binary_op(stmt.op),
                target: self.expr(&stmt.target),
                value: self.expr(&stmt.value),
            },
            ast::Stmt::Return(stmt) => {
                Stmt::Return(stmt.value.as_deref().map(|value| self.expr(value)))
            }
            ast::Stmt::Delete(stmt) => Stmt::Delete(self.exprs(&stmt.targets)),
            ast::Stmt::Raise(stmt) => Stmt::Raise {
                exception: stmt.exc.as_deref().map(|exception| self.expr(exception)),
                cause: stmt.cause.as_deref().map(|cause| self.expr(cause)),
            },
            ast::Stmt::Assert(stmt) => Stmt::Assert {
                test: self.expr(&stmt.test),
                message: stmt.msg.as_deref().map(|message| self.expr(message)),
            },
            ast::Stmt::If(stmt) => self.if_stmt(stmt),
            ast::Stmt::For(stmt) => {
                let iter = self.expr(&stmt.iter);
                let target = self.expr(&stmt.target);
                let body = self.block(&stmt.body);
                Stmt::For {
                    target,
                    iter,
                    body,
                    orelse: self.block(&stmt.orelse),
                    is_async: stmt.is_async,
                }
            }
            ast::Stmt::While(stmt) => {
                let test = self.expr(&stmt.test);
                let body = self.block(&stmt.body);
                Stmt::While {
                    test,
                    body,
                    orelse: self.block(&stmt.orelse),
                }
            }
            ast::Stmt::With(stmt) => self.with_stmt(stmt),
            ast::Stmt::Try(stmt) => self.try_stmt(stmt),
            ast::Stmt::Match(stmt) => self.match_stmt(stmt),
            ast::Stmt::ClassDef(stmt) => Stmt::Class(self.class(stmt)),
            ast::Stmt::FunctionDef(stmt) => Stmt::Function(self.function(stmt)),
            ast::Stmt::Import(stmt) => self.import_stmt(stmt),
            ast::Stmt::ImportFrom(stmt) => self.import_from_stmt(stmt),
            ast::Stmt::Global(stmt) => Stmt::Global(self.identifiers(&stmt.names)),
            ast::Stmt::Nonlocal(stmt) => Stmt::Nonlocal(self.identifiers(&stmt.names)),
            ast::Stmt::TypeAlias(stmt) => Stmt::TypeAlias {
                name: self.expr(&stmt.name),
                value: self.expr(&stmt.value),
            },
            ast::Stmt::Break(_) => Stmt::Break,
            ast::Stmt::Continue(_) => Stmt::Continue,
            ast::Stmt::Pass(_) | ast::Stmt::IpyEscapeCommand(_) => Stmt::Pass,
        })
    }

    fn if_stmt(&mut self, stmt: &'a ast::StmtIf) -> Stmt {
        let test = self.expr(&stmt.test);
        let context = if is_type_checking(&stmt.test) {
            ImportContext::TypeChecking
        } else {
            ImportContext::Conditional
        };
        let body = self.block_in(context, &stmt.body);
        let mut orelse = Run::default();
        // From the last clause to the first: each `elif` is an `if` in the `else` before it.
        for clause in stmt.elif_else_clauses.iter().rev() {
            let Some(test) = &clause.test else {
                orelse = self.block_in(ImportContext::Conditional, &clause.body);
                continue;
            };
            let test = self.expr(test);
            let body = self.block_in(ImportContext::Conditional, &clause.body);
            let id = self.push_stmt(Stmt::If { test, body, orelse }, clause.range);
            self.body.blocks.push(id);
            orelse = Run {
                start: self.body.blocks.len() as u32 - 1,
                len: 1,
            };
        }
        Stmt::If { test, body, orelse }
    }

    fn with_stmt(&mut self, stmt: &'a ast::StmtWith) -> Stmt {
        let mut items = Vec::with_capacity(stmt.items.len());
        for item in &stmt.items {
            let context = self.expr(&item.context_expr);
            let target = item
                .optional_vars
                .as_deref()
                .map(|target| self.expr(target));
            items.push(WithItem { context, target });
        }
        let items = append(&mut self.body.with_items, items);
        Stmt::With {
            items,
            body: self.block(&stmt.body),
            is_async: stmt.is_async,
        }
    }

    fn try_stmt(&mut self, stmt: &'a ast::StmtTry) -> Stmt {
        let context = if stmt.handlers.is_empty() {
            self.import_context
        } else {
            ImportContext::Try
        };
        let body = self.block_in(context, &stmt.body);
        let mut handlers = Vec::with_capacity(stmt.handlers.len());
        for ast::ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            let exception = handler
                .type_
                .as_deref()
                .map(|exception| self.expr(exception));
            let name = handler.name.as_ref().map(|name| self.name(name));
            let body = self.block_in(ImportContext::Conditional, &handler.body);
            handlers.push(Handler {
                exception,
                name,
                body,
            });
        }
        let handlers = append(&mut self.body.handlers, handlers);
        let orelse = self.block_in(ImportContext::Conditional, &stmt.orelse);
        let finally = self.block(&stmt.finalbody);
        self.body.tries.push(Try {
            body,
            handlers,
            orelse,
            finally,
        });
        Stmt::Try(self.body.tries.len() as u32 - 1)
    }

    fn match_stmt(&mut self, stmt: &'a ast::StmtMatch) -> Stmt {
        let subject = self.expr(&stmt.subject);
        let mut cases = Vec::with_capacity(stmt.cases.len());
        for case in &stmt.cases {
            let pattern = self.pattern(&case.pattern);
            let guard = case.guard.as_deref().map(|guard| self.expr(guard));
            let body = self.block_in(ImportContext::Conditional, &case.body);
            cases.push(Case {
                pattern,
                guard,
                body,
            });
        }
        Stmt::Match {
            subject,
            cases: append(&mut self.body.cases, cases),
        }
    }

    fn import_stmt(&mut self, stmt: &'a ast::StmtImport) -> Stmt {
        let first = ImportId::new(self.imports.len());
        for alias in &stmt.names {
            let module = self.name(&alias.name);
            let (binds, kind) = match &alias.asname {
                Some(asname) => (self.name(asname), ImportKind::ModuleAs),
                None => {
                    let head = alias.name.split('.').next().unwrap_or_default();
                    (self.name(head), ImportKind::Module)
                }
            };
            let unset = self.import_at(alias.range);
            self.imports.push(Import {
                module,
                binds,
                kind,
                ..unset
            });
        }
        Stmt::Import {
            first,
            count: stmt.names.len() as u32,
        }
    }

    fn import_from_stmt(&mut self, stmt: &'a ast::StmtImportFrom) -> Stmt {
        let first = ImportId::new(self.imports.len());
        let module = self.name(stmt.module.as_ref().map_or("", |module| module.as_str()));
        for alias in &stmt.names {
            let name = self.name(&alias.name);
            let is_star = &alias.name == "*";
            let unset = self.import_at(alias.range);
            self.imports.push(Import {
                module,
                level: stmt.level,
                name: (!is_star).then_some(name),
                binds: alias
                    .asname
                    .as_ref()
                    .map_or(name, |asname| self.interner.intern(asname)),
                kind: if is_star {
                    ImportKind::Star
                } else {
                    ImportKind::From
                },
                ..unset
            });
        }
        Stmt::Import {
            first,
            count: stmt.names.len() as u32,
        }
    }

    /// What all imports written here share; the names are to be filled in.
    fn import_at(&mut self, range: TextRange) -> Import {
        let unset = self.name("");
        Import {
            module: unset,
            level: 0,
            name: None,
            binds: unset,
            kind: ImportKind::Module,
            span: range.into(),
            scope: self.body_id,
            context: self.import_context,
        }
    }

    fn identifiers(&mut self, names: &'a [ast::Identifier]) -> Run {
        let mut ids = Vec::with_capacity(names.len());
        for identifier in names {
            let name = self.name(identifier);
            ids.push(self.push(Expr::Name(name), identifier.range));
        }
        append(&mut self.body.lists, ids)
    }

    // ---- expressions ----

    fn exprs(&mut self, expressions: impl IntoIterator<Item = &'a ast::Expr>) -> Run {
        let mark = self.expr_scratch.len();
        for expression in expressions {
            let id = self.expr(expression);
            self.expr_scratch.push(id);
        }
        self.list_since(mark)
    }

    /// Makes a list of what was put on the scratch stack since `mark`.
    fn list_since(&mut self, mark: usize) -> Run {
        let start = self.body.lists.len() as u32;
        self.body.lists.extend(self.expr_scratch.drain(mark..));
        Run {
            start,
            len: self.body.lists.len() as u32 - start,
        }
    }

    fn arguments(&mut self, arguments: &'a ast::Arguments) -> Vec<Argument> {
        let mut lowered = Vec::with_capacity(arguments.args.len() + arguments.keywords.len());
        for argument in &arguments.args {
            lowered.push(Argument {
                keyword: None,
                value: self.expr(argument),
            });
        }
        for keyword in &arguments.keywords {
            let value = self.expr(&keyword.value);
            lowered.push(match &keyword.arg {
                Some(name) => Argument {
                    keyword: Some(self.name(name)),
                    value,
                },
                None => Argument {
                    keyword: None,
                    value: self.push(Expr::DoubleStarred(value), keyword.range),
                },
            });
        }
        lowered
    }

    fn expr(&mut self, expression: &'a ast::Expr) -> ExprId {
        if self.depth >= MAX_DEPTH {
            return self.push(Expr::Unknown, expression.range());
        }
        self.depth += 1;
        let id = self.expr_within(expression);
        self.depth -= 1;
        id
    }

    fn expr_within(&mut self, expression: &'a ast::Expr) -> ExprId {
        let lowered = match expression {
            ast::Expr::Name(expr) => Expr::Name(self.name(&expr.id)),
            ast::Expr::Attribute(expr) => {
                let value = self.expr(&expr.value);
                Expr::Attribute(value, self.name(&expr.attr))
            }
            ast::Expr::Call(expr) => {
                let callee = self.expr(&expr.func);
                let arguments = self.arguments(&expr.arguments);
                Expr::Call(callee, append(&mut self.body.arguments, arguments))
            }
            ast::Expr::StringLiteral(expr) => Expr::Str(self.name(expr.value.to_str())),
            ast::Expr::BytesLiteral(_) => Expr::Bytes,
            ast::Expr::NumberLiteral(expr) => {
                match expr.value.as_int().and_then(ast::Int::as_i64) {
                    Some(value) => Expr::Int(value),
                    None => Expr::Number(self.name(Span::from(expr.range).text(self.text))),
                }
            }
            ast::Expr::BooleanLiteral(expr) => Expr::Bool(expr.value),
            ast::Expr::NoneLiteral(_) => Expr::None,
            ast::Expr::EllipsisLiteral(_) => Expr::Ellipsis,
            ast::Expr::FString(expr) => self.f_string(expr),
            ast::Expr::List(expr) => Expr::List(self.exprs(&expr.elts)),
            ast::Expr::Tuple(expr) => Expr::Tuple(self.exprs(&expr.elts)),
            ast::Expr::Set(expr) => Expr::Set(self.exprs(&expr.elts)),
            ast::Expr::Dict(expr) => self.dict(expr),
            ast::Expr::Subscript(expr) => {
                let value = self.expr(&expr.value);
                Expr::Subscript(value, self.expr(&expr.slice))
            }
            ast::Expr::Slice(expr) => Expr::Slice(
                expr.lower.as_deref().map(|bound| self.expr(bound)),
                expr.upper.as_deref().map(|bound| self.expr(bound)),
                expr.step.as_deref().map(|bound| self.expr(bound)),
            ),
            ast::Expr::Starred(expr) => Expr::Starred(self.expr(&expr.value)),
            ast::Expr::BinOp(expr) => return self.binary(expr),
            ast::Expr::UnaryOp(expr) => self.unary(expr),
            ast::Expr::BoolOp(expr) => {
                let operands = self.exprs(&expr.values);
                if expr.op == ast::BoolOp::And {
                    Expr::And(operands)
                } else {
                    Expr::Or(operands)
                }
            }
            ast::Expr::Compare(expr) => return self.compare(expr),
            ast::Expr::If(expr) => Expr::Conditional {
                test: self.expr(&expr.test),
                body: self.expr(&expr.body),
                orelse: self.expr(&expr.orelse),
            },
            ast::Expr::Lambda(expr) => return self.lambda(expr),
            ast::Expr::ListComp(expr) => {
                self.comprehension(ComprehensionKind::List, &expr.elt, &expr.generators)
            }
            ast::Expr::SetComp(expr) => {
                self.comprehension(ComprehensionKind::Set, &expr.elt, &expr.generators)
            }
            ast::Expr::Generator(expr) => {
                self.comprehension(ComprehensionKind::Generator, &expr.elt, &expr.generators)
            }
            ast::Expr::DictComp(expr) => {
                let clauses = self.clauses(&expr.generators);
                let key = match expr.key.as_deref() {
                    Some(key) => self.expr(key),
                    None => self.push(Expr::Unpacking, expr.value.range()),
                };
                let value = self.expr(&expr.value);
                let pair = self.push(Expr::Pair(key, value), expr.value.range());
                Expr::Comprehension(ComprehensionKind::Dict, pair, clauses)
            }
            ast::Expr::Await(expr) => Expr::Await(self.expr(&expr.value)),
            ast::Expr::Yield(expr) => {
                self.yields = true;
                Expr::Yield(expr.value.as_deref().map(|value| self.expr(value)))
            }
            ast::Expr::YieldFrom(expr) => {
                self.yields = true;
                Expr::YieldFrom(self.expr(&expr.value))
            }
            ast::Expr::Named(expr) => {
                let value = self.expr(&expr.value);
                Expr::Named(self.expr(&expr.target), value)
            }
            ast::Expr::TString(_) | ast::Expr::IpyEscapeCommand(_) => Expr::Unknown,
        };
        self.push(lowered, expression.range())
    }

    /// Operators lean left, so long chains are walked along their spine rather than recursed into.
    fn binary(&mut self, expression: &'a ast::ExprBinOp) -> ExprId {
        let mut spine = vec![expression];
        while let ast::Expr::BinOp(left) = &*spine[spine.len() - 1].left {
            spine.push(left);
        }
        let Some(innermost) = spine.last().filter(|_| spine.len() <= MAX_CHAIN) else {
            return self.push(Expr::Unknown, expression.range);
        };
        let mut left = self.expr(&innermost.left);
        for operation in spine.into_iter().rev() {
            let right = self.expr(&operation.right);
            left = self.push(
                Expr::Binary(binary_op(operation.op), left, right),
                operation.range,
            );
        }
        left
    }

    fn unary(&mut self, expr: &'a ast::ExprUnaryOp) -> Expr {
        let operand = self.expr(&expr.operand);
        match (expr.op, self.body.exprs[operand.index()]) {
            (ast::UnaryOp::USub, Expr::Int(value)) => Expr::Int(value.wrapping_neg()),
            (ast::UnaryOp::USub, _) => Expr::Unary(UnaryOp::Minus, operand),
            (ast::UnaryOp::UAdd, _) => Expr::Unary(UnaryOp::Plus, operand),
            (ast::UnaryOp::Not, _) => Expr::Unary(UnaryOp::Not, operand),
            (ast::UnaryOp::Invert, _) => Expr::Unary(UnaryOp::Invert, operand),
        }
    }

    fn compare(&mut self, expr: &'a ast::ExprCompare) -> ExprId {
        let mark = self.expr_scratch.len();
        let mut left = self.expr(&expr.left);
        let mut left_range = expr.left.range();
        for (op, comparator) in expr.ops.iter().zip(&expr.comparators) {
            let right = self.expr(comparator);
            let range = left_range.cover(comparator.range());
            let id = self.push(Expr::Compare(compare_op(*op), left, right), range);
            self.expr_scratch.push(id);
            (left, left_range) = (right, comparator.range());
        }
        if let [.., only] = self.expr_scratch[mark..]
            && self.expr_scratch.len() == mark + 1
        {
            self.expr_scratch.truncate(mark);
            return only;
        }
        let operands = self.list_since(mark);
        self.push(Expr::And(operands), expr.range)
    }

    fn dict(&mut self, expr: &'a ast::ExprDict) -> Expr {
        let mark = self.expr_scratch.len();
        for item in &expr.items {
            let key = match &item.key {
                Some(key) => self.expr(key),
                None => self.push(Expr::Unpacking, item.value.range()),
            };
            let value = self.expr(&item.value);
            self.expr_scratch.extend([key, value]);
        }
        Expr::Dict(self.list_since(mark))
    }

    fn f_string(&mut self, expr: &'a ast::ExprFString) -> Expr {
        let mark = self.expr_scratch.len();
        for part in expr.value.iter() {
            match part {
                ast::FStringPart::Literal(literal) => {
                    let name = self.name(&literal.value);
                    let id = self.push(Expr::Str(name), literal.range);
                    self.expr_scratch.push(id);
                }
                ast::FStringPart::FString(string) => self.f_string_elements(&string.elements),
            }
        }
        Expr::FString(self.list_since(mark))
    }

    fn f_string_elements(&mut self, elements: &'a ast::InterpolatedStringElements) {
        for element in elements {
            let id = match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    let name = self.name(&literal.value);
                    self.push(Expr::Str(name), literal.range)
                }
                ast::InterpolatedStringElement::Interpolation(element) => {
                    let value = self.expr(&element.expression);
                    let plain = element.format_spec.is_none() && element.debug_text.is_none();
                    self.push(Expr::Formatted { value, plain }, element.range)
                }
            };
            self.expr_scratch.push(id);
        }
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: &'a ast::Expr,
        generators: &'a [ast::Comprehension],
    ) -> Expr {
        let clauses = self.clauses(generators);
        Expr::Comprehension(kind, self.expr(element), clauses)
    }

    fn clauses(&mut self, generators: &'a [ast::Comprehension]) -> Run {
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            let iter = self.expr(&generator.iter);
            let target = self.expr(&generator.target);
            let conditions = self.exprs(&generator.ifs);
            clauses.push(Clause {
                target,
                iter,
                conditions,
                is_async: generator.is_async,
            });
        }
        append(&mut self.body.clauses, clauses)
    }

    // ---- patterns ----

    fn patterns(&mut self, patterns: &'a [ast::Pattern]) -> Run {
        let mark = self.expr_scratch.len();
        for pattern in patterns {
            let id = self.pattern(pattern);
            self.expr_scratch.push(id);
        }
        self.list_since(mark)
    }

    fn pattern(&mut self, pattern: &'a ast::Pattern) -> ExprId {
        if self.depth >= MAX_DEPTH {
            return self.push(Expr::Unknown, pattern.range());
        }
        self.depth += 1;
        let lowered = self.pattern_within(pattern);
        self.depth -= 1;
        self.push(lowered, pattern.range())
    }

    fn pattern_within(&mut self, pattern: &'a ast::Pattern) -> Expr {
        match pattern {
            ast::Pattern::MatchValue(pattern) => {
                let id = self.expr(&pattern.value);
                self.body.exprs[id.index()]
            }
            ast::Pattern::MatchSingleton(pattern) => match pattern.value {
                ast::Singleton::None => Expr::None,
                ast::Singleton::True => Expr::Bool(true),
                ast::Singleton::False => Expr::Bool(false),
            },
            ast::Pattern::MatchSequence(pattern) => Expr::List(self.patterns(&pattern.patterns)),
            ast::Pattern::MatchMapping(pattern) => {
                let mark = self.expr_scratch.len();
                for (key, value) in pattern.keys.iter().zip(&pattern.patterns) {
                    let key = self.expr(key);
                    let value = self.pattern(value);
                    self.expr_scratch.extend([key, value]);
                }
                Expr::Dict(self.list_since(mark))
            }
            ast::Pattern::MatchClass(pattern) => {
                let callee = self.expr(&pattern.cls);
                let mut arguments = Vec::new();
                for positional in &pattern.arguments.patterns {
                    arguments.push(Argument {
                        keyword: None,
                        value: self.pattern(positional),
                    });
                }
                for keyword in &pattern.arguments.keywords {
                    let name = self.name(&keyword.attr);
                    arguments.push(Argument {
                        keyword: Some(name),
                        value: self.pattern(&keyword.pattern),
                    });
                }
                Expr::Call(callee, append(&mut self.body.arguments, arguments))
            }
            ast::Pattern::MatchStar(pattern) => match &pattern.name {
                Some(identifier) => {
                    let name = self.name(identifier);
                    Expr::Starred(self.push(Expr::Name(name), identifier.range))
                }
                None => Expr::Ellipsis,
            },
            ast::Pattern::MatchAs(pattern) => {
                let captured = pattern.name.as_ref().map(|identifier| {
                    let name = self.name(identifier);
                    self.push(Expr::Name(name), identifier.range)
                });
                match (&pattern.pattern, captured) {
                    (Some(inner), Some(name)) => {
                        let inner = self.pattern(inner);
                        Expr::Named(name, inner)
                    }
                    (None, Some(name)) => self.body.exprs[name.index()],
                    _ => Expr::Ellipsis,
                }
            }
            ast::Pattern::MatchOr(pattern) => {
                let mut alternatives = pattern.patterns.iter();
                let Some(first) = alternatives.next() else {
                    return Expr::Unknown;
                };
                let mut left = self.pattern(first);
                for alternative in alternatives {
                    let right = self.pattern(alternative);
                    left = self.push(
                        Expr::Binary(BinaryOp::BitOr, left, right),
                        alternative.range(),
                    );
                }
                self.body.exprs[left.index()]
            }
        }
    }
}

/// Appends `values` to a side table and says where they went.
fn append<T>(table: &mut Vec<T>, values: Vec<T>) -> Run {
    let run = Run {
        start: table.len() as u32,
        len: values.len() as u32,
    };
    table.extend(values);
    run
}

fn is_type_checking(test: &ast::Expr) -> bool {
    match test {
        ast::Expr::Name(name) => name.id == "TYPE_CHECKING",
        ast::Expr::Attribute(attribute) => &attribute.attr == "TYPE_CHECKING",
        _ => false,
    }
}

fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mult,
        ast::Operator::MatMult => BinaryOp::MatMult,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::LShift,
        ast::Operator::RShift => BinaryOp::RShift,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn compare_op(op: ast::CmpOp) -> CompareOp {
    match op {
        ast::CmpOp::Eq => CompareOp::Eq,
        ast::CmpOp::NotEq => CompareOp::NotEq,
        ast::CmpOp::Lt => CompareOp::Lt,
        ast::CmpOp::LtE => CompareOp::LtE,
        ast::CmpOp::Gt => CompareOp::Gt,
        ast::CmpOp::GtE => CompareOp::GtE,
        ast::CmpOp::Is => CompareOp::Is,
        ast::CmpOp::IsNot => CompareOp::IsNot,
        ast::CmpOp::In => CompareOp::In,
        ast::CmpOp::NotIn => CompareOp::NotIn,
    }
}

//! Statements.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use super::super::ids::{ImportId, Run, StmtId};
use super::super::ir::{
    Case, Expr, Handler, Import, ImportContext, ImportKind, Stmt, Try, WithItem,
};
use super::expressions::binary_op;
use super::{Lowerer, MAX_DEPTH, append};

impl<'a> Lowerer<'a> {
    pub(super) fn push_stmt(&mut self, stmt: Stmt, range: TextRange) -> StmtId {
        let span = self.relative(range);
        self.body.stmts.push(stmt);
        self.body.stmt_spans.push(span);
        StmtId::new(self.body.stmts.len() - 1)
    }

    pub(super) fn block(&mut self, statements: &'a [ast::Stmt]) -> Run {
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
    pub(super) fn block_in(&mut self, context: ImportContext, statements: &'a [ast::Stmt]) -> Run {
        let outer = self.import_context;
        if outer != ImportContext::TypeChecking {
            self.import_context = context;
        }
        let run = self.block(statements);
        self.import_context = outer;
        run
    }

    /// `None` for statements that say nothing: docstrings and other bare constants.
    pub(super) fn stmt(&mut self, statement: &'a ast::Stmt) -> Option<Stmt> {
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

    pub(super) fn if_stmt(&mut self, stmt: &'a ast::StmtIf) -> Stmt {
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

    pub(super) fn with_stmt(&mut self, stmt: &'a ast::StmtWith) -> Stmt {
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

    pub(super) fn try_stmt(&mut self, stmt: &'a ast::StmtTry) -> Stmt {
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

    pub(super) fn match_stmt(&mut self, stmt: &'a ast::StmtMatch) -> Stmt {
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

    pub(super) fn import_stmt(&mut self, stmt: &'a ast::StmtImport) -> Stmt {
        let first = ImportId::new(self.imports.len());
        for alias in &stmt.names {
            let module = self.name(&alias.name);
            let (binds, kind) = if let Some(asname) = &alias.asname {
                (self.name(asname), ImportKind::ModuleAs)
            } else {
                let head = alias.name.split('.').next().unwrap_or_default();
                (self.name(head), ImportKind::Module)
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

    pub(super) fn import_from_stmt(&mut self, stmt: &'a ast::StmtImportFrom) -> Stmt {
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
    pub(super) fn import_at(&mut self, range: TextRange) -> Import {
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

    pub(super) fn identifiers(&mut self, names: &'a [ast::Identifier]) -> Run {
        let mut ids = Vec::with_capacity(names.len());
        for identifier in names {
            let name = self.name(identifier);
            ids.push(self.push(Expr::Name(name), identifier.range));
        }
        append(&mut self.body.lists, ids)
    }
}

fn is_type_checking(test: &ast::Expr) -> bool {
    match test {
        ast::Expr::Name(name) => name.id == "TYPE_CHECKING",
        ast::Expr::Attribute(attribute) => &attribute.attr == "TYPE_CHECKING",
        _ => false,
    }
}

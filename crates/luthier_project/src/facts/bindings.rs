//! Which names a scope binds, and to what.

use super::ids::{ExprId, ImportId, Name, Run};
use super::ir::{Binding, BindingKind, Body, Class, Expr, Function, Import, Stmt};

/// Fills in the bindings of `body`, in order of its statements, those in nested blocks included.
pub(super) fn collect(body: &mut Body, declared: Declared<'_>) {
    let bindings = std::mem::take(&mut body.bindings);
    let mut collector = Collector {
        body,
        declared,
        bindings,
    };
    collector.block(body.top, false);
    body.bindings = collector.bindings;
}

/// What the file has declared so far; what `body` itself holds is complete.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a> {
    pub(super) classes: &'a [Option<Class>],
    pub(super) functions: &'a [Option<Function>],
    pub(super) imports: &'a [Import],
}

struct Collector<'a> {
    body: &'a Body,
    declared: Declared<'a>,
    bindings: Vec<Binding>,
}

impl Collector<'_> {
    fn bind(&mut self, name: Name, kind: BindingKind, conditional: bool) {
        self.bindings.push(Binding {
            name,
            kind,
            conditional,
        });
    }

    fn block(&mut self, run: Run, conditional: bool) {
        let body = self.body;
        for &id in &body.blocks[run.range()] {
            let other = BindingKind::Other(id);
            match body.stmts[id.index()] {
                Stmt::Class(class) => {
                    if let Some(declared) = &self.declared.classes[class.index()] {
                        self.bind(declared.name, BindingKind::Class(class), conditional);
                    }
                }
                Stmt::Function(function) => {
                    if let Some(declared) = &self.declared.functions[function.index()] {
                        self.bind(declared.name, BindingKind::Function(function), conditional);
                    }
                }
                Stmt::Import { first, count } => {
                    for index in first.index()..first.index() + count as usize {
                        let kind = BindingKind::Import(ImportId::new(index));
                        self.bind(self.declared.imports[index].binds, kind, conditional);
                    }
                }
                Stmt::Assign { targets, value } => {
                    for &target in &body.lists[targets.range()] {
                        match body.exprs[target.index()] {
                            Expr::Name(name) => {
                                self.bind(name, BindingKind::Value(value), conditional);
                            }
                            _ => self.target(target, other, conditional),
                        }
                    }
                }
                Stmt::Annotated { target, value, .. } => {
                    self.target(target, value.map_or(other, BindingKind::Value), conditional);
                }
                Stmt::Augmented { target, .. } => self.target(target, other, conditional),
                Stmt::For {
                    target,
                    body,
                    orelse,
                    ..
                } => {
                    self.target(target, other, conditional);
                    self.block(body, true);
                    self.block(orelse, true);
                }
                Stmt::While { body, orelse, .. } | Stmt::If { body, orelse, .. } => {
                    self.block(body, true);
                    self.block(orelse, true);
                }
                Stmt::With {
                    items, body: block, ..
                } => {
                    for item in &body.with_items[items.range()] {
                        if let Some(target) = item.target {
                            self.target(target, other, conditional);
                        }
                    }
                    self.block(block, conditional);
                }
                Stmt::Try(index) => {
                    let attempt = body.tries[index as usize];
                    self.block(attempt.body, conditional);
                    for handler in &body.handlers[attempt.handlers.range()] {
                        if let Some(name) = handler.name {
                            self.bind(name, other, true);
                        }
                        self.block(handler.body, true);
                    }
                    self.block(attempt.orelse, conditional);
                    self.block(attempt.finally, conditional);
                }
                Stmt::Match { cases, .. } => {
                    for case in &body.cases[cases.range()] {
                        self.block(case.body, true);
                    }
                }
                Stmt::TypeAlias { name, value } => {
                    self.target(name, BindingKind::Value(value), conditional);
                }
                _ => {}
            }
        }
    }

    fn target(&mut self, target: ExprId, kind: BindingKind, conditional: bool) {
        match self.body.exprs[target.index()] {
            Expr::Name(name) => self.bind(name, kind, conditional),
            Expr::Starred(inner) => self.target(inner, kind, conditional),
            Expr::Tuple(run) | Expr::List(run) => {
                for &element in &self.body.lists[run.range()] {
                    self.target(element, kind, conditional);
                }
            }
            _ => {}
        }
    }
}

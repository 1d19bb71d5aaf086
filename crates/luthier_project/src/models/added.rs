//! Fields that code adds to models from outside: `field.contribute_to_class(Order, "total")` and
//! `Order.add_to_class("total", field)` at the top of a module that is loaded, or in a decorator of
//! the model.

use luthier_source::Sources;

use super::build::Builder;
use super::declare::{Declarations, Declarer};
use super::evaluate::Scope;
use super::{Field, ModelId};
use crate::constant::Constant;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Run, Stmt};
use crate::modules::{ClassRef, Definition, ModuleId, ValueRef};
use crate::settings;

/// What the names of the methods have in common.
const METHODS: &str = "_to_class";

/// Loops over more than this leave the model open.
const MAX_ROUNDS: usize = 500;

/// Adds what one module adds; a model of which that cannot be told gets open.
pub(super) fn add_from_outside(builder: &mut Builder<'_>, sources: &Sources, module: ModuleId) {
    add_by_decorators(builder, sources, module);
    let facts = builder.modules.facts(module);
    if !facts.names.mention(METHODS) {
        return;
    }
    let body = facts.module();
    let mut walk = Walk {
        builder,
        sources,
        module,
        loop_variable: None,
        decorated: None,
    };
    walk.block(body, body.body().top);
}

/// Adds what the decorators of the module's classes add to them.
fn add_by_decorators(builder: &mut Builder<'_>, sources: &Sources, module: ModuleId) {
    let modules = builder.modules;
    let facts = modules.facts(module);
    for (class, declared) in facts.class_ids().zip(&facts.classes) {
        // The one next to the class is run first.
        for &decorator in declared.decorators.iter().rev() {
            let decorator = facts.body(declared.scope).expr(decorator);
            let Definition::Function(function) = modules.resolve_expr(module, decorator) else {
                continue;
            };
            let facts = modules.facts(function.module);
            let Some(parameter) = facts.function(function.function).params.first() else {
                continue;
            };
            if !facts.names.mention(METHODS) {
                continue;
            }
            let body = modules.function_body(function);
            let mut walk = Walk {
                builder,
                sources,
                module: function.module,
                loop_variable: None,
                decorated: Some((facts.text(parameter.name), ClassRef { module, class })),
            };
            walk.block(body, body.body().top);
        }
    }
}

struct Walk<'w, 'b, 'a> {
    builder: &'w mut Builder<'b>,
    sources: &'w Sources,
    module: ModuleId,
    loop_variable: Option<Bound<'a>>,
    /// The parameter of the decorator that is run, with the class that it stands for.
    decorated: Option<(&'a str, ClassRef)>,
}

/// The variable of the loop that is run.
struct Bound<'a> {
    name: &'a str,
    value: Constant,
}

impl Scope for Option<Bound<'_>> {
    fn name(&self, name: &str) -> Option<Constant> {
        let bound = self.as_ref().filter(|bound| bound.name == name)?;
        Some(bound.value.clone())
    }
}

impl<'b: 'a, 'a> Walk<'_, 'b, 'a> {
    fn block(&mut self, body: BodyRef<'a>, run: Run) {
        for statement in body.block(run) {
            match statement.kind() {
                Stmt::Expr(expr) => {
                    if let Some(call) = body.expr(expr).as_call() {
                        self.call(call);
                    }
                }
                Stmt::For {
                    target,
                    iter,
                    body: inner,
                    ..
                } => self.repeat(body, body.expr(target), body.expr(iter), inner),
                Stmt::If {
                    test,
                    body: then,
                    orelse,
                } => {
                    let evaluator = self.builder.evaluator;
                    let truth = evaluator.value(self.module, body.expr(test)).truth();
                    if truth != Some(false) {
                        self.block(body, then);
                    }
                    if truth != Some(true) {
                        self.block(body, orelse);
                    }
                }
                Stmt::Try(index) => self.block(body, body.body().tries[index as usize].body),
                _ => {}
            }
        }
    }

    fn repeat(&mut self, body: BodyRef<'a>, target: ExprRef<'a>, iter: ExprRef<'a>, run: Run) {
        let rounds = target
            .as_name()
            .and_then(|name| Some((name, self.elements(iter)?)))
            .filter(|(_, elements)| elements.len() <= MAX_ROUNDS);
        let Some((name, elements)) = rounds else {
            self.loop_variable = target.as_name().map(|name| Bound {
                name,
                value: Constant::Unknown,
            });
            self.block(body, run);
            self.loop_variable = None;
            return;
        };
        for value in elements {
            self.loop_variable = Some(Bound { name, value });
            self.block(body, run);
        }
        self.loop_variable = None;
    }

    /// What a loop goes over: spelled out, else worked out by running the module that makes it.
    fn elements(&self, iter: ExprRef<'a>) -> Option<Vec<Constant>> {
        let spelled = match self.builder.evaluator.value(self.module, iter) {
            Constant::List(items) => Some(items),
            // A display that starts empty is filled later.
            Constant::Dict(entries) if !entries.is_empty() => {
                let keys = entries.into_iter().map(|(key, _)| Constant::Str(key));
                Some(keys.collect())
            }
            _ => None,
        };
        if let Some(spelled) = spelled.filter(|spelled| !spelled.is_empty()) {
            return Some(spelled);
        }
        let modules = self.builder.modules;
        let (module, name) = match modules.resolve_expr(self.module, iter) {
            Definition::Value(value) => (value.module, iter.dotted()?),
            _ => return None,
        };
        let name = name.rsplit('.').next()?.to_owned();
        let strings = settings::strings_of(modules, self.sources, module, &name)?;
        Some(strings.into_iter().map(Constant::Str).collect())
    }

    fn call(&mut self, call: CallRef<'a>) {
        let Some((owner, method)) = call.callee.as_attribute() else {
            return;
        };
        let mut arguments = call.positional();
        let (Some(first), Some(second)) = (arguments.next(), arguments.next()) else {
            return;
        };
        let (field, model, name) = match method {
            "contribute_to_class" => (owner, first, second),
            "add_to_class" => (second, owner, first),
            _ => return,
        };
        let Some(class) = self.class(model) else {
            return;
        };
        let Some(id) = self.builder.graph.by_class(class) else {
            return;
        };
        let evaluator = self.builder.evaluator;
        let name = evaluator.value_in(self.module, name, &self.loop_variable);
        match name.as_str() {
            Some(name) => self.add(id, name, field),
            None => self.builder.graph.get_mut(id).is_open = true,
        }
    }

    fn class(&self, model: ExprRef<'a>) -> Option<ClassRef> {
        match (self.decorated, model.as_name()) {
            (Some((parameter, class)), Some(name)) if name == parameter => Some(class),
            _ => match self.builder.modules.resolve_expr(self.module, model) {
                Definition::Class(class) => Some(class),
                _ => None,
            },
        }
    }

    fn add(&mut self, id: ModelId, name: &str, field: ExprRef<'a>) {
        let modules = self.builder.modules;
        let place = match (field.kind(), modules.resolve_expr(self.module, field)) {
            (Expr::Call(..), _) => ValueRef::of(self.module, field),
            (_, Definition::Value(value)) => value,
            // A property or a method is no field.
            (Expr::Lambda(_), _) | (_, Definition::Function(_) | Definition::Class(_)) => return,
            _ => {
                self.builder.graph.get_mut(id).is_open = true;
                return;
            }
        };
        let Some(class) = self.builder.graph.get(id).class else {
            return;
        };
        let mut made = Declarations::default();
        let declarer = Declarer {
            evaluator: self.builder.evaluator,
            classes: &self.builder.classes,
        };
        declarer.value(class, name, place.module, place.body, place.expr, &mut made);
        let model = self.builder.graph.get_mut(id);
        let is_new = |field: &Field| model.fields.iter().all(|known| known.name != field.name);
        let (private, local): (Vec<Field>, Vec<Field>) = made
            .fields
            .into_iter()
            .filter(is_new)
            .partition(|field| field.kind.is_private());
        model.fields.extend(local);
        model.private_fields.extend(private);
    }
}

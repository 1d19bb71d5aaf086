//! What an expression in a model's code comes to, as far as no running is needed to tell.

use std::sync::Arc;

use crate::apps::Configured;
use crate::constant::{Constant, binary, compare, join};
use crate::facts::ir::BindingKind;
use crate::facts::{BodyId, BodyRef, Expr, ExprRef, Stmt, StmtRef};
use crate::modules::{Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// Values are followed through this many names and calls.
const MAX_DEPTH: u32 = 16;

/// Names bound outside the code that is looked at: parameters of a constructor being followed.
pub(super) trait Scope {
    fn name(&self, name: &str) -> Option<Constant>;
}

/// No names but those of the module.
pub(super) struct Bare;

impl Scope for Bare {
    fn name(&self, _: &str) -> Option<Constant> {
        None
    }
}

/// Works values out.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'a> {
    pub(crate) modules: &'a Modules,
    pub(crate) settings: &'a Configured,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn value(self, module: ModuleId, expr: ExprRef<'a>) -> Constant {
        self.within(module, expr, &Bare, MAX_DEPTH)
    }

    pub(super) fn value_in(
        self,
        module: ModuleId,
        expr: ExprRef<'a>,
        scope: &dyn Scope,
    ) -> Constant {
        self.within(module, expr, scope, MAX_DEPTH)
    }

    fn definition(self, definition: Definition, depth: u32) -> Constant {
        match definition {
            Definition::Class(class) => Constant::Class(class),
            Definition::Function(function) => Constant::Function(function),
            Definition::Value(value) => {
                let begun = self.within(value.module, self.modules.value(value), &Bare, depth);
                let may_change = matches!(begun, Constant::List(_) | Constant::Dict(_));
                match may_change && self.is_changed_later(value) {
                    true => Constant::Unknown,
                    false => begun,
                }
            }
            Definition::External(name) if name == "typing.TYPE_CHECKING" => Constant::Bool(false),
            Definition::External(name) => Constant::External(name.into()),
            Definition::Module(_) | Definition::Unknown => Constant::Unknown,
        }
    }

    /// Whether the module that a list or dict stands in changes it in a loop or under a condition.
    fn is_changed_later(self, value: ValueRef) -> bool {
        let body = self.modules.facts(value.module).body(value.body);
        let mut bindings = body.body().bindings.iter();
        body.id == BodyId::MODULE
            && bindings.any(|binding| {
                let is_it = matches!(binding.kind, BindingKind::Value(expr) if expr == value.expr);
                is_it && is_changed_in_blocks(body, body.facts.text(binding.name))
            })
    }

    fn within(
        self,
        module: ModuleId,
        expr: ExprRef<'a>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Constant {
        let Some(depth) = depth.checked_sub(1) else {
            return Constant::Unknown;
        };
        let some = || Constant::Some(ValueRef::of(module, expr));
        let facts = expr.facts();
        match expr.kind() {
            Expr::None => Constant::None,
            Expr::Bool(value) => Constant::Bool(value),
            Expr::Int(value) => Constant::Int(value),
            Expr::Number(text) => Constant::Number(facts.text(text).into()),
            Expr::Str(text) => Constant::Str(facts.text(text).into()),
            Expr::List(run) | Expr::Tuple(run) | Expr::Set(run) => {
                let items = expr.body.list(run);
                Constant::List(self.items(module, items, scope, depth))
            }
            Expr::Dict(_) => self.dict(module, expr, scope, depth),
            Expr::Name(name) => match scope.name(facts.text(name)) {
                Some(value) => value,
                None => self.definition(self.modules.resolve_expr(module, expr), depth),
            },
            Expr::Attribute(value, name) => {
                self.attribute(module, expr, expr.at(value), facts.text(name), depth)
            }
            Expr::FString(run) => {
                let parts = self.items(module, expr.body.list(run), scope, depth);
                join(&parts).unwrap_or_else(some)
            }
            Expr::Formatted { value, plain: true } => {
                self.within(module, expr.at(value), scope, depth)
            }
            Expr::Binary(op, left, right) => {
                let left = self.within(module, expr.at(left), scope, depth);
                let right = self.within(module, expr.at(right), scope, depth);
                binary(op, &left, &right).unwrap_or(Constant::Unknown)
            }
            Expr::Unary(crate::facts::ir::UnaryOp::Not, value) => {
                let value = self.within(module, expr.at(value), scope, depth);
                value
                    .truth()
                    .map_or(Constant::Unknown, |truth| Constant::Bool(!truth))
            }
            Expr::Conditional { test, body, orelse } => {
                match self.within(module, expr.at(test), scope, depth).truth() {
                    Some(true) => self.within(module, expr.at(body), scope, depth),
                    Some(false) => self.within(module, expr.at(orelse), scope, depth),
                    None => Constant::Unknown,
                }
            }
            Expr::Compare(op, left, right) => {
                let left = self.within(module, expr.at(left), scope, depth);
                let right = self.within(module, expr.at(right), scope, depth);
                compare(op, &left, &right).map_or(Constant::Unknown, Constant::Bool)
            }
            Expr::And(run) => {
                let mut last = Constant::Unknown;
                for operand in expr.body.list(run) {
                    last = self.within(module, operand, scope, depth);
                    match last.truth() {
                        Some(true) => {}
                        Some(false) => return last,
                        None => return Constant::Unknown,
                    }
                }
                last
            }
            Expr::Or(run) => {
                let mut last = Constant::Unknown;
                for operand in expr.body.list(run) {
                    last = self.within(module, operand, scope, depth);
                    match last.truth() {
                        Some(false) => {}
                        Some(true) => return last,
                        None => return Constant::Unknown,
                    }
                }
                last
            }
            Expr::Call(..) => self.call(module, expr, scope, depth).unwrap_or_else(some),
            Expr::Lambda(_) | Expr::Bytes(_) | Expr::Comprehension(..) | Expr::Ellipsis => some(),
            _ => Constant::Unknown,
        }
    }

    fn items(
        self,
        module: ModuleId,
        items: impl Iterator<Item = ExprRef<'a>>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Vec<Constant> {
        let mut values = Vec::new();
        for item in items {
            match item.kind() {
                Expr::Starred(inner) => match self.within(module, item.at(inner), scope, depth) {
                    Constant::List(inner) => values.extend(inner),
                    _ => values.push(Constant::Unknown),
                },
                _ => values.push(self.within(module, item, scope, depth)),
            }
        }
        values
    }

    fn dict(self, module: ModuleId, expr: ExprRef<'a>, scope: &dyn Scope, depth: u32) -> Constant {
        let mut entries = Vec::new();
        for (key, value) in expr.items().into_iter().flatten() {
            let value = self.within(module, value, scope, depth);
            match (key, value) {
                (None, Constant::Dict(inner)) => entries.extend(inner),
                (None, _) => return Constant::Unknown,
                (Some(key), value) => {
                    if let Constant::Str(key) = self.within(module, key, scope, depth) {
                        entries.push((key, value));
                    }
                }
            }
        }
        Constant::Dict(entries)
    }

    fn attribute(
        self,
        module: ModuleId,
        expr: ExprRef<'a>,
        owner: ExprRef<'a>,
        name: &str,
        depth: u32,
    ) -> Constant {
        if self.modules.is_settings(module, owner) {
            return self.settings.value(name);
        }
        match self.modules.resolve_expr(module, expr) {
            Definition::Unknown => {}
            found => return self.definition(found, depth),
        }
        match name {
            "vendor" if self.is_connection(module, owner) => self.settings.vendor(),
            // Whatever stands for the settings here, the name means the same.
            "AUTH_USER_MODEL" => self.settings.value(name),
            // `Status.DRAFT.value`
            "value" => self.within(module, owner, &Bare, depth),
            "__name__" => match self.within(module, owner, &Bare, depth) {
                Constant::Class(class) => Constant::Str(self.modules.class_name(class).into()),
                _ => Constant::Unknown,
            },
            _ => Constant::Unknown,
        }
    }

    /// Whether an expression is `django.db.connection`.
    fn is_connection(self, module: ModuleId, expr: ExprRef<'a>) -> bool {
        match self.modules.resolve_expr(module, expr) {
            Definition::Value(value) => self.modules.get(value.module).name == "django.db",
            Definition::External(name) => name == "django.db.connection",
            _ => false,
        }
    }

    fn call(
        self,
        module: ModuleId,
        expr: ExprRef<'a>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Option<Constant> {
        let call = expr.as_call()?;
        if let Some((owner, method)) = call.callee.as_attribute()
            && let Constant::Str(text) = self.string_receiver(module, owner, scope, depth)
        {
            return self.string_method(module, &text, method, call, scope, depth);
        }
        let definition = self.modules.resolve_expr(module, call.callee);
        let named = self.modules.qualified(&definition);
        let callee = named.or_else(|| lazily_translated(self.modules, &definition))?;
        let first = || call.positional().next();
        match callee.as_str() {
            "django.contrib.auth.get_user_model" => Some(self.settings.value("AUTH_USER_MODEL")),
            "builtins.getattr" => {
                let mut arguments = call.positional();
                let owner = arguments.next()?;
                let name = arguments.next()?;
                if !self.modules.is_settings(module, owner) {
                    return None;
                }
                let name = self.within(module, name, scope, depth);
                let name = name.as_str()?;
                match self.settings.value(name) {
                    Constant::Unknown
                        if self.settings.is_complete() && self.settings.get(name).is_none() =>
                    {
                        Some(self.within(module, arguments.next()?, scope, depth))
                    }
                    value => Some(value),
                }
            }
            "builtins.str" | "builtins.list" | "builtins.tuple" => {
                Some(self.within(module, first()?, scope, depth))
            }
            "builtins.dict" if !call.is_open() && first().is_none() => {
                let entries = call.keywords().map(|(name, value)| {
                    (Arc::from(name), self.within(module, value, scope, depth))
                });
                Some(Constant::Dict(entries.collect()))
            }
            name if name.starts_with("django.utils.translation.") => {
                let message = call.positional().nth(translated(name).unwrap_or(0))?;
                Some(self.within(module, message, scope, depth))
            }
            "social_core.utils.setting_name" => {
                let names = self.items(module, call.positional(), scope, depth);
                let mut setting = "SOCIAL_AUTH".to_owned();
                for name in &names {
                    setting.push('_');
                    setting.push_str(&name.as_str()?.to_uppercase().replace('-', "_"));
                }
                Some(Constant::Str(setting.into()))
            }
            "swapper.get_model_name" => {
                let mut parts = call.positional();
                let app = self.within(module, parts.next()?, scope, depth);
                let model = self.within(module, parts.next()?, scope, depth);
                Some(self.swappable(app.as_str()?, model.as_str()?))
            }
            _ => self.returned(module, call, depth),
        }
    }

    /// The setting that names the model standing in for a swappable one, or that model itself.
    fn swappable(self, app: &str, model: &str) -> Constant {
        let setting = format!("{}_{}_MODEL", app.to_uppercase(), model.to_uppercase());
        match self.settings.get(&setting) {
            Some(value) => value.clone(),
            None if self.settings.is_complete() => Constant::Str(format!("{app}.{model}").into()),
            None => Constant::Unknown,
        }
    }

    /// A call of a function that takes nothing and returns one thing.
    fn returned(
        self,
        module: ModuleId,
        call: crate::facts::CallRef<'a>,
        depth: u32,
    ) -> Option<Constant> {
        let Definition::Function(function) = self.modules.resolve_expr(module, call.callee) else {
            return None;
        };
        if !call.arguments().is_empty() {
            return None;
        }
        let value = only_return(self.modules, function)?;
        match self.within(function.module, value, &Bare, depth) {
            Constant::Unknown => None,
            known => Some(known),
        }
    }

    fn string_receiver(
        self,
        module: ModuleId,
        owner: ExprRef<'a>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Constant {
        match owner.kind() {
            Expr::Str(_) | Expr::Name(_) | Expr::Call(..) | Expr::Binary(..) => {
                self.within(module, owner, scope, depth)
            }
            _ => Constant::Unknown,
        }
    }

    fn string_method(
        self,
        module: ModuleId,
        text: &str,
        method: &str,
        call: crate::facts::CallRef<'a>,
        scope: &dyn Scope,
        depth: u32,
    ) -> Option<Constant> {
        let arguments = self.items(module, call.positional(), scope, depth);
        let texts = |items: &[Constant]| -> Option<Vec<Arc<str>>> {
            items.iter().map(Constant::as_text).collect()
        };
        if let ("join", [Constant::List(items)]) = (method, arguments.as_slice()) {
            return Some(Constant::Str(texts(items)?.join(text).into()));
        }
        let words = texts(&arguments)?;
        let words: Vec<&str> = words.iter().map(|word| &**word).collect();
        let changed = match (method, words.as_slice()) {
            ("lower", []) => text.to_lowercase(),
            ("upper", []) => text.to_uppercase(),
            ("replace", [from, to]) => text.replace(from, to),
            ("format", words) => {
                let mut parts = text.split("{}");
                let mut changed = parts.next().unwrap_or_default().to_owned();
                let mut words = words.iter();
                for part in parts {
                    changed.push_str(words.next()?);
                    changed.push_str(part);
                }
                changed
            }
            _ => return None,
        };
        Some(Constant::Str(changed.into()))
    }
}

/// Which argument of a function of `django.utils.translation` is the text that stays as it is while
/// migrations are written: no language is active then.
pub(crate) fn translated(function: &str) -> Option<usize> {
    match function.rsplit('.').next()? {
        "gettext" | "gettext_lazy" | "gettext_noop" => Some(0),
        "pgettext" | "pgettext_lazy" => Some(1),
        _ => None,
    }
}

/// The name of a function of `django.utils.translation` that is made by `lazy(gettext, str)`.
pub(crate) fn lazily_translated(modules: &Modules, definition: &Definition) -> Option<String> {
    let Definition::Value(value) = definition else {
        return None;
    };
    if modules.get(value.module).name != "django.utils.translation" {
        return None;
    }
    let call = modules.value(*value).as_call()?;
    let eager = call.positional().next()?.as_name()?;
    Some(format!("django.utils.translation.{eager}_lazy"))
}

/// Methods of lists and dicts that leave them as they are.
pub(crate) const KEEPING: &[&str] = &["copy", "count", "get", "index", "items", "keys", "values"];

/// Whether a loop, a condition or a `with` of a scope changes a list or dict of it: `rows.append(..)`,
/// `rows += ..`.
pub(crate) fn is_changed_in_blocks(body: BodyRef<'_>, name: &str) -> bool {
    let is_it = |expr: ExprRef<'_>| expr.as_name() == Some(name);
    let changes = |statement: StmtRef<'_>| match statement.kind() {
        Stmt::Augmented { target, .. } => is_it(body.expr(target)),
        Stmt::Expr(expr) => {
            let call = body.expr(expr).as_call();
            let method = call.and_then(|call| call.callee.as_attribute());
            method.is_some_and(|(owner, method)| is_it(owner) && !KEEPING.contains(&method))
        }
        _ => false,
    };
    let count = |statements: &mut dyn Iterator<Item = StmtRef<'_>>| {
        statements.filter(|statement| changes(*statement)).count()
    };
    count(&mut body.all_statements()) > count(&mut body.statements())
}

/// The value that a function returns, where it has one `return` and that is its last statement.
pub(crate) fn only_return(modules: &Modules, function: FunctionRef) -> Option<ExprRef<'_>> {
    let body = modules.function_body(function);
    let mut returns = body
        .all_statements()
        .filter(|statement| matches!(statement.kind(), crate::facts::Stmt::Return(_)));
    let crate::facts::Stmt::Return(Some(value)) = returns.next()?.kind() else {
        return None;
    };
    returns.next().is_none().then(|| body.expr(value))
}

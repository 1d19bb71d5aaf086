//! What Django's generic views render: `ListView`, `DetailView` and their like, by what their
//! classes say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use luthier_source::Location;

use super::{Entries, Render, assigned, is_super_call};
use crate::Project;
use crate::facts::ir::{BindingKind, Owner, Stmt};
use crate::facts::{BodyRef, Expr, ExprRef};
use crate::flows::{Held, keeps_rows, takes_row};
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Mro, ValueRef};
use crate::routes::ViewTarget;
use crate::views::View;

/// What a generic view is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One row; the ending of the template's default name.
    One(&'static str),
    /// Many rows.
    Many,
    /// None: only what the code puts into the context is known.
    Other,
}

/// The generic views that render templates.
const VIEWS: &[(&str, Kind)] = &[
    ("CreateView", Kind::Other),
    ("DeleteView", Kind::One("_confirm_delete")),
    ("DetailView", Kind::One("_detail")),
    ("FormView", Kind::Other),
    ("ListView", Kind::Many),
    ("TemplateView", Kind::Other),
    ("UpdateView", Kind::One("_form")),
];

/// Bases of every view, which say nothing of rows.
const NEUTRAL: &[&str] = &["ContextMixin", "TemplateResponseMixin", "View"];

/// Attributes that say what is rendered: where code sets them on `self`, the class does not.
const SAYING: &[&str] = &[
    "context_object_name",
    "model",
    "queryset",
    "template_name",
    "template_name_field",
    "template_name_suffix",
];

/// What a class says of one of its attributes.
enum Said {
    Nothing,
    Value(ValueRef),
    Unknown,
}

/// Adds what one view renders.
pub(super) fn add_renders(project: &Project, view: &View, found: &mut Vec<Render>) {
    let ViewTarget::Class(class) = view.target else {
        return;
    };
    let Some(code) = ViewClass::of(project, class) else {
        return;
    };
    let Some(context) = code.context() else {
        return;
    };
    let Some(file) = project.modules.get(class.module).file else {
        return;
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    for &route in &view.routes {
        let given = &project.routes.routes[route as usize].view.initkwargs;
        let is_changed = given.iter().any(|given| {
            given.name != "template_name" && SAYING.contains(&given.name.as_str())
                || given.name == "pk_url_kwarg"
        });
        if is_changed {
            continue;
        }
        match given.iter().find(|given| given.name == "template_name") {
            Some(given) => names.extend(given.text.clone()),
            None => names.extend(code.template_name()),
        }
    }
    for name in names {
        if let Some(template) = project.templates.file(&name) {
            found.push(Render {
                place: Location::new(file, project.modules.class(class).name_span),
                template,
                context: context.clone(),
            });
        }
    }
}

/// The template that a view of the project's is sure to look for when it is asked for, and where
/// its code says so: the name in its class, or the class where the name is the usual one.
pub(super) fn template_of(project: &Project, view: &View) -> Option<(Location, String)> {
    let ViewTarget::Class(class) = view.target else {
        return None;
    };
    let is_changed = |&route: &u32| {
        let given = &project.routes.routes[route as usize].view.initkwargs;
        let is_said = |name: &str| SAYING.contains(&name) || name == "http_method_names";
        given.iter().any(|given| is_said(&given.name))
    };
    if view.routes.iter().any(is_changed) {
        return None;
    }
    let code = ViewClass::of(project, class)?;
    let name = code.template_name()?;
    if let Said::Value(value) = code.said("template_name") {
        let file = project.modules.get(value.module).file?;
        let span = project.modules.value(value).span();
        return Some((Location::new(file, span), name));
    }
    // A view that is only posted to shows nothing of its own: deleting ones often are.
    let changing = ["form_invalid", "http_method_names", "post", "dispatch"];
    let is_plain = changing.into_iter().all(|name| !code.says(name));
    let is_shown = !matches!(code.kind, Kind::One("_confirm_delete"));
    let file = project.modules.get(class.module).file?;
    let place = Location::new(file, project.modules.class(class).name_span);
    (is_plain && is_shown).then_some((place, name))
}

/// A class-based view whose every base is known.
struct ViewClass<'a> {
    project: &'a Project,
    class: ClassRef,
    mro: Arc<Mro>,
    /// The place of Django's view in the resolution order: what comes later is not asked before.
    django: usize,
    kind: Kind,
}

impl<'a> ViewClass<'a> {
    fn of(project: &'a Project, class: ClassRef) -> Option<Self> {
        let modules = &project.modules;
        if !modules.is_repository(class.module) || modules.is_test(class.module) {
            return None;
        }
        let mro = modules.mro(class);
        let mut found = None;
        for (position, ancestor) in mro.ancestors.iter().enumerate() {
            let dotted = match ancestor {
                Ancestor::Class(class) if modules.is_repository(class.module) => continue,
                Ancestor::Class(class) => modules.qualified_class(*class),
                Ancestor::External(dotted) => dotted.clone(),
                Ancestor::Unknown => return None,
            };
            if !dotted.starts_with("django.") && !dotted.starts_with("builtins.") {
                return None;
            }
            if found.is_some() || !dotted.starts_with("django.views.") {
                continue;
            }
            let last = dotted.rsplit('.').next()?;
            let known = VIEWS.iter().find(|(name, _)| *name == last);
            match known {
                Some(&(_, kind)) => found = Some((position, kind)),
                None if NEUTRAL.contains(&last) => {}
                None => return None,
            }
        }
        let (django, kind) = found?;
        let view = Self {
            project,
            class,
            mro,
            django,
            kind,
        };
        let is_plain = view.methods("render_to_response").is_empty()
            && view.methods("get_template_names").is_empty()
            && view.gets_plainly()
            && !view.sets_itself();
        is_plain.then_some(view)
    }

    /// The repository's classes that are asked before Django's view, with their places.
    fn own(&self) -> impl Iterator<Item = (usize, ClassRef)> + '_ {
        let before = self.mro.ancestors.iter().take(self.django).enumerate();
        before.filter_map(|(position, ancestor)| match ancestor {
            Ancestor::Class(class) if self.project.modules.is_repository(class.module) => {
                Some((position, *class))
            }
            _ => None,
        })
    }

    fn said(&self, name: &str) -> Said {
        for (_, class) in self.own() {
            let body = self.project.modules.class_body(class);
            let Some(binding) = body.binding(name) else {
                continue;
            };
            let BindingKind::Value(expr) = binding.kind else {
                return Said::Unknown;
            };
            if body.expr(expr).is_none() {
                return Said::Nothing;
            }
            return Said::Value(ValueRef {
                module: class.module,
                body: body.id,
                expr,
            });
        }
        Said::Nothing
    }

    /// Whether a class of the project's has an attribute or a method of that name.
    fn says(&self, name: &str) -> bool {
        let modules = &self.project.modules;
        let mut own = self.own();
        own.any(|(_, class)| modules.class_body(class).binding(name).is_some())
    }

    /// The definitions of a method, in the order in which `super()` goes through them.
    fn methods(&self, name: &str) -> Vec<(usize, Option<FunctionRef>)> {
        let own = self.own();
        own.filter_map(|(position, class)| {
            let binding = self.project.modules.class_body(class).binding(name)?;
            let function = match binding.kind {
                BindingKind::Function(function) => Some(FunctionRef {
                    module: class.module,
                    function,
                }),
                _ => None,
            };
            Some((position, function))
        })
        .collect()
    }

    /// Whether a `get()` of the project's ends as Django's does.
    fn gets_plainly(&self) -> bool {
        self.methods("get").into_iter().all(|(_, function)| {
            let Some(function) = function else {
                return false;
            };
            let body = self.project.modules.function_body(function);
            let mut calls = body.exprs().filter_map(ExprRef::as_call);
            calls.any(|call| {
                let called = call.callee.as_attribute();
                is_super_call(call, "get")
                    || called.is_some_and(|(_, name)| name == "get_context_data")
            })
        })
    }

    /// Whether methods set what the class is asked for.
    fn sets_itself(&self) -> bool {
        self.own().any(|(_, class)| {
            let facts = self.project.modules.facts(class.module);
            let mut methods = facts
                .functions
                .iter()
                .filter(|function| facts.body(function.scope).owner() == Owner::Class(class.class));
            methods.any(|method| {
                let mut statements = facts.body(method.body).all_statements();
                statements.any(|statement| {
                    let Some((target, value)) = statement.assignment() else {
                        return false;
                    };
                    match target.as_attribute() {
                        Some((object, name)) if object.as_name() == Some("self") => {
                            SAYING.contains(&name)
                                || (matches!(name, "object" | "object_list")
                                    && !is_usual_object(value))
                        }
                        _ => false,
                    }
                })
            })
        })
    }

    fn template_name(&self) -> Option<String> {
        match self.said("template_name") {
            Said::Value(value) => {
                let name = self.project.modules.value(value);
                return name.as_str().map(str::to_owned);
            }
            Said::Unknown => return None,
            Said::Nothing => {}
        }
        let (suffix, model) = match self.kind {
            Kind::One(suffix) => (suffix, self.row(0)?),
            Kind::Many => ("_list", self.rows(0)?),
            Kind::Other => return None,
        };
        if !matches!(self.said("template_name_field"), Said::Nothing) {
            return None;
        }
        let suffix = match self.said("template_name_suffix") {
            Said::Nothing => suffix,
            Said::Value(value) => self.project.modules.value(value).as_str()?,
            Said::Unknown => return None,
        };
        let model = self.project.models.get(model);
        let name = model.name.to_lowercase();
        Some(format!("{}/{name}{suffix}.html", model.app_label))
    }

    // ---- the context ----

    fn context(&self) -> Option<BTreeMap<String, Held>> {
        let mut context: BTreeMap<String, Held> = BTreeMap::new();
        let mut add = |name: String, held: Held| {
            let entry = context.entry(name);
            entry
                .and_modify(|known| *known = known.join(held))
                .or_insert(held);
        };
        let mut inherits = true;
        for (position, function) in self.methods("get_context_data") {
            let body = self.project.modules.function_body(function?);
            let mut entries = Entries::default();
            for dict in returned(body) {
                let dict = Entries::of(dict, Some("get_context_data"))?;
                inherits &= dict.inherits;
                entries.extend(dict);
            }
            let held = entries.held(|value| self.held(value, position));
            for (name, held) in held {
                add(name, held);
            }
            if !inherits {
                return Some(context);
            }
        }
        match self.kind {
            Kind::One(_) => {
                if let Some(model) = self.row(0) {
                    add("object".to_owned(), Held::Row(model));
                    if let Some(name) = self.object_name(model, "") {
                        add(name, Held::Row(model));
                    }
                }
            }
            Kind::Many => {
                if let Some(model) = self.rows(0) {
                    add("object_list".to_owned(), Held::Rows(model));
                    if let Some(name) = self.object_name(model, "_list") {
                        add(name, Held::Rows(model));
                    }
                    if !matches!(self.said("paginate_by"), Said::Nothing) {
                        add("page_obj".to_owned(), Held::Page(model));
                    }
                }
            }
            Kind::Other => {}
        }
        Some(context)
    }

    /// The second name under which the context has the row or rows.
    fn object_name(&self, model: ModelId, suffix: &str) -> Option<String> {
        if !self.methods("get_context_object_name").is_empty() {
            return None;
        }
        match self.said("context_object_name") {
            Said::Nothing => {
                let name = self.project.models.get(model).name.to_lowercase();
                Some(format!("{name}{suffix}"))
            }
            Said::Value(value) => {
                let name = self.project.modules.value(value);
                name.as_str().map(str::to_owned)
            }
            Said::Unknown => None,
        }
    }

    /// What an expression in a method of the class at `position` holds.
    fn held(&self, value: ExprRef<'a>, position: usize) -> Held {
        let is_row = matches!(self.kind, Kind::One(_));
        let is_rows = self.kind == Kind::Many;
        let called = value.without_call().dotted();
        match called.as_deref() {
            Some("self.object" | "self.get_object") if is_row => {
                return self.row(0).map_or(Held::Unknown, Held::Row);
            }
            Some("self.object_list" | "self.get_queryset") if is_rows => {
                return self.rows(0).map_or(Held::Unknown, Held::Rows);
            }
            _ => {}
        }
        self.traced(value, position)
    }

    /// What following values says. In the method of a base `self` is another class, whose
    /// attributes are others.
    fn traced(&self, value: ExprRef<'a>, position: usize) -> Held {
        let Some(Ancestor::Class(class)) = self.mro.ancestors.get(position) else {
            return Held::Unknown;
        };
        if *class != self.class && chain_head(value).as_name() == Some("self") {
            return Held::Unknown;
        }
        self.project.held_at(class.module, value)
    }

    // ---- rows ----

    /// The model of the row that `get_object` gives, asked from the class at `from` on.
    fn row(&self, from: usize) -> Option<ModelId> {
        let mut methods = self.methods("get_object").into_iter();
        let Some((position, function)) = methods.find(|(position, _)| *position >= from) else {
            return self.rows(0);
        };
        let body = self.project.modules.function_body(function?);
        self.only(body, position, Self::add_row)
    }

    /// The model of what `get_queryset` gives, asked from the class at `from` on.
    fn rows(&self, from: usize) -> Option<ModelId> {
        let mut methods = self.methods("get_queryset").into_iter();
        if let Some((position, function)) = methods.find(|(position, _)| *position >= from) {
            let body = self.project.modules.function_body(function?);
            return self.only(body, position, Self::add_rows);
        }
        match self.said("queryset") {
            Said::Value(value) => match self.project.held(value) {
                Held::Rows(model) => Some(model),
                _ => None,
            },
            Said::Nothing => self.model(),
            Said::Unknown => None,
        }
    }

    fn model(&self) -> Option<ModelId> {
        let Said::Value(value) = self.said("model") else {
            return None;
        };
        let modules = &self.project.modules;
        match modules.resolve_expr(value.module, modules.value(value)) {
            Definition::Class(class) => self.project.models.by_class(class),
            _ => None,
        }
    }

    /// The one model that everything a method returns is of.
    fn only(&self, body: BodyRef<'a>, position: usize, add: Adding<'a>) -> Option<ModelId> {
        let mut found = Found::default();
        for value in returned(body) {
            add(self, value, position, &mut found)?;
        }
        let mut models = found.models.into_iter();
        models.next().filter(|_| models.next().is_none())
    }

    fn add_rows(&self, value: ExprRef<'a>, position: usize, found: &mut Found<'a>) -> Option<()> {
        found.step()?;
        let model = match value.kind() {
            Expr::Name(_) => return self.add_name(value, position, found, Self::add_rows),
            Expr::Subscript(rows, index) if matches!(value.at(index).kind(), Expr::Slice(..)) => {
                return self.add_rows(value.at(rows), position, found);
            }
            Expr::Conditional { body, orelse, .. } => {
                self.add_rows(value.at(body), position, found)?;
                return self.add_rows(value.at(orelse), position, found);
            }
            Expr::Call(..) => {
                let call = value.as_call()?;
                let (object, name) = call.callee.as_attribute()?;
                if is_super_call(call, "get_queryset") {
                    self.rows(position + 1)?
                } else if keeps_rows(name) && object.dotted().as_deref() != Some("self") {
                    return self.add_rows(object, position, found);
                } else {
                    self.traced_rows(value, position)?
                }
            }
            Expr::Attribute(..) => match value.dotted().as_deref() {
                Some("self.model.objects" | "self.model._default_manager") => self.model()?,
                Some("self.queryset") => match self.said("queryset") {
                    Said::Value(value) => match self.project.held(value) {
                        Held::Rows(model) => model,
                        _ => return None,
                    },
                    _ => return None,
                },
                _ => self.traced_rows(value, position)?,
            },
            _ => return None,
        };
        found.models.insert(model);
        Some(())
    }

    fn traced_rows(&self, value: ExprRef<'a>, position: usize) -> Option<ModelId> {
        match self.traced(value, position) {
            Held::Rows(model) => Some(model),
            _ => None,
        }
    }

    fn add_row(&self, value: ExprRef<'a>, position: usize, found: &mut Found<'a>) -> Option<()> {
        found.step()?;
        if value.as_name().is_some() {
            return self.add_name(value, position, found, Self::add_row);
        }
        if let Some(call) = value.as_call() {
            if is_super_call(call, "get_object") {
                found.models.insert(self.row(position + 1)?);
                return Some(());
            }
            if let Some((object, name)) = call.callee.as_attribute()
                && takes_row(name)
                && object.as_name().is_none_or(|name| name != "self")
            {
                return self.add_rows_or_own(object, position, found);
            }
            if call.callee.as_name() == Some("get_object_or_404")
                && let Some(of) = call.positional().next()
                && of.as_call().is_some()
            {
                return self.add_rows_or_own(of, position, found);
            }
        }
        match self.traced(value, position) {
            Held::Row(model) => {
                found.models.insert(model);
                Some(())
            }
            _ => None,
        }
    }

    /// Rows that may be the view's own `get_queryset()`.
    fn add_rows_or_own(
        &self,
        rows: ExprRef<'a>,
        position: usize,
        found: &mut Found<'a>,
    ) -> Option<()> {
        let called = rows.as_call().and_then(|call| call.callee.dotted());
        if called.as_deref() == Some("self.get_queryset") {
            found.models.insert(self.rows(0)?);
            return Some(());
        }
        self.add_rows(rows, position, found)
    }

    /// All values that a local name has.
    fn add_name(
        &self,
        name: ExprRef<'a>,
        position: usize,
        found: &mut Found<'a>,
        add: Adding<'a>,
    ) -> Option<()> {
        let text = name.as_name()?;
        if found.open.contains(&text) {
            return Some(());
        }
        found.open.push(text);
        for value in assigned(name.body, text)? {
            add(self, value, position, found)?;
        }
        Some(())
    }
}

type Adding<'a> =
    for<'v> fn(&'v ViewClass<'a>, ExprRef<'a>, usize, &'v mut Found<'a>) -> Option<()>;

/// The models found so far, and the names that were looked at.
#[derive(Default)]
struct Found<'a> {
    models: BTreeSet<ModelId>,
    open: Vec<&'a str>,
    steps: u32,
}

impl Found<'_> {
    /// Code without end is given up.
    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps < 200).then_some(())
    }
}

/// What a function returns, `None` left out.
fn returned<'a>(body: BodyRef<'a>) -> impl Iterator<Item = ExprRef<'a>> {
    let values = body
        .all_statements()
        .filter_map(move |statement| match statement.kind() {
            Stmt::Return(value) => value.map(|value| body.expr(value)),
            _ => None,
        });
    values.filter(|value| !value.is_none())
}

/// `self.object = self.get_object()` and `form.save()` say nothing new.
fn is_usual_object(value: ExprRef<'_>) -> bool {
    let called = value.as_call().and_then(|call| call.callee.as_attribute());
    value.is_none()
        || matches!(
            called,
            Some((_, "get_object" | "get_queryset" | "save" | "save_form"))
        )
}

/// The innermost object of a chain of attributes, calls and indices.
fn chain_head(value: ExprRef<'_>) -> ExprRef<'_> {
    let mut current = value;
    loop {
        current = match current.kind() {
            Expr::Attribute(object, _) | Expr::Subscript(object, _) | Expr::Call(object, _) => {
                current.at(object)
            }
            _ => return current,
        };
    }
}

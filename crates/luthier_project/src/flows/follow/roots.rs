//! Where interpreting begins: every function of the project by itself, and what Django calls.

use luthier_source::Location;
use rustc_hash::FxHashMap;

use super::Followed;
use super::event::MadeQuery;
use super::members::ClassAttribute;
use super::run::{Engine, Run};
use super::value::Value;
use crate::Project;
use crate::models::ModelId;
use crate::modules::{ClassRef, FunctionRef, ModuleId};
use crate::routes::ViewTarget;
use crate::serializers::{Shape, ShapeKind};
use crate::views::View;

/// Views for which an inherited method that writes is followed.
const MOST_WRITTEN: u32 = 4;

/// The queries that the code of some modules leads to.
pub(super) fn followed(project: &Project, modules: &[ModuleId]) -> Followed {
    let mut engine = Engine::new(project);
    let called = Called::of(project);
    let mut written = Written::default();
    for &module in modules {
        functions(&mut engine, module);
        if let Some(of_module) = called.views.get(&module) {
            views(&mut engine, &mut written, module, of_module);
        }
        if let Some(of_module) = called.admin.get(&module) {
            admin(&mut engine, of_module);
        }
        for schema in &project.graphql().schemas {
            if schema.module == module {
                Run::new(&mut engine).ask_schema(schema);
            }
        }
    }
    Followed {
        growing: engine.growing,
        blocking: engine.blocking,
        consumers: engine.consumers,
        works: engine.works,
        called: engine.called.into_iter().collect(),
    }
}

/// Whether the code of a module is followed: not that of tests, nor that of migrations, which know other
/// models.
pub(super) fn is_followed(project: &Project, module: ModuleId) -> bool {
    let modules = &project.modules;
    let is_made_up = crate::tests::makes_rows_up(modules.facts(module));
    !(is_made_up || modules.is_migration(module) || modules.is_test(module))
}

/// What Django calls of the classes of each module.
#[derive(Default)]
struct Called<'a> {
    views: FxHashMap<ModuleId, Vec<(ClassRef, &'a View)>>,
    admin: FxHashMap<ModuleId, Vec<&'a Shape>>,
}

impl<'a> Called<'a> {
    fn of(project: &'a Project) -> Self {
        let mut called = Self::default();
        for view in &project.views.views {
            if let ViewTarget::Class(class) = view.target {
                let views = called.views.entry(class.module).or_default();
                views.push((class, view));
            }
        }
        for shape in project.serializers.all() {
            if shape.kind == ShapeKind::Admin {
                called.admin.entry(shape.module()).or_default().push(shape);
            }
        }
        called
    }
}

/// The lists of the admin classes of a module.
fn admin<'a>(engine: &mut Engine<'a>, shapes: &[&'a Shape]) {
    for shape in shapes {
        engine.refuel();
        let mut run = Run::new(engine);
        run.show_admin(shape);
        run.tell();
    }
}

/// How often methods that write were followed, by the function.
#[derive(Default)]
struct Written(FxHashMap<FunctionRef, u32>);

impl Written {
    /// Whether following a method that writes may tell more than it did for other views that
    /// inherit it: they differ in little but the model, and such methods make for most of the work.
    fn is_telling(&mut self, run: &Run<'_, '_>, view: ClassRef, action: &str) -> bool {
        let Some(ClassAttribute::Function(function)) = run.class_attribute(view, action, None)
        else {
            return true;
        };
        let followed = self.0.entry(function).or_default();
        *followed += 1;
        *followed <= MOST_WRITTEN
    }
}

/// The class-based views of a module, asked as routes ask them.
fn views(
    engine: &mut Engine<'_>,
    written: &mut Written,
    module: ModuleId,
    views: &[(ClassRef, &View)],
) {
    let project = engine.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    for &(class, view) in views {
        let routes = view.routes.iter();
        let routed = routes.flat_map(|&route| &project.routes.routes[route as usize].view.actions);
        let routed = routed.map(|(method, action)| (action.as_str(), method != "get"));
        let mut actions: Vec<(&str, bool)> = routed.collect();
        if actions.is_empty() {
            actions.extend([("get", false), ("post", true)]);
        }
        // A method that also answers GET is one that reads.
        actions.sort_unstable();
        actions.dedup_by_key(|(action, _)| *action);
        let at = Location::new(file, project.modules.class(class).name_span);
        for (action, is_writing) in actions {
            engine.refuel();
            let mut run = Run::new(engine);
            if is_writing && !written.is_telling(&run, class, action) {
                continue;
            }
            run.ask_view(class, action, at);
            run.tell();
        }
    }
}

fn functions(engine: &mut Engine<'_>, module: ModuleId) {
    let facts = engine.project.modules.facts(module);
    for function in facts.function_ids() {
        let declared = facts.function(function);
        // Nested functions are interpreted where they are called.
        if let crate::facts::ir::Owner::Function(_) = facts.body(declared.scope).owner() {
            continue;
        }
        if facts.text(declared.name) == "<lambda>" {
            continue;
        }
        engine.refuel();
        let function = FunctionRef { module, function };
        let mut bound = vec![Value::Unknown; declared.params.len()];
        let mut run = Run::new(engine);
        if let Some((class, kind)) = run.class_of_method(function)
            && let Some(own) = bound.first_mut()
        {
            *own = match kind {
                super::members::Method::Static => Value::Unknown,
                super::members::Method::Class => Value::Class(class),
                _ if run.project().models.by_class(class).is_some() => Value::Unknown,
                _ => Value::object(class),
            };
        }
        run.summary_of(function, bound);
    }
}

/// A method that is given a row after `self`: one of a serializer, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowMethod {
    pub class: ClassRef,
    pub function: FunctionRef,
    pub model: ModelId,
}

/// The queries that methods make whatever is loaded with the row, with the number of the method.
pub(super) fn of_row_methods(project: &Project, methods: &[RowMethod]) -> Vec<(usize, MadeQuery)> {
    let mut engine = Engine::new(project);
    engine.shows_fields = false;
    let mut found = Vec::new();
    for (index, method) in methods.iter().enumerate() {
        engine.refuel();
        let params = project.modules.function(method.function).params.len();
        let mut run = Run::new(&mut engine);
        let mut bound = vec![Value::Unknown; params];
        let given = [Value::object(method.class), run.new_row(method.model)];
        for (bound, given) in bound.iter_mut().zip(given) {
            *bound = given;
        }
        let summary = run.summary_of(method.function, bound);
        let events = summary.events.iter().filter(|event| !event.is_apart);
        found.extend(events.map(|event| (index, MadeQuery::of(event))));
    }
    found
}

//! Where code is entered from outside: routes, schemas of GraphQL, tasks, management commands.

use luthier_source::Location;

use super::plans::{AdminPage, PlanEntry};
use crate::Project;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules};
use crate::routes::{Route, ViewTarget};
use crate::serializers::ShapeKind;
use crate::tasks::TaskCode;

/// The class that management commands inherit from.
const COMMAND: &str = "django.core.management.base.BaseCommand";

/// Methods of requests that class-based views answer.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// Where the code is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    /// The pattern of a route, the type and field of a schema, the name of a task or command.
    pub name: String,
    /// The methods of requests that lead there, in capitals; empty where all do.
    pub methods: Vec<String>,
    /// `None` where it is not seen.
    pub code: Option<PlanEntry>,
    /// The name of the code, else the pattern.
    pub place: Option<Location>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// By its index in [`crate::routes::Routes::routes`].
    Route(u32),
    /// A field that clients may begin a query of GraphQL with.
    GraphQl,
    Task,
    Command,
    /// Asked for by name.
    Named,
}

impl PlanEntry {
    /// The dotted name of the code.
    pub fn name(&self, modules: &Modules) -> String {
        match self {
            Self::Function(function) => modules.qualified_function(*function),
            Self::View(class, name) | Self::GraphQl(class, name) => {
                format!("{}.{name}", modules.qualified_class(*class))
            }
            Self::Admin(class, AdminPage::List) => modules.qualified_class(*class),
            Self::Admin(class, page) => {
                format!("{}.{}", modules.qualified_class(*class), page.method())
            }
        }
    }
}

impl Project {
    /// All entries: routes in order of the URLconfs, then fields of schemas, tasks, and commands by
    /// their name. Of the
    /// pages that the admin makes, those of the project's own admin classes are among them.
    pub fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        for (index, route) in self.routes.routes.iter().enumerate() {
            let is_page = |method: &str| AdminPage::of_method(method).is_some();
            let is_counted = match &route.view.target {
                ViewTarget::Method(class, method) if is_page(method) => {
                    self.modules.is_repository(class.module)
                }
                _ => !route.is_made_by_admin(),
            };
            if is_counted {
                self.of_route(index as u32, route, &mut found);
            }
        }
        self.graphql_entries(&mut found);
        for task in &self.tasks.tasks {
            let code = match task.code {
                TaskCode::Function(function) => Some(PlanEntry::Function(function)),
                TaskCode::Class(class) => self.method(class, "run").map(PlanEntry::Function),
            };
            found.push(Entry {
                kind: EntryKind::Task,
                name: task.name.clone(),
                methods: Vec::new(),
                code,
                place: Some(task.place),
            });
        }
        found.extend(self.command_entries());
        found
    }

    /// The entry with a dotted name: a function, a method, a view's class, a command's module.
    pub fn entry_named(&self, name: &str) -> Option<Entry> {
        let named = |code: PlanEntry, place| Entry {
            kind: EntryKind::Named,
            name: name.to_owned(),
            methods: Vec::new(),
            code: Some(code),
            place,
        };
        let is_view = |class| self.views.of_class(class).is_some();
        if let Some((class, method)) = name.rsplit_once('.')
            && let Definition::Class(class) = self.modules.lookup(class)
            && is_view(class)
        {
            let place = self.place_of_class(class);
            return Some(named(PlanEntry::View(class, method.to_owned()), place));
        }
        if let Some((class, member)) = name.rsplit_once('.')
            && let Definition::Class(class) = self.modules.lookup(class)
        {
            let page = AdminPage::of_method(member).filter(|_| self.is_admin(class));
            let page = page.map(|page| PlanEntry::Admin(class, page));
            if let Some(code) = page.or_else(|| self.graphql_entry(class, member)) {
                return Some(named(code, self.place_of_class(class)));
            }
        }
        match self.modules.lookup(name) {
            Definition::Function(function) => {
                let place = self.place_of_function(function);
                Some(named(PlanEntry::Function(function), place))
            }
            Definition::Class(class) if is_view(class) => {
                let method = self.answered(class).first().copied().unwrap_or("get");
                let place = self.place_of_class(class);
                Some(named(PlanEntry::View(class, method.to_owned()), place))
            }
            Definition::Class(class) if self.is_admin(class) => {
                let place = self.place_of_class(class);
                Some(named(PlanEntry::Admin(class, AdminPage::List), place))
            }
            Definition::Class(class) => {
                let function = self
                    .method(class, "handle")
                    .or_else(|| self.method(class, "run"))?;
                let place = self.place_of_function(function);
                Some(named(PlanEntry::Function(function), place))
            }
            _ => {
                let (class, method) = name.rsplit_once('.')?;
                let Definition::Class(class) = self.modules.lookup(class) else {
                    return None;
                };
                let function = self.method(class, method)?;
                let place = self.place_of_function(function);
                Some(named(PlanEntry::Function(function), place))
            }
        }
    }

    /// The fields that clients may begin with.
    fn graphql_entries(&self, found: &mut Vec<Entry>) {
        let graphql = self.graphql();
        let mut seen: Vec<ClassRef> = Vec::new();
        let roots = graphql.schemas.iter().flat_map(|schema| &schema.roots);
        for &root in roots {
            if seen.contains(&root) {
                continue;
            }
            seen.push(root);
            let fields = graphql.of_class(root).map(|of| &of.fields);
            found.extend(fields.into_iter().flatten().map(|field| Entry {
                kind: EntryKind::GraphQl,
                name: format!("{}.{}", self.modules.class_name(root), field.name),
                methods: Vec::new(),
                code: Some(PlanEntry::GraphQl(root, field.name.to_string())),
                place: Some(field.place),
            }));
        }
    }

    /// The field of a schema's root with a dotted name.
    fn graphql_entry(&self, class: ClassRef, name: &str) -> Option<PlanEntry> {
        let graphql = self.graphql();
        let mut roots = graphql.schemas.iter().flat_map(|schema| &schema.roots);
        let mut fields = graphql.of_class(class)?.fields.iter();
        let is_field = fields.any(|field| &*field.name == name);
        let is_root = is_field && roots.any(|root| *root == class);
        is_root.then(|| PlanEntry::GraphQl(class, name.to_owned()))
    }

    fn of_route(&self, index: u32, route: &Route, found: &mut Vec<Entry>) {
        let entry =
            |methods: Vec<String>, code: Option<PlanEntry>, place: Option<Location>| Entry {
                kind: EntryKind::Route(index),
                name: route.pattern(),
                methods,
                code,
                place: place.or_else(|| self.place_in(route.place.module, route.place.span)),
            };
        match &route.view.target {
            ViewTarget::Function(function) if self.modules.is_repository(function.module) => {
                let place = self.place_of_function(*function);
                let code = PlanEntry::Function(*function);
                found.push(entry(Vec::new(), Some(code), place));
            }
            ViewTarget::Class(class) if self.modules.is_repository(class.module) => {
                let place = self.place_of_class(*class);
                let actions: Vec<(&str, &str)> = match &route.view.actions[..] {
                    [] => {
                        let methods = self.answered(*class).into_iter();
                        methods.map(|method| (method, method)).collect()
                    }
                    actions => {
                        let actions = actions.iter();
                        actions
                            .map(|(method, action)| (&**method, &**action))
                            .collect()
                    }
                };
                let mut seen: Vec<(&str, Vec<String>)> = Vec::new();
                for (method, action) in actions {
                    let method = method.to_uppercase();
                    match seen.iter_mut().find(|(known, _)| *known == action) {
                        Some((_, methods)) => methods.push(method),
                        None => seen.push((action, vec![method])),
                    }
                }
                if seen.is_empty() {
                    found.push(entry(Vec::new(), None, place));
                }
                for (action, methods) in seen {
                    let place = self.method(*class, action);
                    let place = place
                        .filter(|function| self.modules.is_repository(function.module))
                        .and_then(|function| self.place_of_function(function))
                        .or_else(|| self.place_of_class(*class));
                    let code = PlanEntry::View(*class, action.to_owned());
                    found.push(entry(methods, Some(code), place));
                }
            }
            ViewTarget::Method(class, name) => match AdminPage::of_method(name) {
                Some(page) => {
                    let place = self.place_of_class(*class);
                    let code = PlanEntry::Admin(*class, page);
                    found.push(entry(vec!["GET".to_owned()], Some(code), place));
                }
                None => found.push(entry(Vec::new(), None, None)),
            },
            _ => found.push(entry(Vec::new(), None, None)),
        }
    }

    fn is_admin(&self, class: ClassRef) -> bool {
        let mut shapes = self.serializers.of_class(class);
        shapes.any(|shape| shape.kind == ShapeKind::Admin)
    }

    /// The methods of requests that a class-based view answers by itself.
    pub(super) fn answered(&self, class: ClassRef) -> Vec<&'static str> {
        let methods = METHODS.iter().copied();
        methods
            .filter(|method| {
                let own = self.method(class, method);
                own.is_some() || self.is_answered_by_base(class, method)
            })
            .collect()
    }

    /// Whether one of Django's or the framework's generic views answers a method.
    fn is_answered_by_base(&self, class: ClassRef, method: &str) -> bool {
        let bases: &[&str] = match method {
            "get" => &[
                "ListView",
                "DetailView",
                "UpdateView",
                "DeleteView",
                "CreateView",
                "FormView",
                "TemplateView",
                "RedirectView",
                "ArchiveIndexView",
                "ListAPIView",
                "ListCreateAPIView",
                "RetrieveAPIView",
                "RetrieveDestroyAPIView",
                "RetrieveUpdateAPIView",
                "RetrieveUpdateDestroyAPIView",
                "BaseListView",
                "BaseDetailView",
            ],
            "post" => &[
                "UpdateView",
                "DeleteView",
                "CreateView",
                "FormView",
                "CreateAPIView",
                "ListCreateAPIView",
            ],
            "put" | "patch" => &[
                "UpdateAPIView",
                "RetrieveUpdateAPIView",
                "RetrieveUpdateDestroyAPIView",
            ],
            _ => &[
                "DestroyAPIView",
                "RetrieveDestroyAPIView",
                "RetrieveUpdateDestroyAPIView",
            ],
        };
        self.modules.inherits_by_name(class, bases)
    }

    fn command_entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        for module in self.own_modules() {
            let name = &self.modules.get(module).name;
            let Some((package, command)) = name.rsplit_once('.') else {
                continue;
            };
            if !package.ends_with("management.commands") || command.starts_with('_') {
                continue;
            }
            let Definition::Class(class) = self.modules.member(module, "Command") else {
                continue;
            };
            if self.modules.inherits(class, COMMAND) == Some(false) {
                continue;
            }
            let handle = self.method(class, "handle");
            found.push(Entry {
                kind: EntryKind::Command,
                name: command.to_owned(),
                methods: Vec::new(),
                code: handle.map(PlanEntry::Function),
                place: handle
                    .and_then(|handle| self.place_of_function(handle))
                    .or_else(|| self.place_of_class(class)),
            });
        }
        found.sort_by(|one, two| one.name.cmp(&two.name));
        found
    }

    /// A method of a class, where the repository has its code.
    fn method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let mro = self.modules.mro(class);
        for ancestor in &mro.ancestors {
            let Ancestor::Class(class) = ancestor else {
                continue;
            };
            if !self.modules.is_repository(class.module) {
                continue;
            }
            if let Some(binding) = self.modules.class_body(*class).binding(name) {
                return match binding.kind {
                    crate::facts::ir::BindingKind::Function(function) => Some(FunctionRef {
                        module: class.module,
                        function,
                    }),
                    _ => None,
                };
            }
        }
        None
    }

    fn place_of_function(&self, function: FunctionRef) -> Option<Location> {
        self.place_in(function.module, self.modules.function(function).name_span)
    }

    fn place_of_class(&self, class: ClassRef) -> Option<Location> {
        self.place_in(class.module, self.modules.class(class).name_span)
    }

    fn place_in(&self, module: ModuleId, span: luthier_source::Span) -> Option<Location> {
        let file = self.modules.get(module).file?;
        self.modules
            .is_repository(module)
            .then(|| Location::new(file, span))
    }
}

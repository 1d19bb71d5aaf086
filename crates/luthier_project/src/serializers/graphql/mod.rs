//! GraphQL: the schemas of a project, and what their types show of the rows that resolvers give.
//!
//! Types of Graphene and of Strawberry are told in the same words: fields, each with what it shows
//! and who resolves it. What a field costs is for [`crate::flows`] to follow.

mod graphene;
mod strawberry;

use std::sync::Arc;

use luthier_source::Location;
use rustc_hash::FxHashMap;

use super::Name;
use crate::Project;
use crate::facts::{CallRef, ExprRef};
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules};

/// The GraphQL schemas of a project's own code; tests are left out.
#[derive(Debug, Default)]
pub struct GraphQl {
    /// By module in path order, then by place.
    pub schemas: Vec<Schema>,
    types: FxHashMap<ClassRef, ObjectType>,
    /// The types of Graphene that show each model where a relation leads to it.
    registered: FxHashMap<ModelId, Vec<ClassRef>>,
}

/// A schema: what clients may ask first.
#[derive(Clone, Debug)]
pub struct Schema {
    pub module: ModuleId,
    /// The types of its queries and mutations.
    pub roots: Vec<ClassRef>,
    /// Whether something looks ahead at what a client asks for, and loads that with the rows.
    pub is_optimised: bool,
}

/// The type by which relations to a model are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// Relations to it are not shown.
    None,
    One(ClassRef),
    /// One of several: which one comes last is not known.
    Several,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    Graphene,
    Strawberry,
}

/// A class whose instances clients see the fields of.
#[derive(Clone, Debug)]
pub struct ObjectType {
    pub library: Library,
    pub model: Option<ModelId>,
    /// The fields that code declares, each once.
    pub fields: Vec<Field>,
    /// The fields of the model that are shown besides.
    pub of_model: OfModel,
    /// Whether relations to many of it are connections.
    pub is_node: bool,
}

/// Which fields of its model a type shows without declaring them.
#[derive(Clone, Debug)]
pub enum OfModel {
    None,
    Named(Vec<Name>),
    /// All but some; with the place that says so.
    All(Location, Vec<Arc<str>>),
}

/// One field that code declares.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Arc<str>,
    /// The function that resolves it, else what declares it.
    pub place: Location,
    /// The attribute that it shows where no code resolves it.
    pub attribute: Arc<str>,
    pub shows: Shows,
    pub is_many: bool,
    pub resolver: Resolver,
    /// Whether the rows of its type are what it shows first, where no code resolves it; and the
    /// type's own `get_queryset` is asked.
    pub is_djangos: bool,
    /// Whether it is a connection of Graphene's to rows, which are counted first.
    pub is_connection: bool,
    /// What is to be loaded for it, as an optimizer is told.
    pub hints: Hints,
}

/// What the value of a field is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Type(ClassRef),
    /// A text, a number: what has no fields.
    Scalar,
    /// By what the model's field is.
    Auto,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    None,
    Function(FunctionRef),
    /// Something that is not followed.
    Unknown,
}

/// What an optimizer is told of a field that code resolves.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    pub joined: Vec<Arc<str>>,
    pub prefetched: Vec<Arc<str>>,
    pub only: Vec<Arc<str>>,
    /// Whether there may be more.
    pub is_open: bool,
}

impl GraphQl {
    pub fn of_class(&self, class: ClassRef) -> Option<&ObjectType> {
        self.types.get(&class)
    }

    /// The type of Graphene by which relations to a model are shown.
    pub fn registered(&self, model: ModelId) -> Registered {
        match self.registered.get(&model).map(Vec::as_slice) {
            None | Some([]) => Registered::None,
            Some([one]) => Registered::One(*one),
            Some(_) => Registered::Several,
        }
    }
}

impl Project {
    /// The GraphQL schemas of the project.
    pub fn graphql(&self) -> &GraphQl {
        self.flows.graphql.get_or_init(|| link(self))
    }
}

fn link(project: &Project) -> GraphQl {
    let mut found = GraphQl::default();
    let modules = &project.modules;
    for module in project.own_modules() {
        if modules.is_test(module) {
            continue;
        }
        let facts = modules.facts(module);
        if !(facts.names.mention("graphene") || facts.names.mention("strawberry")) {
            continue;
        }
        let Some(reader) = Reader::of(project, module) else {
            continue;
        };
        for class in facts.class_ids() {
            let class = ClassRef { module, class };
            let made = reader.graphene(class).or_else(|| reader.strawberry(class));
            let Some(made) = made else {
                continue;
            };
            if let (Library::Graphene, Some(model), true) =
                (made.library, made.model, reader.is_registered(class))
            {
                found.registered.entry(model).or_default().push(class);
            }
            found.types.insert(class, made);
        }
        for body in facts.body_ids() {
            let calls = facts.body(body).exprs().filter_map(ExprRef::as_call);
            let schemas = calls.filter_map(|call| reader.schema(call));
            found.schemas.extend(schemas);
        }
    }
    if found.schemas.is_empty() {
        found.schemas = handed_on(modules, &found.types);
    }
    found
}

/// What a project without a schema has for the schema of others: its types called `Query`, as the
/// libraries' own pages call them. What those others look ahead with is not known.
fn handed_on(modules: &Modules, types: &FxHashMap<ClassRef, ObjectType>) -> Vec<Schema> {
    let queries = types
        .iter()
        .filter(|(class, _)| modules.class_name(**class) == "Query");
    let mut schemas: Vec<Schema> = queries
        .map(|(&class, of)| Schema {
            module: class.module,
            roots: vec![class],
            is_optimised: of.library == Library::Strawberry,
        })
        .collect();
    schemas.sort_by_key(|schema| schema.roots.clone());
    schemas
}

/// Reads the classes of one module.
struct Reader<'a> {
    project: &'a Project,
    modules: &'a Modules,
    module: ModuleId,
}

impl<'a> Reader<'a> {
    fn of(project: &'a Project, module: ModuleId) -> Option<Self> {
        project.modules.get(module).file?;
        Some(Self {
            project,
            modules: &project.modules,
            module,
        })
    }

    fn at(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<Location> {
        let file = self.modules.get(module).file?;
        Some(Location::new(file, expr.span()))
    }

    /// Where a function is named.
    fn named(&self, function: FunctionRef) -> Option<Location> {
        let file = self.modules.get(function.module).file?;
        Some(Location::new(
            file,
            self.modules.function(function).name_span,
        ))
    }

    fn class_place(&self, class: ClassRef) -> Option<Location> {
        let file = self.modules.get(class.module).file?;
        Some(Location::new(file, self.modules.class(class).name_span))
    }

    /// The model that an expression names.
    fn model(&self, module: ModuleId, value: ExprRef<'a>) -> Option<ModelId> {
        match self.modules.resolve_expr(module, value) {
            Definition::Class(class) => self.project.models.by_class(class),
            _ => None,
        }
    }

    /// `graphene.Schema(query=Query)`, `strawberry.Schema(query=Query, extensions=[...])`
    fn schema(&self, call: CallRef<'a>) -> Option<Schema> {
        if call.callee.last_name()? == "Field" {
            return None;
        }
        let query = call.argument(0, "query")?;
        let (library, is_plain) = self.schema_class(call.callee)?;
        let mutation = call.argument(1, "mutation");
        let roots = std::iter::once(query).chain(mutation);
        let roots: Vec<ClassRef> = roots.flat_map(|root| self.roots(root)).collect();
        let is_optimised = match (library, call.keyword("extensions")) {
            (Library::Graphene, _) => false,
            (Library::Strawberry, None) => call.is_open() || !is_plain,
            (Library::Strawberry, Some(extensions)) => self.may_optimise(extensions),
        };
        (!roots.is_empty()).then_some(Schema {
            module: self.module,
            roots,
            is_optimised,
        })
    }

    /// Whose class of schemas it is, and whether that is the library's own.
    fn schema_class(&self, callee: ExprRef<'a>) -> Option<(Library, bool)> {
        let found = self.modules.resolve_expr(self.module, callee);
        if let Definition::Class(class) = found
            && self.modules.is_repository(class.module)
        {
            let mro = self.modules.mro(class);
            let mut bases = mro.ancestors.iter();
            let library = bases.find_map(|base| library_of(&self.dotted(base)?, &["Schema"]));
            return library.map(|library| (library, false));
        }
        let dotted = self.modules.qualified(&found)?;
        library_of(&dotted, &["Schema"]).map(|library| (library, true))
    }

    fn dotted(&self, ancestor: &Ancestor) -> Option<String> {
        match ancestor {
            Ancestor::Class(class) => Some(self.modules.qualified_class(*class)),
            Ancestor::External(dotted) => Some(dotted.clone()),
            Ancestor::Unknown => None,
        }
    }

    /// The classes that an expression names as one root: `merge_types("Query", (Books, People))`.
    fn roots(&self, root: ExprRef<'a>) -> Vec<ClassRef> {
        if let Definition::Value(value) = self.modules.resolve_expr(self.module, root)
            && let Some(call) = self.modules.value(value).as_call()
            && call.callee.last_name() == Some("merge_types")
        {
            let merged = call.argument(1, "types").and_then(ExprRef::elements);
            let merged = merged.into_iter().flatten();
            return merged
                .filter_map(|class| self.class(value.module, class))
                .collect();
        }
        self.class(self.module, root).into_iter().collect()
    }

    fn class(&self, module: ModuleId, value: ExprRef<'a>) -> Option<ClassRef> {
        match self.modules.resolve_expr(module, value) {
            Definition::Class(class) if self.modules.is_repository(class.module) => Some(class),
            _ => None,
        }
    }

    /// Whether one of the extensions is Strawberry's optimizer, or is not known.
    fn may_optimise(&self, extensions: ExprRef<'a>) -> bool {
        let reader = super::Reader {
            modules: self.modules,
        };
        let (elements, is_complete) = reader.sequence(self.module, extensions);
        let is_plain = |(module, extension): (ModuleId, ExprRef<'a>)| {
            let callee = match extension.kind() {
                crate::facts::Expr::Lambda(_) => return false,
                _ => extension.without_call(),
            };
            let name = self.modules.qualified_expr(module, callee);
            name.is_some_and(|name| {
                name.starts_with("strawberry") && !name.ends_with("DjangoOptimizerExtension")
            })
        };
        !is_complete || !elements.into_iter().all(is_plain)
    }

    /// The names that an argument gives: one, or a sequence of them; `None` where one is not known.
    fn texts(&self, module: ModuleId, value: ExprRef<'a>) -> Option<Vec<Arc<str>>> {
        let reader = super::Reader {
            modules: self.modules,
        };
        let names = reader.strings(module, value)?;
        Some(names.into_iter().map(|name| name.text).collect())
    }

    /// The hints among the arguments of a call.
    fn hints(&self, module: ModuleId, call: CallRef<'a>) -> Hints {
        let mut hints = Hints {
            is_open: call.is_open(),
            ..Hints::default()
        };
        for (name, value) in call.keywords() {
            let into = match name {
                "select_related" => &mut hints.joined,
                "prefetch_related" => &mut hints.prefetched,
                "only" => &mut hints.only,
                "disable_optimization" => {
                    hints.is_open = true;
                    continue;
                }
                _ => continue,
            };
            match self.texts(module, value) {
                Some(texts) => into.extend(texts),
                None => hints.is_open = true,
            }
        }
        hints
    }
}

/// Whether a dotted name is that of one of these classes or functions of a library for GraphQL.
fn library_of(dotted: &str, names: &[&str]) -> Option<Library> {
    let (package, _) = dotted.split_once('.')?;
    let library = match package {
        "graphene" | "graphene_django" | "graphene_django_optimizer" => Library::Graphene,
        "strawberry" | "strawberry_django" | "strawberry_django_plus" => Library::Strawberry,
        _ => return None,
    };
    let last = dotted.rsplit('.').next()?;
    names.contains(&last).then_some(library)
}

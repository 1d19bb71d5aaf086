//! The functions behind the tags and filters of the project's own libraries.

use luthier_source::FileId;
use luthier_source::template::NodeKind;
use rustc_hash::FxHashMap;

use super::Templates;
use crate::Project;
use crate::facts::{CallRef, ExprRef};
use crate::modules::{Definition, FunctionRef, ModuleId};

/// What a library makes of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    Filter,
    Simple,
    /// The name of the template that it shows.
    Inclusion(String),
}

#[derive(Clone, Debug)]
pub(crate) struct TagFunction {
    pub(crate) function: FunctionRef,
    pub(crate) kind: TagKind,
    /// Whether it is given the context before all else.
    pub(crate) takes_context: bool,
}

/// All of them, by the name that templates use.
#[derive(Debug, Default)]
pub(crate) struct TagFunctions {
    tags: FxHashMap<Box<str>, Vec<TagFunction>>,
    filters: FxHashMap<Box<str>, Vec<TagFunction>>,
}

impl TagFunctions {
    fn of(project: &Project) -> Self {
        let mut found = Self::default();
        for module in project.own_modules() {
            let name = &project.modules.get(module).name;
            if name.contains(".templatetags.") && !project.modules.is_test(module) {
                found.add_module(project, module);
            }
        }
        found
    }

    fn add_module(&mut self, project: &Project, module: ModuleId) {
        let facts = project.modules.facts(module);
        for function in facts.function_ids() {
            let declared = facts.function(function);
            let scope = facts.body(declared.scope);
            let function = FunctionRef { module, function };
            for &decorator in &declared.decorators {
                let decorator = scope.expr(decorator);
                let name = facts.text(declared.name);
                self.add(
                    decorator.without_call(),
                    decorator.as_call(),
                    name,
                    function,
                );
            }
        }
        for call in facts.module().exprs().filter_map(ExprRef::as_call) {
            // `register.filter("cut", cut)`, `register.simple_tag(total)`
            let handed = call.positional().last();
            let Some(handed) = handed.filter(|handed| handed.as_name().is_some()) else {
                continue;
            };
            if let Definition::Function(function) = project.modules.resolve_expr(module, handed) {
                let name = handed.as_name().unwrap_or_default();
                self.add(call.callee, Some(call), name, function);
            }
        }
    }

    fn add(
        &mut self,
        callee: ExprRef<'_>,
        call: Option<CallRef<'_>>,
        own_name: &str,
        function: FunctionRef,
    ) {
        let Some((object, method)) = callee.as_attribute() else {
            return;
        };
        if object.as_name() != Some("register") {
            return;
        }
        let first = call.and_then(|call| call.positional().next());
        let text = first.and_then(ExprRef::as_str);
        let kind = match method {
            "filter" => TagKind::Filter,
            "simple_tag" | "assignment_tag" => TagKind::Simple,
            "inclusion_tag" => match text {
                Some(template) => TagKind::Inclusion(template.to_owned()),
                None => return,
            },
            _ => return,
        };
        let named = call.and_then(|call| call.keyword("name"));
        let named = named.and_then(ExprRef::as_str);
        let named = named.or_else(|| text.filter(|_| kind == TagKind::Filter));
        let takes_context = call
            .and_then(|call| call.keyword("takes_context"))
            .and_then(ExprRef::as_bool);
        let by_name = match kind {
            TagKind::Filter => &mut self.filters,
            TagKind::Simple | TagKind::Inclusion(_) => &mut self.tags,
        };
        let known = by_name.entry(named.unwrap_or(own_name).into()).or_default();
        known.push(TagFunction {
            function,
            kind,
            takes_context: takes_context == Some(true),
        });
    }
}

impl Project {
    /// The function behind a tag in a template; none where it is not the project's, or could be
    /// several.
    pub(crate) fn tag_function(&self, template: FileId, name: &str) -> Option<&TagFunction> {
        self.of_loaded(template, self.tag_functions().tags.get(name)?)
    }

    /// The same of a filter.
    pub(crate) fn filter_function(&self, template: FileId, name: &str) -> Option<&TagFunction> {
        self.of_loaded(template, self.tag_functions().filters.get(name)?)
    }

    fn tag_functions(&self) -> &TagFunctions {
        self.flows
            .tag_functions
            .get_or_init(|| TagFunctions::of(self))
    }

    /// Of several with one name that of a library that the template loads.
    fn of_loaded<'f>(&self, template: FileId, known: &'f [TagFunction]) -> Option<&'f TagFunction> {
        if let [only] = known {
            return Some(only);
        }
        let template = Templates::template(&self.files, template)?;
        let is_loaded = |tag: &&TagFunction| {
            let module = &self.modules.get(tag.function.module).name;
            let library = module.rsplit('.').next().unwrap_or_default();
            template.nodes.iter().any(|node| match &node.kind {
                NodeKind::Load { libraries, .. } => libraries.iter().any(|name| name == library),
                _ => false,
            })
        };
        let mut loaded = known.iter().filter(is_loaded);
        let first = loaded.next();
        first.filter(|_| loaded.next().is_none())
    }
}

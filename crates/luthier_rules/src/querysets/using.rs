//! What rules about the use of one queryset share.

use luthier_diagnostics::{Fix, Location};
use luthier_project::Project;
use luthier_project::facts::ir::Owner;
use luthier_project::facts::{
    BodyId, BodyRef, CallRef, ExprId, ExprRef, is_command_path, is_test_path,
};
use luthier_project::flows::{Held, Making, Target, Use, UseKind, Variable};
use luthier_project::models::ModelId;
use luthier_project::modules::{Definition, ModuleId};
use luthier_source::{FileId, SourceFile, Span};

use crate::context::Reported;
use crate::{Context, imports};

/// Methods that write to the database, or do so as a rule.
pub(super) const WRITING: &[&str] = &[
    "add",
    "bulk_create",
    "bulk_update",
    "clear",
    "create",
    "delete",
    "get_or_create",
    "remove",
    "save",
    "set",
    "update",
    "update_or_create",
];

/// Methods that write to no database, whatever they are called on.
const HARMLESS: &[&str] = &[
    "append", "debug", "error", "format", "get", "info", "items", "join", "keys", "strip",
    "values", "warning", "write",
];

/// A module whose code runs beside others and on data as it comes: no test, no migration.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    pub(super) project: &'a Project,
    pub(super) module: ModuleId,
    pub(super) file: FileId,
    pub(super) source: &'a SourceFile,
}

impl<'a> Code<'a> {
    pub(super) fn of(context: &Context<'a>, module: ModuleId) -> Option<Self> {
        let project = context.project;
        let file = project.modules.get(module).file?;
        let source = context.sources.file(file);
        // What projects give to the tests of others is called so.
        let is_helper = source.path.split('/').any(|folder| folder == "testing");
        let is_left_out =
            is_test_path(&source.path) || is_helper || project.modules.is_migration(module);
        (!is_left_out).then_some(Self {
            project,
            module,
            file,
            source,
        })
    }

    pub(super) fn expr(self, body: BodyId, expr: ExprId) -> ExprRef<'a> {
        self.project
            .modules
            .facts(self.module)
            .body(body)
            .expr(expr)
    }

    /// The dotted name of what a call leads to, where that is outside the project.
    pub(super) fn outside(self, call: CallRef<'_>) -> Option<&'a str> {
        let calls = self.project.calls(self.module);
        match calls.target(call.expr.body.id, call.expr.id)? {
            Target::Outside(name) => Some(calls.name(name)),
            _ => None,
        }
    }

    /// Whether a function is one of coroutines: there no query may be made at all.
    pub(super) fn is_async(self, body: BodyId) -> bool {
        let facts = self.project.modules.facts(self.module);
        match facts.body(body).owner() {
            Owner::Function(function) => facts.function(function).is_async,
            Owner::Module | Owner::Class(_) => false,
        }
    }

    /// The variables that hold querysets whose making is seen, and nothing else does.
    pub(super) fn querysets(
        self,
    ) -> impl Iterator<Item = (&'a Variable, ModelId, Making<'a>)> + use<'a> {
        let variables = self.project.variables(self.module).iter();
        variables.filter_map(move |variable| {
            let Held::Rows(model) = variable.holds else {
                return None;
            };
            if variable.is_shared || self.is_async(variable.body) {
                return None;
            }
            let making = self.project.making_of_variable(self.module, variable)?;
            Some((variable, model, making))
        })
    }

    /// Whether the rows of a queryset serve something else than one use of it.
    pub(super) fn serves_others(self, variable: &Variable, used: &Use) -> bool {
        let facts = self.project.modules.facts(self.module);
        variable.others(used).any(|other| other.kind.profits(facts))
    }

    /// Whether the rows themselves are of use: all that is asked elsewhere is how many there are.
    pub(super) fn serves_rows(self, variable: &Variable, used: &Use) -> bool {
        let facts = self.project.modules.facts(self.module);
        variable.others(used).any(|other| {
            let is_number = match other.kind {
                UseKind::Len | UseKind::Truth => true,
                UseKind::Method(name) => matches!(facts.text(name), "count" | "exists"),
                _ => false,
            };
            other.kind.profits(facts) && !is_number
        })
    }

    /// Whether a use is the one that fetches the rows.
    pub(super) fn is_first(self, variable: &Variable, used: &Use) -> bool {
        let mut fetching = variable.uses.iter().filter(|used| used.kind.fetches());
        fetching.next().is_some_and(|first| first.expr == used.expr)
    }

    /// Whether the project has a method of its own under a name of Django's on a model's querysets.
    pub(super) fn is_replaced(self, model: ModelId, methods: &[&str]) -> bool {
        let (modules, models) = (&self.project.modules, &self.project.models);
        let is_own = |name: &&str| models.manager_method(modules, model, name).is_some();
        methods.iter().any(is_own)
    }

    pub(super) fn report<'c>(
        self,
        context: &'c mut Context<'_>,
        span: Span,
        model: ModelId,
        message: String,
    ) -> Reported<'c> {
        let model = self.project.models.get(model);
        let mut reported = context.report(Location::new(self.file, span), message);
        reported.symbol(&*model.label).app(&*model.app_label);
        reported
    }

    /// Whether it is a management command: nobody waits for it, and it rarely runs twice at once.
    pub(super) fn is_command(self) -> bool {
        is_command_path(&self.source.path)
    }

    /// Whether a row is stored as another one: its key is taken away.
    pub(super) fn is_copied(self, variable: &Variable) -> bool {
        let facts = self.project.modules.facts(self.module);
        variable.uses.iter().any(|used| match used.kind {
            UseKind::Written(name) => matches!(facts.text(name), "id" | "pk" | "uuid"),
            UseKind::Read(name) => facts.text(name) == "_state",
            _ => false,
        })
    }

    /// Adds the import of a class of `django.db.models` that a fix uses.
    pub(super) fn with_import(self, fix: Fix, name: &str) -> Option<Fix> {
        self.with_imports(fix, &[name])
    }

    /// The same for several.
    pub(super) fn with_imports(self, fix: Fix, names: &[&str]) -> Option<Fix> {
        let facts = self.project.modules.facts(self.module);
        let mut missing = Vec::new();
        for &name in names {
            if !self.has_of_django(name) {
                if facts.module().binding(name).is_some() {
                    return None;
                }
                missing.push(name);
            }
        }
        if missing.is_empty() {
            return Some(fix);
        }
        let from = "django.db.models";
        let (span, line) = imports::names(facts, &self.source.text, from, &missing)?;
        Some(fix.replace(self.file, span, line))
    }

    /// Whether a name means the class of `django.db.models` that is called so.
    fn has_of_django(self, name: &str) -> bool {
        let modules = &self.project.modules;
        let dotted = match modules.resolve(self.module, name) {
            Definition::External(dotted) => Some(dotted),
            Definition::Class(class) => Some(modules.qualified_class(class)),
            _ => None,
        };
        dotted.is_some_and(|dotted| dotted.starts_with("django.db.models."))
    }

    /// Whether code between two places may write to the database.
    pub(super) fn may_write(self, body: BodyRef<'_>, earlier: Span, later: Span) -> bool {
        let calls = self.project.calls(self.module);
        let mut between = body.exprs().filter_map(ExprRef::as_call).filter(|call| {
            let span = call.expr.span();
            span.start >= earlier.end && span.start < later.start && !span.encloses(later)
        });
        between.any(|call| {
            let method = call.callee.as_attribute().map_or("", |(_, method)| method);
            if WRITING.contains(&method) {
                return true;
            }
            if self.project.rows_asked(self.module, call).is_some() {
                return false;
            }
            match calls.target(body.id, call.expr.id) {
                Some(Target::Outside(_) | Target::Class(_)) => false,
                Some(Target::Function(_)) | None => true,
                Some(Target::Unknown(_)) => !HARMLESS.contains(&method),
            }
        })
    }

    /// Makes `wrapped(rows)` the call of a method of the rows, where that can be written so.
    pub(super) fn unwrapped(self, call: CallRef<'_>, fix: Fix, method: &str) -> Option<Fix> {
        let argument = call.positional().next()?.span();
        let whole = call.expr.span();
        let text = &self.source.text;
        let before = Span::new(whole.start, argument.start);
        let after = Span::new(argument.end, whole.end);
        let is_plain = [before, after]
            .iter()
            .all(|span| !span.text(text).contains('#'));
        let is_whole = is_within_brackets(argument.text(text));
        let behind = after.text(text).trim_end_matches(')');
        let is_alone = behind.trim_matches([',', ' ', '\n']).is_empty();
        (is_plain && is_whole && is_alone).then(|| {
            fix.delete(self.file, before)
                .replace(self.file, after, method)
        })
    }
}

/// Whether all line breaks of an expression lie within its own brackets.
pub(super) fn is_within_brackets(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|letter| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        letter != '\n' || depth > 0
    })
}

/// Whether a function takes a lock: then nobody else may be there at the same time.
pub(super) fn is_locked(body: BodyRef<'_>) -> bool {
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| {
        let name = call.callee.as_attribute().map(|(_, name)| name);
        let name = name.or_else(|| call.callee.as_name()).unwrap_or_default();
        name == "select_for_update" || name.to_lowercase().contains("lock")
    })
}

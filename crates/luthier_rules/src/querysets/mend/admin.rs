//! Loads more with the rows of the admin, whose querysets no code builds.

use luthier_diagnostics::Fix;
use luthier_project::facts::ir::Stmt;
use luthier_project::facts::{BodyRef, ExprRef, StmtRef};
use luthier_project::flows::Growing;
use luthier_project::models::Found;
use luthier_project::modules::{Ancestor, ClassRef};
use luthier_project::serializers::{Origin, Shape, ShapeKind};
use luthier_source::Location;

use super::Mending;
use crate::layout::Layout;

/// Tells the class of the admin that shows the rows to load the way to a relation: a list joins by
/// `list_select_related`, everything else needs a `get_queryset()`.
pub(super) fn fix(mending: Mending<'_>, growing: &Growing, method: &str, fix: Fix) -> Option<Fix> {
    let (shape, class) = showing(mending, growing.looped)?;
    let admin = Admin {
        mending,
        shape,
        class,
        body: mending.project.modules.class_body(class),
        layout: mending.layout(class.module)?,
    };
    let path = growing.path.names();
    match method {
        "select_related" if shape.kind == ShapeKind::Admin => admin.join(fix, path),
        _ => admin.load(fix, method, path),
    }
}

/// The class of the admin that goes through its rows at a place.
fn showing(mending: Mending<'_>, place: Location) -> Option<(&Shape, ClassRef)> {
    let project = mending.project;
    let mut shapes = project.serializers.all().iter();
    shapes.find_map(|shape| {
        let Origin::Class(class) = shape.origin else {
            return None;
        };
        let is_admin = matches!(shape.kind, ShapeKind::Admin | ShapeKind::Inline);
        let file = project.modules.get(class.module).file?;
        let named = project.modules.class(class).name_span;
        (is_admin && Location::new(file, named) == place).then_some((shape, class))
    })
}

struct Admin<'a> {
    mending: Mending<'a>,
    shape: &'a Shape,
    class: ClassRef,
    body: BodyRef<'a>,
    layout: Layout<'a>,
}

impl<'a> Admin<'a> {
    /// One more path in `list_select_related`.
    fn join(&self, fix: Fix, path: &str) -> Option<Fix> {
        if let Some((_, value)) = self.assigned("list_select_related") {
            return self.join_more(fix, value, path);
        }
        // Either decides what is joined, and which rows there are.
        let deciding = [
            "list_select_related",
            "get_list_select_related",
            "get_queryset",
        ];
        if deciding.into_iter().any(|name| self.has(name)) {
            return None;
        }
        let display = self.assigned("list_display");
        let quote = match display {
            Some((_, value)) => self.layout.quote(value),
            None => '"',
        };
        // The admin joins the required keys among the columns as long as it is not told what to join.
        let mut names = self.joined_columns();
        if !names.contains(&path) {
            names.push(path);
        }
        let names: Vec<String> = names
            .into_iter()
            .map(|name| format!("{quote}{name}{quote}"))
            .collect();
        let is_tuple =
            display.is_some_and(|(_, value)| value.span().text(self.layout.text).starts_with('('));
        let list = match (is_tuple, &*names) {
            (true, [name]) => format!("({name},)"),
            (true, names) => format!("({})", names.join(", ")),
            (false, names) => format!("[{}]", names.join(", ")),
        };
        self.written(fix, display.map(|(statement, _)| statement), |indent| {
            let line = format!("{indent}list_select_related = {list}");
            match self.layout.fits(&line, "") {
                true => line,
                false => {
                    let open = &list[..1];
                    let close = &list[list.len() - 1..];
                    let items = names.join(&format!(",\n{indent}    "));
                    format!("{indent}list_select_related = {open}\n{indent}    {items},\n{indent}{close}")
                }
            }
        })
    }

    fn join_more(&self, fix: Fix, value: ExprRef<'a>, path: &str) -> Option<Fix> {
        let mut names = value.elements()?;
        let last = names.next_back()?;
        if last.as_str().is_none() || names.any(|name| name.as_str().is_none()) {
            return None;
        }
        let quote = self.layout.quote(last);
        let at = last.span().end;
        let start = self.layout.text[..last.span().start as usize].rfind('\n');
        let before = &self.layout.text[start.map_or(0, |at| at + 1)..last.span().start as usize];
        let separator = match before.trim().is_empty() {
            true => format!(",\n{before}"),
            false => ", ".to_owned(),
        };
        Some(fix.insert(
            self.layout.file,
            at,
            format!("{separator}{quote}{path}{quote}"),
        ))
    }

    /// A `get_queryset()` that loads more than the one of Django does.
    fn load(&self, fix: Fix, method: &str, path: &str) -> Option<Fix> {
        if self.body.binding("get_queryset").is_some() {
            return None;
        }
        let quote = match self.body.statements().next() {
            Some(first) => self.quote(first),
            None => '"',
        };
        let loading = format!("{method}({quote}{path}{quote})");
        let statements = self.body.statements();
        let is_attribute = |statement: &StmtRef<'_>| {
            !matches!(statement.kind(), Stmt::Function(_) | Stmt::Class(_))
        };
        let last = statements.take_while(is_attribute).last();
        self.written(fix, last, |indent| {
            let head = format!("{indent}    return super().get_queryset(request).");
            let body = match self.layout.fits(&head, &loading) {
                true => format!("{head}{loading}"),
                false => format!(
                    "{indent}    queryset = super().get_queryset(request)\n\
                     {indent}    return queryset.{loading}"
                ),
            };
            format!("\n{indent}def get_queryset(self, request):\n{body}")
        })
    }

    /// Writes lines behind a statement of the class, else at its end.
    fn written(
        &self,
        fix: Fix,
        behind: Option<StmtRef<'a>>,
        lines: impl Fn(&str) -> String,
    ) -> Option<Fix> {
        let layout = self.layout;
        let class = self.mending.project.modules.class(self.class);
        let outer = layout.indent(class.span.start);
        let usual = format!("{outer}    ");
        let first = self.body.statements().next();
        let indent = first.map_or(&*usual, |first| layout.indent(first.span().start));
        if let Some(behind) = behind {
            if behind.kind() == Stmt::Pass {
                let text = lines(indent);
                let text = text.trim_start();
                return Some(fix.replace(layout.file, behind.span(), text));
            }
            let at = layout.line_end(behind.span().end);
            return Some(fix.insert(layout.file, at, format!("\n{}", lines(indent))));
        }
        // Behind the docstring, or behind everything.
        let at = layout.line_end(class.span.end);
        let gap = if first.is_none() { "\n\n" } else { "\n" };
        Some(fix.insert(
            layout.file,
            at,
            format!("{gap}{}", lines(indent).trim_matches('\n')),
        ))
    }

    fn quote(&self, statement: StmtRef<'_>) -> char {
        let text = statement.span().text(self.layout.text);
        text.chars()
            .find(|c| matches!(c, '"' | '\''))
            .unwrap_or('"')
    }

    /// The foreign keys among the columns that the admin joins by itself: those that are required.
    fn joined_columns(&self) -> Vec<&'a str> {
        let (Some(model), Some(option)) = (
            self.shape.subject.model(),
            self.shape.option("list_display"),
        ) else {
            return Vec::new();
        };
        let names = option.names.iter().map(|name| &*name.name.text);
        let is_joined = |name: &&str| match self.mending.project.models.lookup(model, name) {
            Found::Field(_, field) => {
                field.kind.is_foreign_key() && *field.name == **name && field.null() == Some(false)
            }
            _ => false,
        };
        names.filter(is_joined).collect()
    }

    /// The statement of the class's own body that assigns a name, and its value.
    fn assigned(&self, name: &str) -> Option<(StmtRef<'a>, ExprRef<'a>)> {
        let mut statements = self.body.statements();
        statements.find_map(|statement| {
            let (target, value) = statement.assignment()?;
            (target.as_name() == Some(name)).then_some((statement, value))
        })
    }

    /// Whether the class or a base of it in the project has an attribute, or one that is not known may.
    fn has(&self, name: &str) -> bool {
        let modules = &self.mending.project.modules;
        let mro = modules.mro(self.class);
        mro.ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::Class(class) if modules.is_repository(class.module) => {
                modules.class_body(*class).binding(name).is_some()
            }
            Ancestor::Class(class) => {
                let is_djangos = modules
                    .qualified_class(*class)
                    .starts_with("django.contrib.admin.");
                !is_djangos && modules.class_body(*class).binding(name).is_some()
            }
            Ancestor::External(_) => false,
            Ancestor::Unknown => true,
        })
    }
}

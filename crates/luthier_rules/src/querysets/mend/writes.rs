//! Writes rows at once that a loop writes one by one.

use luthier_diagnostics::Fix;
use luthier_project::Project;
use luthier_project::facts::{Expr, ExprRef, Name};
use luthier_project::flows::{Ask, Growing, Held};
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::Definition;
use luthier_source::Span;

use super::Mending;
use super::loops::InLoop;
use crate::layout::Layout;

/// Methods behind which a queryset cannot be deleted, updated or asked about as one.
const LIMITED: &[&str] = &[
    "difference",
    "distinct",
    "intersection",
    "iterator",
    "raw",
    "union",
    "values",
    "values_list",
];

pub(super) fn fix(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let Ask::Write { model, name, .. } = &growing.ask else {
        return None;
    };
    let code = InLoop::of(mending.project, growing)?;
    let writing = Writing {
        project: mending.project,
        code,
        model: *model,
        layout: mending.layout(code.module)?,
    };
    match &**name {
        "save" => writing.save(),
        "create" => writing.create(),
        "delete" => writing.delete(),
        "add" => writing.add(),
        _ => None,
    }
}

struct Writing<'a> {
    project: &'a Project,
    code: InLoop<'a>,
    /// The model that is written to.
    model: ModelId,
    layout: Layout<'a>,
}

impl<'a> Writing<'a> {
    // ---- save() ----

    fn save(&self) -> Option<Fix> {
        let (row, "save") = self.code.call.callee.as_attribute()? else {
            return None;
        };
        let Expr::Name(name) = row.kind() else {
            return None;
        };
        if self.has_parents() || self.code.is_disturbed(self.model) {
            return None;
        }
        let is_target = self.code.target.kind() == Expr::Name(name);
        if is_target {
            self.save_changed(row, name)
        } else {
            self.save_made(row, name)
        }
    }

    /// `row.save()` of the rows that are gone through.
    fn save_changed(&self, row: ExprRef<'a>, name: Name) -> Option<Fix> {
        let call = self.code.call;
        let is_queryset = self
            .project
            .making(self.code.module, self.code.iter)
            .is_some();
        if call.positional().next().is_some()
            || call.is_open()
            || !is_queryset
            || self.is_streamed()
        {
            return None;
        }
        let fields = match call.keyword("update_fields") {
            Some(given) => {
                let names: Option<Vec<&str>> = given.elements()?.map(ExprRef::as_str).collect();
                names?
            }
            None if call.keywords().next().is_some() => return None,
            None => self.code.assigned_attributes(name)?,
        };
        let named: Option<Vec<&str>> = fields.into_iter().map(|name| self.written(name)).collect();
        let fields = named.filter(|fields| !fields.is_empty())?;
        if self.sets_by_itself() || self.is_bound_again(name) {
            return None;
        }
        let manager = self.manager()?;
        let row = row.as_name()?;
        let list = self
            .code
            .free_name(&["changed".to_owned(), format!("changed_{row}s")])?;
        let quote = self.layout.quote(self.code.iter);
        let fields: Vec<String> = fields
            .into_iter()
            .map(|field| format!("{quote}{field}{quote}"))
            .collect();
        let fields = fields.join(", ");
        let fix = Fix::risky("Write the rows with `bulk_update()`").replace(
            self.layout.file,
            call.expr.span(),
            format!("{list}.append({row})"),
        );
        let arguments = [
            list.clone(),
            format!("[{fields}]"),
            "batch_size=1000".to_owned(),
        ];
        Some(self.around(fix, &list, &format!("{manager}.bulk_update"), &arguments))
    }

    /// `row.save()` of a row that the loop made.
    fn save_made(&self, row: ExprRef<'a>, name: Name) -> Option<Fix> {
        let (code, call) = (self.code, self.code.call);
        if !call.arguments().is_empty() || code.is_used_later(name) {
            return None;
        }
        let made = super::assigned(self.project, code.module, row)?.as_call()?;
        let is_made_here = code.around.span().encloses(made.expr.span());
        let class = self.project.modules.resolve_expr(code.module, made.callee);
        let is_model = matches!(class, Definition::Class(class) if self.project.models.by_class(class) == Some(self.model));
        if !is_made_here || !is_model {
            return None;
        }
        let has_key = made.keywords().any(|(name, _)| matches!(name, "id" | "pk"));
        if has_key || made.is_open() {
            return None;
        }
        let manager = self.manager()?;
        let row = row.as_name()?;
        let list = self.code.free_name(&self.list_names())?;
        let fix = Fix::risky("Write the rows with `bulk_create()`").replace(
            self.layout.file,
            call.expr.span(),
            format!("{list}.append({row})"),
        );
        let arguments = [list.clone(), "batch_size=1000".to_owned()];
        Some(self.around(fix, &list, &format!("{manager}.bulk_create"), &arguments))
    }

    // ---- create() ----

    fn create(&self) -> Option<Fix> {
        let (layout, call) = (self.layout, self.code.call);
        let (rows, "create") = call.callee.as_attribute()? else {
            return None;
        };
        if self.has_parents() || self.code.is_disturbed(self.model) || self.is_streamed() {
            return None;
        }
        let class = self.class_name()?;
        let owner = self.owner_of(rows)?;
        let manager = self.manager()?;
        let list = self.code.free_name(&self.list_names())?;
        let inside = Span::new(call.callee.span().end + 1, call.expr.span().end);
        let given = inside.text(layout.text);
        if call.positional().next().is_some() || given.contains("\"\"\"") || given.contains("'''") {
            return None;
        }
        let separator = match (owner.is_empty(), given == ")") {
            (true, _) | (_, true) => "",
            _ => ", ",
        };
        let made = format!("{class}({owner}{separator}{given}");
        let indent = layout.indent(call.expr.span().start);
        let one_line = format!("{list}.append({made})");
        let text = match given.contains('\n') {
            false if layout.fits(indent, &one_line) => one_line,
            _ => {
                let lines = made.replace('\n', "\n    ");
                format!("{list}.append(\n{indent}    {lines}\n{indent})")
            }
        };
        let fix = Fix::risky("Write the rows with `bulk_create()`").replace(
            layout.file,
            call.expr.span(),
            text,
        );
        let arguments = [list.clone(), "batch_size=1000".to_owned()];
        Some(self.around(fix, &list, &format!("{manager}.bulk_create"), &arguments))
    }

    /// What a related manager adds to what `create()` is given: `order=order`.
    fn owner_of(&self, rows: ExprRef<'a>) -> Option<String> {
        let (object, name) = rows.as_attribute()?;
        let modules = &self.project.modules;
        if let Definition::Class(_) = modules.resolve_expr(self.code.module, object) {
            return Some(String::new());
        }
        let row = object.as_name()?;
        let variable = self.project.variable(self.code.module, object)?;
        let Held::Row(owner) = variable.holds else {
            return None;
        };
        let (reverse, field) = self.foreign_key(owner, name)?;
        (reverse == self.model).then(|| format!("{field}={row}"))
    }

    /// The foreign key behind the manager of a row, and the model that has it.
    fn foreign_key(&self, owner: ModelId, accessor: &str) -> Option<(ModelId, &'a str)> {
        let models = &self.project.models;
        let mut ways = models.reverse(owner).into_iter();
        let found = ways.find(|reverse| models.accessor(reverse).as_deref() == Some(accessor))?;
        let field = models.field_of(found);
        let is_key = field.kind == FieldKind::ForeignKey;
        is_key.then(|| (found.from, &*field.name))
    }

    // ---- delete() and add() ----

    fn delete(&self) -> Option<Fix> {
        let (layout, code) = (self.layout, self.code);
        let (rows, "delete") = code.call.callee.as_attribute()? else {
            return None;
        };
        if !code.is_alone() || !code.call.arguments().is_empty() || !self.can_replace() {
            return None;
        }
        let fix = Fix::risky("Delete the rows at once");
        let iter = code.iter.span().text(layout.text);
        if rows.kind() == code.target.kind() {
            if !self.is_whole_queryset() {
                return None;
            }
            return Some(fix.replace(layout.file, code.whole(), format!("{iter}.delete()")));
        }
        // `filter(key=it)` for each of them is `filter(key__in=them)`.
        let filtered = self.filtered_by_target(rows)?;
        Some(fix.replace(layout.file, code.whole(), format!("{filtered}.delete()")))
    }

    /// The text of a queryset that asks for all that the loop goes through instead of for one.
    fn filtered_by_target(&self, rows: ExprRef<'a>) -> Option<String> {
        let (layout, code) = (self.layout, self.code);
        let Expr::Name(target) = code.target.kind() else {
            return None;
        };
        let mut named = code
            .exprs()
            .filter(|expr| expr.kind() == Expr::Name(target));
        let used = named.next().filter(|_| named.next().is_none())?;
        let filter = rows.as_call()?;
        let (manager, "filter") = filter.callee.as_attribute()? else {
            return None;
        };
        let (keyword, value) = filter.keywords().find(|(_, value)| value.id == used.id)?;
        let key = keyword.strip_suffix("__exact").unwrap_or(keyword);
        let is_plain = match self.project.models.lookup(self.model, key) {
            Found::Field(_, field) | Found::Key(_, field) => !field.kind.is_private(),
            _ => key == "pk",
        };
        let modules = &self.project.modules;
        let is_manager = manager.as_attribute().is_some_and(|(class, _)| {
            matches!(
                modules.resolve_expr(code.module, class),
                Definition::Class(_)
            )
        });
        let is_limited = self
            .project
            .making(code.module, code.iter)
            .is_some_and(|making| making.is_sliced);
        if !is_plain
            || !is_manager
            || is_limited
            || code.iter.as_call().is_some() && !self.is_whole_queryset()
        {
            return None;
        }
        let text = layout.text;
        let keyword_start = value.span().start as usize - keyword.len() - 1;
        let is_tight =
            text.get(keyword_start..value.span().start as usize)? == format!("{keyword}=");
        let iter = code.iter.span().text(text);
        let before = &text[rows.span().start as usize..keyword_start];
        let after = &text[value.span().end as usize..rows.span().end as usize];
        is_tight.then(|| format!("{before}{key}__in={iter}{after}"))
    }

    fn add(&self) -> Option<Fix> {
        let (project, layout, code) = (self.project, self.layout, self.code);
        let (manager, "add") = code.call.callee.as_attribute()? else {
            return None;
        };
        let (row, relation) = manager.as_attribute()?;
        let mut given = code.call.positional();
        let added = given.next().filter(|_| code.call.arguments().len() == 1)?;
        if !code.is_alone() || row.kind() != code.target.kind() || !self.can_replace() {
            return None;
        }
        let holder = project.variable(code.module, added)?;
        let (Held::Row(to), Expr::Name(_)) = (holder.holds, added.kind()) else {
            return None;
        };
        let is_bound_here = holder
            .values()
            .any(|value| code.around.span().encloses(code.body().expr(value).span()));
        let making = project.making(code.module, code.iter)?;
        let Found::Field(from, field) = project.models.lookup(making.model, relation) else {
            return None;
        };
        let target = field.relation.as_ref()?;
        let between = target.through.as_ref().and_then(|through| through.model());
        let is_own = |model| self.project.models.get(model).made_by.is_none();
        let is_many = field.kind == FieldKind::ManyToMany && !between.is_some_and(is_own);
        if !is_many || target.to.model() != Some(to) || is_bound_here || making.gives_values() {
            return None;
        }
        let back = project.models.accessor_name(from, field)?;
        let iter = code.iter.span().text(layout.text);
        let added = added.as_name()?;
        let fix = Fix::risky("Add all of them at once");
        Some(fix.replace(
            layout.file,
            code.whole(),
            format!("{added}.{back}.add(*{iter})"),
        ))
    }

    // ---- what is asked about the code ----

    /// Lines before the loop and after it: an empty list, and what writes it.
    fn around(&self, fix: Fix, list: &str, writer: &str, arguments: &[String]) -> Fix {
        let (layout, span) = (self.layout, self.code.around.span());
        let indent = layout.indent(span.start);
        let line = format!("{writer}({})", arguments.join(", "));
        let line = match layout.fits(indent, &line) {
            true => line,
            false => format!("{writer}(\n{indent}    {}\n{indent})", arguments.join(", ")),
        };
        fix.insert(layout.file, span.start, format!("{list} = []\n{indent}"))
            .insert(
                layout.file,
                layout.line_end(span.end),
                format!("\n{indent}{line}"),
            )
    }

    /// The name of the model's class in this module.
    fn class_name(&self) -> Option<&'a str> {
        let name: &str = &self.project.models.get(self.model).name;
        let found = self.project.modules.resolve(self.code.module, name);
        let is_it = matches!(found, Definition::Class(class) if self.project.models.by_class(class) == Some(self.model));
        is_it.then_some(name)
    }

    /// The default manager, as this module names it.
    fn manager(&self) -> Option<String> {
        let class = self.class_name()?;
        let model = self.project.models.get(self.model);
        let manager = model.default_manager.as_deref()?;
        let of = |name: &str| {
            let modules = &self.project.modules;
            self.project
                .models
                .manager_method(modules, self.model, name)
                .is_some()
        };
        let is_own = of("bulk_create") || of("bulk_update") || of("create");
        (!is_own).then(|| format!("{class}.{manager}"))
    }

    /// The list that rows to be made are put into.
    fn list_names(&self) -> Vec<String> {
        let name = &self.project.models.get(self.model).name;
        let mut plural = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !plural.is_empty() {
                plural.push('_');
            }
            plural.extend(letter.to_lowercase());
        }
        match plural.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => plural = format!("{stem}ies"),
            _ if plural.ends_with(['s', 'x']) => plural.push_str("es"),
            _ => plural.push('s'),
        }
        vec![plural.clone(), format!("new_{plural}")]
    }

    fn has_parents(&self) -> bool {
        let parents = &self.project.models.get(self.model).parents;
        parents.iter().any(|parent| parent.link.is_some())
    }

    /// The field behind an attribute that `bulk_update()` can write.
    fn written(&self, name: &str) -> Option<&'a str> {
        let found = self.project.models.lookup(self.model, name);
        let (Found::Field(owner, field) | Found::Key(owner, field)) = found else {
            return None;
        };
        let is_file = matches!(field.kind, FieldKind::File | FieldKind::Image);
        let is_column = field.kind.has_column() == Some(true) && field.primary_key() == Some(false);
        (owner == self.model && is_column && !is_file).then_some(&*field.name)
    }

    /// Whether saving a row of the model sets more than the code says: `auto_now`.
    fn sets_by_itself(&self) -> bool {
        let fields = self.project.models.fields(self.model);
        fields
            .iter()
            .any(|(_, field)| field.is_open() || field.argument("auto_now").is_some())
    }

    fn is_bound_again(&self, name: Name) -> bool {
        let bindings = self.code.body().body().bindings.iter();
        bindings.filter(|binding| binding.name == name).count() > 1
    }

    /// Whether the rows are gone through without being kept.
    fn is_streamed(&self) -> bool {
        let mut calls = super::calls(self.project, self.code.module, self.code.iter);
        calls.any(|call| {
            let method = call.callee.as_attribute().map(|(_, method)| method);
            matches!(method, Some("iterator" | "aiterator"))
        })
    }

    /// Whether what the loop goes through is a queryset that something can be done with as a whole.
    fn is_whole_queryset(&self) -> bool {
        let making = self.project.making(self.code.module, self.code.iter);
        making.is_some_and(|making| !making.is_sliced && !making.has(LIMITED))
    }

    /// Whether the text of the loop up to the call says nothing else.
    fn can_replace(&self) -> bool {
        let text = self.code.whole().text(self.layout.text);
        !text.contains('#')
    }
}

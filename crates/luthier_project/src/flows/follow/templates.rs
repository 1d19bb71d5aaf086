//! Templates that code renders: what they ask of the rows in their context.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::template::{Argument, Expression, Filter, Operand};
use luthier_source::{FileId, Location};

use super::event::Consumer;
use super::givens::leaving;
use super::record::{Fork, Unseen};
use super::run::{Arguments, Loop, Named, Run};
use super::value::{Dict, Growth, Manager, Value};
use crate::templates::{Effect, Reader, Scope, TEXT_FILTERS, Tag, TagKind, Walk};

/// Filters that count what they are given.
const COUNTING: &[&str] = &["length", "length_is"];

/// Methods that templates do not call: they have `alters_data`.
///
/// Source: `django.db.models` (Django 5.2), which sets it on them.
const ALTERING: &[&str] = &[
    "abulk_create",
    "adelete",
    "asave",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "save_base",
    "update",
    "update_or_create",
];

impl<'a> Run<'_, 'a> {
    /// Renders a template by one of these names with a context.
    pub(super) fn render(
        &mut self,
        name: &Value,
        context: &Value,
        has_request: bool,
        at: Location,
    ) -> Value {
        let templates = &self.project().templates;
        let file = match name {
            Value::Text(name) => templates.file(name),
            Value::Tuple(names) => names.iter().find_map(|name| match name {
                Value::Text(name) => templates.file(name),
                _ => None,
            }),
            _ => None,
        };
        let Some(file) = file else {
            self.unseen(Unseen::Template(at));
            return Value::Plain;
        };
        let mut names: Named = Vec::new();
        if has_request {
            names.extend(self.processed(at).iter().cloned());
        }
        if let Value::Dict(dict) = context {
            let known = dict.known.iter();
            names.extend(known.map(|(name, value)| (Arc::clone(name), value.clone())));
        }
        self.show_template(file, names);
        Value::Plain
    }

    fn show_template(&mut self, file: FileId, names: Named) {
        let project = self.project();
        let outer = std::mem::replace(&mut self.consumer, Consumer::Template);
        let mut rendering = Rendering {
            loops: Vec::new(),
            left: Vec::new(),
            forks: Vec::new(),
            run: self,
        };
        Walk::new(project, &mut rendering, names).file(file);
        self.consumer = outer;
    }

    /// What the project's context processors give to every page that is rendered for a request.
    fn processed(&mut self, at: Location) -> Rc<Named> {
        if self.records() {
            return Rc::new(self.processed_here(at));
        }
        if let Some(known) = &self.engine.processed {
            return Rc::clone(known);
        }
        // A processor that renders something itself does not go round in circles.
        self.engine.processed = Some(Rc::default());
        let mut names: Named = Vec::new();
        for dotted in self.project().context_processors() {
            let found = self.project().modules.lookup(&dotted);
            let Value::Function(processor) = self.defined(&found) else {
                continue;
            };
            let bound = vec![Value::Unknown];
            let mut run = Run::new(self.engine);
            let returned = run.summary_of(processor.function, bound).returned.clone();
            if let Value::Dict(dict) = returned {
                let known = dict.known.iter();
                names.extend(known.map(|(name, value)| (Arc::clone(name), value.clone())));
            }
        }
        let names = Rc::new(names);
        self.engine.processed = Some(Rc::clone(&names));
        names
    }

    /// The same, with the queries that the processors make each time.
    fn processed_here(&mut self, at: Location) -> Named {
        let mut names: Named = Vec::new();
        for dotted in self.project().context_processors() {
            let found = self.project().modules.lookup(&dotted);
            let processor = self.defined(&found);
            if let Value::Function(_) = processor
                && let Value::Dict(dict) =
                    self.call(&processor, &Arguments::of([Value::Unknown]), at)
            {
                let known = dict.known.iter();
                names.extend(known.map(|(name, value)| (Arc::clone(name), value.clone())));
            }
        }
        names
    }

    /// `value.name` as templates ask for it: keys, attributes and indices alike, and methods are
    /// called.
    pub(super) fn looked_up(&mut self, value: &Value, name: &str, at: Location) -> Value {
        let none = Arguments::default();
        let is_index = name.bytes().all(|byte| byte.is_ascii_digit());
        let found = match value {
            Value::Either(_) => {
                return self.each(value, |run, value| run.looked_up(value, name, at));
            }
            Value::Dict(dict) => match dict.known.get(name) {
                Some(found) => found.clone(),
                None if matches!(name, "items" | "keys" | "values") => {
                    self.container_method(value, name, &none)
                }
                None => self.item(value, &Value::text(name)),
            },
            Value::Rows(rows) if is_index => self.indexed(rows, at),
            Value::Many(_) | Value::Tuple(_) if is_index => {
                let index = name.parse::<usize>().unwrap_or_default();
                match value {
                    Value::Tuple(values) => values.get(index).cloned().unwrap_or(Value::Unknown),
                    _ => self.item(value, &Value::Plain),
                }
            }
            Value::Row(_) | Value::Rows(_) if ALTERING.contains(&name) => Value::Plain,
            Value::Rows(_) => match self.member(value, name, at) {
                Value::Unknown => self.call_method(value, name, &none, at),
                found => found,
            },
            Value::Object(_) if self.is_form(value) && self.form_member(value, name) => {
                Value::Plain
            }
            value => self.member(value, name, at),
        };
        match found {
            Value::Function(_) => self.call(&found, &none, at),
            found => found,
        }
    }

    /// What a path leads to, and the value that it began with, with what was followed in memory.
    pub(super) fn walked(&mut self, head: Value, path: &[&str], at: Location) -> (Value, Value) {
        let mut found = vec![head];
        for name in path {
            let next = self.looked_up(&found[found.len() - 1], name, at);
            found.push(next);
        }
        let result = found[path.len()].clone();
        for (position, name) in path.iter().enumerate().rev() {
            if let (Value::Row(row), Value::Row(_)) = (&found[position], &found[position + 1]) {
                let row = self.with_relation(row, name, &found[position + 1]);
                found[position] = row;
            }
        }
        (result, found.swap_remove(0))
    }
}

struct Rendering<'r, 'e, 'a> {
    run: &'r mut Run<'e, 'a>,
    /// How many loops stood around each loop that the template is in.
    loops: Vec<usize>,
    /// The loops of which only one round is shown where the template is.
    left: Vec<Option<Loop>>,
    /// The branches that the template is in, and whether one of them is always shown.
    forks: Vec<(Fork, bool)>,
}

impl<'a> Reader<'a> for Rendering<'_, '_, 'a> {
    type Value = Value;

    fn unknown(&self) -> Value {
        Value::Unknown
    }

    fn value(
        &mut self,
        scope: &mut Scope<Value>,
        file: FileId,
        expression: &'a Expression,
    ) -> Value {
        let at = Location::new(file, expression.span);
        let value = self.operand(scope, &expression.operand, at);
        let mut filters = expression.filters.iter();
        filters
            .try_fold(value, |value, filter| {
                Some(self.filtered(scope, file, value, filter, at))
            })
            .unwrap_or(Value::Unknown)
    }

    fn print(&mut self, value: &Value, place: Location) {
        if !self.run.show_form(value, None) {
            self.run.show(value, place);
        }
    }

    fn test(&mut self, value: &Value, place: Location) {
        match value {
            Value::Rows(rows) if rows.manager == Manager::No => self.run.fetch(rows, place),
            Value::Either(values) => {
                for value in values.iter() {
                    self.test(value, place);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, value: &Value, place: Location) -> Value {
        self.loops.push(self.run.loops.len());
        match value {
            // A manager cannot be gone through.
            Value::Rows(rows) if rows.manager != Manager::No => Value::Unknown,
            // Its fields, one by one.
            Value::Object(_) if self.run.is_form(value) => {
                self.run.show_form(value, None);
                Value::Unknown
            }
            value => self.run.enter(value, place),
        }
    }

    fn leave(&mut self) {
        let loops = self.loops.pop().unwrap_or_default();
        self.run.leave(loops);
    }

    fn parts(&mut self, element: &Value, targets: usize) -> Vec<Value> {
        match element {
            Value::Tuple(values) if values.len() == targets => values.to_vec(),
            Value::Many(many) => vec![many.element.clone(); targets],
            _ => vec![Value::Unknown; targets],
        }
    }

    fn enter_branch(&mut self, is_once: bool) {
        self.run.conditions += 1;
        let fork = self.run.fork();
        self.forks.push((fork, false));
        if is_once {
            self.left.push(self.run.loops.pop());
        }
    }

    fn leave_branch(&mut self, is_once: bool) {
        self.run.conditions -= 1;
        if is_once {
            self.run.loops.extend(self.left.pop().flatten());
        }
        if let Some((mut fork, is_whole)) = self.forks.pop() {
            self.run.way(&mut fork, true);
            if !is_whole {
                self.run.way(&mut fork, true);
            }
            self.run.meet(fork);
        }
    }

    fn next_branch(&mut self, is_last: bool) {
        if let Some((fork, is_whole)) = self.forks.last_mut() {
            self.run.way(fork, true);
            *is_whole |= is_last;
        }
    }

    fn enter_kept(&mut self) {
        self.run.caches += 1;
    }

    fn leave_kept(&mut self) {
        self.run.caches -= 1;
    }

    fn address(&mut self, value: &Value, place: Location) {
        self.run.show(value, place);
    }

    fn tag(&mut self, scope: &mut Scope<Value>, file: FileId, tag: Tag<'a>) -> Effect<Value> {
        match tag.name {
            "regroup" => self.regroup(scope, file, tag),
            "ifchanged" | "cache" | "widthratio" => {
                for argument in tag.arguments {
                    self.argument(scope, file, argument);
                }
                Effect::None
            }
            "firstof" => {
                for argument in tag.arguments {
                    let value = self.argument(scope, file, argument);
                    self.print(&value, tag.place);
                }
                Effect::None
            }
            _ => self.library_tag(scope, file, tag),
        }
    }
}

impl<'a> Rendering<'_, '_, 'a> {
    fn operand(&mut self, scope: &mut Scope<Value>, operand: &'a Operand, at: Location) -> Value {
        match operand {
            Operand::Text { value, .. } => Value::text(value),
            Operand::Number(number) => match number.parse() {
                Ok(number) if super::rows::is_few(number) => self.run.few(number),
                _ => Value::Plain,
            },
            Operand::Variable(path) => {
                let (head, path) = path.split_once('.').unwrap_or((path, ""));
                let path: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
                let value = scope.get(head).cloned().unwrap_or(Value::Unknown);
                let (found, kept) = self.run.walked(value, &path, at);
                if let Value::Row(_) = kept {
                    scope.set(head, kept);
                }
                found
            }
        }
    }

    fn argument(
        &mut self,
        scope: &mut Scope<Value>,
        file: FileId,
        argument: &'a Argument,
    ) -> Value {
        match &argument.value {
            Some(value) => self.value(scope, file, value),
            None => Value::Unknown,
        }
    }

    /// `{% regroup books by category.name as shelves %}`
    fn regroup(&mut self, scope: &mut Scope<Value>, file: FileId, tag: Tag<'a>) -> Effect<Value> {
        let [many, _, by, _, target] = tag.arguments else {
            return Effect::Unknown;
        };
        let many = self.argument(scope, file, many);
        let loops = self.run.loops.len();
        let element = self.run.enter(&many, tag.place);
        let path: Vec<&str> = by.text.split('.').collect();
        let (_, element) = self.run.walked(element, &path, tag.place);
        self.run.leave(loops);
        let group = Dict {
            known: BTreeMap::from([
                ("grouper".into(), Value::Plain),
                ("list".into(), Value::many(leaving(&element), Growth::Rows)),
            ]),
            ..Dict::default()
        };
        let groups = Value::many(Value::Dict(Rc::new(group)), Growth::Rows);
        Effect::Binds(vec![(target.text.as_str().into(), groups)])
    }

    fn library_tag(
        &mut self,
        scope: &mut Scope<Value>,
        file: FileId,
        tag: Tag<'a>,
    ) -> Effect<Value> {
        let project = self.run.project();
        let Some(function) = project.tag_function(file, tag.name) else {
            return Effect::Unknown;
        };
        let mut given = Arguments::default();
        if function.takes_context {
            let names = scope.names().iter();
            given.positional.push(Value::Dict(Rc::new(Dict {
                known: names
                    .map(|(name, value)| (Arc::clone(name), value.clone()))
                    .collect(),
                other: Some(Value::Unknown),
                is_growing: false,
            })));
        }
        let before_target = |argument: &&Argument| argument.text != "as";
        for argument in tag.arguments.iter().take_while(before_target) {
            let value = self.argument(scope, file, argument);
            match &argument.keyword {
                Some(keyword) => given.keywords.push((keyword.as_str().into(), value)),
                None => given.positional.push(value),
            }
        }
        let result = self
            .run
            .call(&Value::function(function.function), &given, tag.place);
        match &function.kind {
            TagKind::Inclusion(name) => {
                let (Some(template), Value::Dict(dict)) = (project.templates.file(name), result)
                else {
                    return Effect::None;
                };
                let known = dict.known.iter();
                let names = known.map(|(name, value)| (Arc::clone(name), value.clone()));
                Effect::Shows(template, names.collect())
            }
            TagKind::Simple | TagKind::Filter => Effect::Gives(result),
        }
    }

    fn filtered(
        &mut self,
        scope: &mut Scope<Value>,
        file: FileId,
        value: Value,
        filter: &'a Filter,
        at: Location,
    ) -> Value {
        let argument = filter.argument.as_ref();
        let argument = argument.map(|argument| self.operand(scope, argument, at));
        let name = filter.name.as_str();
        if COUNTING.contains(&name) {
            self.test(&value, at);
            return Value::Plain;
        }
        if TEXT_FILTERS.contains(&name) {
            self.run.show(&value, at);
            return Value::Plain;
        }
        match name {
            "default" | "default_if_none" => match argument {
                Some(argument) => value.join(argument),
                None => value,
            },
            "first" | "random" => match &value {
                Value::Rows(rows) => self.run.indexed(rows, at),
                Value::Many(_) | Value::Tuple(_) => self.run.item(&value, &Value::Plain),
                _ => Value::Unknown,
            },
            "slice" => {
                let is_few = matches!(&argument, Some(Value::Text(text)) if is_few(text));
                match &value {
                    Value::Rows(rows) => {
                        let limit = match &argument {
                            Some(Value::Text(text)) if is_few => upper(text),
                            _ => None,
                        };
                        self.run.sliced(rows, is_few, limit)
                    }
                    Value::Many(many) if is_few => Value::many(many.element.clone(), Growth::No),
                    Value::Many(_) | Value::Tuple(_) => value,
                    _ => Value::Unknown,
                }
            }
            "dictsort" | "dictsortreversed" => {
                let path = match &argument {
                    Some(Value::Text(path)) => path.split('.').collect(),
                    _ => Vec::new(),
                };
                self.through(&value, at, |rendering, element| {
                    rendering.run.walked(element, &path, at).1
                })
            }
            "escapeseq" | "join" | "safeseq" | "unordered_list" => {
                self.through(&value, at, |rendering, element| {
                    rendering.run.show(&element, at);
                    Value::Plain
                });
                Value::Plain
            }
            "yesno" => {
                self.test(&value, at);
                Value::Plain
            }
            _ => {
                let function = self.run.project().filter_function(file, name);
                let Some(function) = function else {
                    return Value::Unknown;
                };
                let given = Arguments::of([value].into_iter().chain(argument));
                self.run
                    .call(&Value::function(function.function), &given, at)
            }
        }
    }

    /// Does something with each element, and gives a list of what comes of it.
    fn through(
        &mut self,
        many: &Value,
        at: Location,
        each: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let (element, growth) = self.run.elements(many, at);
        let loops = self.run.loops.len();
        let element = self.run.enter_elements(&element, growth, at);
        let result = each(self, element);
        self.run.leave(loops);
        Value::many(leaving(&result), growth)
    }
}

/// Where a slice such as `:3` ends.
fn upper(slice: &str) -> Option<u32> {
    slice.split(':').nth(1)?.parse().ok()
}

/// Whether a slice such as `:3` leaves few.
fn is_few(slice: &str) -> bool {
    upper(slice).is_some_and(|upper| super::rows::is_few(upper.into()))
}

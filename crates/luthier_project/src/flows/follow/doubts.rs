//! What speaks against mending a query that grows.

use luthier_source::Location;
use rustc_hash::{FxHashMap, FxHashSet};

use super::event::{Ask, Consumer, Doubt, Growing};
use super::rows::ONE;
use super::run::Run;
use super::value::Anchor;
use crate::Project;
use crate::facts::ir::Owner;
use crate::flows::Target;
use crate::modules::{FunctionRef, ModuleId};

/// Functions that call each other further than this are not followed back to commands.
const MAX_CALLERS: u32 = 3;

/// What is known so far.
pub(super) struct Doubts<'a> {
    project: &'a Project,
    /// The names of commands that other code runs: for a request, or as a task.
    run_by_code: FxHashSet<&'a str>,
    /// Where rows are asked for, with the loop that asks for them anew for each of its own.
    asked_in: FxHashSet<(Location, Location)>,
    for_commands: FxHashMap<FunctionRef, bool>,
}

impl<'a> Doubts<'a> {
    pub(super) fn of(project: &'a Project, all: &[Growing]) -> Self {
        // What a relation leads to is counted from the rows above.
        let asking = all
            .iter()
            .filter(|growing| growing.path.names().is_empty() && gives_rows(&growing.ask));
        Self {
            project,
            run_by_code: project.commands_run_by_code(),
            asked_in: asking
                .filter_map(|growing| Some((growing.source?, growing.looped)))
                .collect(),
            for_commands: FxHashMap::default(),
        }
    }

    /// Why a query that grows may not be worth mending, as far as the code shows.
    pub(super) fn of_query(&mut self, growing: &Growing) -> Option<Doubt> {
        // Pages, lists and what clients ask for are there to show many.
        if growing.by != Consumer::Code {
            return None;
        }
        let is_aside = growing.writes_too && !matches!(growing.ask, Ask::Write { .. });
        if (is_aside || !self.is_of_whole_table(growing)) && self.is_asked_by_command(growing) {
            return Some(Doubt::Command);
        }
        // A column that is asked for was left out for nothing.
        if let Ask::Column { .. } = growing.ask {
            return None;
        }
        let is_of_one = growing
            .through
            .is_some_and(|through| through.is_of_one || through.is_of_owner);
        if growing.depth == 1 && is_of_one {
            return Some(Doubt::OfOne);
        }
        let through = growing.through;
        if through.is_some_and(|through| self.project.holds_configuration(through.model)) {
            return Some(Doubt::Configuration);
        }
        let is_relation = matches!(growing.ask, Ask::Relation { .. });
        let does_more = growing.writes_much || growing.asks_too;
        let writes_more = growing.writes_too && does_more;
        if growing.sends_too || is_relation && (writes_more || self.is_of_asked(growing)) {
            return Some(Doubt::PartOfMore);
        }
        if growing.calls.is_empty() {
            return None;
        }
        if growing.through.is_none() && growing.depth == 1 {
            return Some(Doubt::SameRow);
        }
        let project = self.project;
        let asking = project.function_around(growing.place)?;
        let calls_itself = growing
            .calls
            .iter()
            .any(|&call| project.function_around(call) == Some(asking));
        calls_itself.then_some(Doubt::Tree)
    }

    /// Whether the loop asks for the row itself as well, each time: that query is the one to mend.
    fn is_of_asked(&self, growing: &Growing) -> bool {
        let source = growing.source;
        source.is_some_and(|source| self.asked_in.contains(&(source, growing.looped)))
    }

    /// Whether the rows are those of a table that grows with use: the longer a command runs, the more
    /// it matters.
    fn is_of_whole_table(&self, growing: &Growing) -> bool {
        growing.through.is_some_and(|through| {
            let is_part = through.is_of_one || through.is_of_owner;
            !is_part && self.project.table_grows(through.model)
        })
    }

    /// Whether a management command is on the way, or calls the function that goes through the rows.
    fn is_asked_by_command(&mut self, growing: &Growing) -> bool {
        let project = self.project;
        let on_the_way = [growing.place, growing.looped].into_iter();
        let mut on_the_way = on_the_way.chain(growing.calls.iter().copied());
        let is_in_command = |place: Location| {
            let module = project.modules.of_file(place.file);
            module.is_some_and(|module| self.is_of_command(module))
        };
        if on_the_way.any(is_in_command) {
            return true;
        }
        let Some(function) = project.function_around(growing.looped) else {
            return false;
        };
        if let Some(&known) = self.for_commands.get(&function) {
            return known;
        }
        let is_for_commands = self.is_for_commands(function, MAX_CALLERS);
        self.for_commands.insert(function, is_for_commands);
        is_for_commands
    }

    /// Whether a module is a command that only people and schedules outside the project run.
    fn is_of_command(&self, module: ModuleId) -> bool {
        let name = self.project.command_of(module);
        name.is_some_and(|name| !self.run_by_code.contains(name))
    }

    /// Whether nothing else has a function's name than commands, and what only they call.
    fn is_for_commands(&self, function: FunctionRef, calls: u32) -> bool {
        let modules = &self.project.modules;
        let declared = modules.function(function);
        let facts = modules.facts(function.module);
        let is_plain =
            declared.decorators.is_empty() && facts.body(declared.scope).owner() == Owner::Module;
        let Some(calls) = calls.checked_sub(1).filter(|_| is_plain) else {
            return false;
        };
        let mut is_called = false;
        let name = modules.function_name(function);
        for module in self.project.naming(name) {
            if module == function.module {
                let own = self.project.calls(module).all().iter();
                for call in own.filter(|call| call.target == Target::Function(function)) {
                    let Owner::Function(caller) = facts.body(call.body).owner() else {
                        return false;
                    };
                    let caller = FunctionRef {
                        module,
                        function: caller,
                    };
                    if caller != function && !self.is_for_commands(caller, calls) {
                        return false;
                    }
                    is_called = true;
                }
            } else if self.is_of_command(module) {
                is_called = true;
            } else {
                return false;
            }
        }
        is_called
    }
}

/// Whether a query fetches rows, and not what is said of them.
fn gives_rows(ask: &Ask) -> bool {
    match ask {
        Ask::Method { name, .. } => matches!(&**name, "" | "[]") || ONE.contains(&&**name),
        _ => false,
    }
}

impl Run<'_, '_> {
    /// Queries that are made until something fits: what they ask for is not known before, so they cannot
    /// be asked together for all rows.
    pub(super) fn doubt_since(&mut self, before: usize) {
        self.doubt_asked_since(before, |ask| matches!(ask, Ask::Method { .. }));
    }

    /// Queries that nothing could be done about.
    pub(super) fn doubt_all_since(&mut self, before: usize) {
        self.doubt_asked_since(before, |_| true);
    }

    /// The same of a loop over rows: it may well end with the first.
    pub(super) fn doubt_search_since(&mut self, before: usize) {
        self.doubt_asked_since(before, |ask| !matches!(ask, Ask::Write { .. }));
    }

    /// The same of a generator that `any()` goes through, behind it.
    pub(super) fn doubt_search_behind(&mut self, before: usize) {
        let depth = self.depth();
        for event in self.events.iter_mut().skip(before) {
            let is_within = event.anchor == Anchor::Here && event.depth > depth;
            event.is_conditional |= is_within && !matches!(event.ask, Ask::Write { .. });
        }
    }

    fn doubt_asked_since(&mut self, before: usize, is_doubted: impl Fn(&Ask) -> bool) {
        let depth = self.depth();
        for event in self.events.iter_mut().skip(before) {
            let is_own = event.anchor == Anchor::Here && event.depth <= depth;
            event.is_conditional |= is_own && is_doubted(&event.ask);
        }
    }
}

impl Project {
    /// The command that a module is part of what `manage.py` runs as.
    fn command_of(&self, module: ModuleId) -> Option<&str> {
        let name = &self.modules.get(module).name;
        let (_, command) = name.split_once(".management.commands.")?;
        command.split('.').next()
    }

    /// The names of commands that code runs which is no command itself.
    fn commands_run_by_code(&self) -> FxHashSet<&str> {
        let mut found = FxHashSet::default();
        for module in self.naming("call_command") {
            if self.command_of(module).is_some() || self.modules.is_migration(module) {
                continue;
            }
            let facts = self.modules.facts(module);
            for call in self.calls(module).all() {
                let called = facts.body(call.body).expr(call.expr).as_call();
                let named = called.filter(|call| call.callee.last_name() == Some("call_command"));
                let name = named.and_then(|call| call.positional().next()?.as_str());
                found.extend(name);
            }
        }
        found
    }

    /// The innermost function around a place.
    fn function_around(&self, place: Location) -> Option<FunctionRef> {
        let module = self.modules.of_file(place.file)?;
        let facts = self.modules.facts(module);
        let around = facts
            .function_ids()
            .filter(|&function| facts.function(function).span.encloses(place.span));
        let innermost = around.min_by_key(|&function| {
            let span = facts.function(function).span;
            span.end.saturating_sub(span.start)
        });
        innermost.map(|function| FunctionRef { module, function })
    }
}

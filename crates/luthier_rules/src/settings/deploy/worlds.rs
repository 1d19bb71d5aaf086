//! What a check says in each state that environment variables may be in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use luthier_diagnostics::DependsOn;
use luthier_project::settings::{
    Assumptions, Cast, Condition, Kind, SettingsModule, Test, Value, WhenUnset,
};
use rayon::prelude::*;

use super::{DeployCheck, Problem, View, unsilenced};
use crate::context::Context;

/// Evaluations that one check may cost; where that is not enough to settle it in every world, one
/// variable is varied at a time.
const MOST_WORLDS: usize = 96;

/// The same where there are several times as many worlds: those are settled soon, or not at all.
const MOST_OF_MANY: usize = 24;

/// Tried where nothing says what becomes of a variable's text.
const ANY_TEXTS: &[(&str, &str)] = &[
    ("", "empty"),
    ("1", "1"),
    ("0", "0"),
    ("true", "true"),
    ("false", "false"),
];

pub(super) enum Across {
    /// Reported whatever the environment.
    Always(Vec<Problem>),
    /// The environment decides.
    Varies(Vec<DependsOn>),
    /// Never reported, or not everywhere where only that is asked.
    Nothing,
    Unknown,
}

/// One variable and the states that it is tried in; the first is "not set".
struct Variable {
    name: Arc<str>,
    states: Vec<State>,
}

#[derive(Clone, PartialEq, Eq)]
struct State {
    text: Option<String>,
    /// What the state is called; several where other texts would do the same as this one.
    labels: Vec<String>,
}

impl State {
    fn new(text: Option<&str>, label: &str) -> Self {
        Self {
            text: text.map(str::to_owned),
            labels: vec![label.to_owned()],
        }
    }
}

/// What came out in one world.
enum Outcome {
    /// The settings do not load.
    Fails,
    Unknown,
    Says(Vec<Problem>),
}

impl Outcome {
    fn reported(&self) -> Option<bool> {
        match self {
            Self::Says(problems) => Some(!problems.is_empty()),
            Self::Fails | Self::Unknown => None,
        }
    }
}

/// The place of each variable's state; `None` where the outcome is the same in all of them.
type World = Vec<Option<usize>>;

pub(super) fn across(
    context: &Context<'_>,
    check: &DeployCheck,
    module: &SettingsModule,
    settings: &[&'static str],
) -> Across {
    let variables = variables(module, settings, check);
    if variables.is_empty() {
        return Across::Unknown;
    }
    // Where only findings are wanted, one world without any is enough.
    let is_over = AtomicBool::new(false);
    let try_out = |world: World| {
        if is_over.load(Ordering::Relaxed) {
            return (world, Outcome::Unknown);
        }
        let outcome = outcome(context, check, module, &variables, &world);
        if context.options.only_findings && outcome.reported() == Some(false) {
            is_over.store(true, Ordering::Relaxed);
        }
        (world, outcome)
    };
    let states = variables.iter().map(|variable| variable.states.len());
    let worlds = states.fold(1_usize, usize::saturating_mul);
    let left = AtomicUsize::new(match worlds > 4 * MOST_WORLDS {
        true => MOST_OF_MANY,
        false => MOST_WORLDS,
    });
    let anywhere = vec![None; variables.len()];
    let settled = settle(&variables, &anywhere, 0, &left, &try_out);
    let outcomes = settled.unwrap_or_else(|| {
        let mut bases = base_worlds(&variables);
        let loads = bases.find(|base| !matches!(try_out(base.clone()).1, Outcome::Fails));
        let worlds = loads.map_or_else(Vec::new, |base| worlds_around(&variables, &base));
        worlds.into_par_iter().map(&try_out).collect()
    });
    if is_over.into_inner() {
        return Across::Nothing;
    }
    let is_known = !outcomes
        .iter()
        .any(|(_, outcome)| matches!(outcome, Outcome::Unknown));
    let mut said = outcomes.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Says(problems) => Some(problems),
        _ => None,
    });
    let Some(first) = said.next() else {
        return Across::Unknown;
    };
    if said.all(|problems| problems.is_empty() == first.is_empty()) {
        return match (is_known, first.is_empty()) {
            (false, _) => Across::Unknown,
            (true, true) => Across::Nothing,
            (true, false) => Across::Always(first.clone()),
        };
    }
    let setting = outcomes.iter().find_map(|(_, outcome)| match outcome {
        Outcome::Says(problems) => problems.first().map(|problem| problem.setting),
        _ => None,
    });
    let describe = |index| {
        let base = deciding(index, &outcomes)?;
        Some(DependsOn {
            code: context.rule().code,
            django_check: check.id,
            setting: setting.unwrap_or_default().to_owned(),
            variable: variables[index].name.to_string(),
            outcomes: described(check, index, base, &variables, &outcomes),
        })
    };
    Across::Varies((0..variables.len()).filter_map(describe).collect())
}

/// A world in which another state of the variable, all else the same, makes a difference.
fn deciding(index: usize, outcomes: &[(World, Outcome)]) -> Option<&World> {
    outcomes.iter().find_map(|(world, outcome)| {
        let own = outcome.reported()?;
        let differs = outcomes.iter().any(|(other, outcome)| {
            is_same_but(index, world, other)
                && outcome.reported().is_some_and(|reported| reported != own)
        });
        differs.then_some(world)
    })
}

fn is_same_but(index: usize, world: &World, other: &World) -> bool {
    let pairs = world.iter().zip(other).enumerate();
    pairs
        .filter(|(place, _)| *place != index)
        .all(|(_, (a, b))| a.is_none() || b.is_none() || a == b)
}

fn described(
    check: &DeployCheck,
    index: usize,
    base: &World,
    variables: &[Variable],
    outcomes: &[(World, Outcome)],
) -> BTreeMap<String, String> {
    let mut described = BTreeMap::new();
    for (world, outcome) in outcomes {
        if !is_same_but(index, base, world) {
            continue;
        }
        let words = match outcome {
            Outcome::Fails => "the settings would not load".to_owned(),
            Outcome::Unknown => continue,
            Outcome::Says(problems) if problems.is_empty() => {
                "nothing would be reported".to_owned()
            }
            Outcome::Says(_) => format!("{} would be reported", check.id),
        };
        if let Some(state) = world[index] {
            let labels = variables[index].states[state].labels.iter();
            described.extend(labels.map(|label| (label.clone(), words.clone())));
        }
    }
    described
}

fn outcome(
    context: &Context<'_>,
    check: &DeployCheck,
    module: &SettingsModule,
    variables: &[Variable],
    world: &World,
) -> Outcome {
    let states = variables.iter().zip(world);
    let assumptions = Assumptions {
        environment: states
            .filter_map(|(variable, state)| {
                let text = variable.states[(*state)?].text.clone();
                Some((variable.name.to_string(), text))
            })
            .collect(),
        django: Some(context.project.django.version),
        settings_module: Some(module.name.clone()),
    };
    let project = context.project;
    let settings = &project.settings;
    let evaluated = settings.production_in(&project.modules, context.sources, &assumptions);
    let Some(evaluated) = evaluated else {
        return Outcome::Unknown;
    };
    if evaluated.fails().is_some() {
        return Outcome::Fails;
    }
    let view = View::new(context.project, context.sources, &evaluated);
    unsilenced(check, &view).map_or(Outcome::Unknown, Outcome::Says)
}

/// The outcomes of all worlds that are like `world` in the variables before `from`. One variable
/// after the other is given its states, only until the outcome does not depend on the rest.
/// `None` where that takes more evaluations than are `left`.
fn settle(
    variables: &[Variable],
    world: &World,
    from: usize,
    left: &AtomicUsize,
    try_out: &(impl Fn(World) -> (World, Outcome) + Sync),
) -> Option<Vec<(World, Outcome)>> {
    let variable = &variables[from];
    let in_state = |state: usize| {
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
        .ok()?;
        let mut world = world.clone();
        world[from] = Some(state);
        let (world, outcome) = try_out(world);
        match outcome {
            Outcome::Unknown if from + 1 < variables.len() => {
                settle(variables, &world, from + 1, left, try_out)
            }
            outcome => Some(vec![(world, outcome)]),
        }
    };
    let parts = (0..variable.states.len()).into_par_iter().map(in_state);
    let parts: Option<Vec<_>> = parts.collect();
    Some(parts?.into_iter().flatten().collect())
}

/// Worlds to begin with: nothing set, then everything set to the first of its texts, and so on.
fn base_worlds(variables: &[Variable]) -> impl Iterator<Item = World> {
    let most = variables.iter().map(|variable| variable.states.len()).max();
    (0..most.unwrap_or(0)).map(|state| {
        let states = variables.iter();
        states
            .map(|variable| Some(state.min(variable.states.len() - 1)))
            .collect()
    })
}

/// One world, and those in which one variable is in another state.
fn worlds_around(variables: &[Variable], base: &World) -> Vec<World> {
    let mut worlds = vec![base.clone()];
    for (index, variable) in variables.iter().enumerate() {
        for state in (0..variable.states.len()).filter(|state| Some(*state) != base[index]) {
            let mut world = base.clone();
            world[index] = Some(state);
            worlds.push(world);
        }
    }
    worlds
}

/// What the settings do with one variable.
#[derive(Default)]
struct Uses {
    states: Vec<State>,
    /// Each group of texts that it is compared with at once.
    compared: Vec<Vec<Arc<str>>>,
    /// Whether anything but comparisons depends on its text.
    is_read: bool,
}

impl Uses {
    fn add(&mut self, cast: &Cast, check: &DeployCheck) {
        match cast {
            Cast::Compared(texts) => self.compared.push(texts.clone()),
            _ => self.is_read = true,
        }
        for state in states_of(cast, check) {
            if !self.states.iter().any(|known| known.text == state.text) {
                self.states.push(state);
            }
        }
    }

    /// "Not set", and one state for all texts that no comparison tells apart.
    fn into_states(self) -> Vec<State> {
        let groups = |state: &State| -> Vec<bool> {
            let text = state.text.as_deref().unwrap_or_default();
            let holds = |group: &Vec<Arc<str>>| group.iter().any(|one| **one == *text);
            self.compared.iter().map(holds).collect()
        };
        let mut states = vec![State::new(None, "unset")];
        for state in &self.states {
            let alike = states[1..]
                .iter_mut()
                .find(|known| !self.is_read && groups(known) == groups(state));
            match alike {
                Some(known) => known.labels.extend(state.labels.iter().cloned()),
                None => states.push(state.clone()),
            }
        }
        states
    }
}

/// The variables that these settings depend on, by name, and what to try each with.
fn variables(
    module: &SettingsModule,
    settings: &[&'static str],
    check: &DeployCheck,
) -> Vec<Variable> {
    let mut found = BTreeMap::new();
    for name in settings {
        if let Some(setting) = module.effective(name) {
            collect(&setting.value, check, &mut found);
        }
    }
    let variable = |(name, uses): (Arc<str>, Uses)| Variable {
        name,
        states: uses.into_states(),
    };
    found.into_iter().map(variable).collect()
}

fn collect(value: &Value, check: &DeployCheck, found: &mut BTreeMap<Arc<str>, Uses>) {
    match &value.kind {
        Kind::Environment(environment) => {
            for variable in &environment.variables {
                let uses = found.entry(variable.clone()).or_default();
                uses.add(&environment.cast, check);
            }
            if let WhenUnset::Value(unset) = &environment.unset {
                collect(unset, check, found);
            }
        }
        Kind::Text(parts) => {
            for part in parts {
                collect(part, check, found);
            }
        }
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            for item in items {
                collect_condition(&item.when, check, found);
                collect(&item.value, check, found);
            }
        }
        Kind::Dict(dict) => {
            for entry in &dict.entries {
                collect_condition(&entry.when, check, found);
                collect(&entry.value, check, found);
            }
        }
        Kind::OneOf(alternatives) => {
            for alternative in alternatives {
                collect_condition(&alternative.when, check, found);
                collect(&alternative.value, check, found);
            }
        }
        _ => {}
    }
}

fn collect_condition(
    condition: &Condition,
    check: &DeployCheck,
    found: &mut BTreeMap<Arc<str>, Uses>,
) {
    for fact in condition.facts() {
        collect_test(&fact.test, check, found);
    }
}

fn collect_test(test: &Test, check: &DeployCheck, found: &mut BTreeMap<Arc<str>, Uses>) {
    if test.parts.is_empty() {
        let cast = match &test.compared {
            Some(texts) => Cast::Compared(texts.clone()),
            None => Cast::Derived,
        };
        for variable in &test.variables {
            let uses = found.entry(variable.clone()).or_default();
            uses.add(&cast, check);
        }
    }
    for other in test.parts.iter().chain(&test.beside) {
        collect_test(other, check, found);
    }
}

/// Texts that make every difference a text can make after that cast.
fn states_of(cast: &Cast, check: &DeployCheck) -> Vec<State> {
    let state = |(text, label): &(&str, &str)| State::new(Some(text), label);
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(state).collect::<Vec<_>>();
    let or_samples = |otherwise: &[(&str, &str)]| match check.samples {
        [] => pairs(otherwise),
        samples => pairs(samples),
    };
    match cast {
        Cast::Bool => pairs(&[("true", "true"), ("false", "false")]),
        Cast::Truthy => pairs(&[("1", "any text"), ("", "empty")]),
        Cast::Presence => pairs(&[("1", "set")]),
        Cast::Int | Cast::Float => pairs(&[("0", "0"), ("3600", "3600"), ("-1", "-1")]),
        Cast::List { .. } => {
            let mut states = or_samples(&[("one.example", "one item")]);
            states.push(state(&("", "empty")));
            states
        }
        Cast::Compared(texts) => {
            let mut states: Vec<_> = texts.iter().map(|text| state(&(text, text))).collect();
            states.push(state(&("something else", "anything else")));
            states
        }
        Cast::Raw | Cast::Text | Cast::Path => {
            let mut states = or_samples(&[("some text", "any text")]);
            states.push(state(&("", "empty")));
            states
        }
        Cast::Dict | Cast::Json | Cast::Duration | Cast::Url(_) | Cast::Derived => {
            let mut states = pairs(ANY_TEXTS);
            states.extend(pairs(check.samples));
            states
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use luthier_project::settings::Cast;

    use super::super::{DeployCheck, View};
    use super::{
        MOST_WORLDS, Outcome, State, Uses, Variable, World, base_worlds, settle, worlds_around,
    };

    fn variable(states: usize) -> Variable {
        let state = |index: usize| {
            let text = index.to_string();
            State::new((index > 0).then_some(&*text), &text)
        };
        Variable {
            name: "X".into(),
            states: (0..states).map(state).collect(),
        }
    }

    /// The worlds that are tried where an outcome is known as soon as `decides` says so.
    fn settled(variables: &[Variable], decides: fn(&World) -> bool) -> Option<Vec<World>> {
        let try_out = |world: World| {
            let outcome = if decides(&world) {
                Outcome::Says(Vec::new())
            } else {
                Outcome::Unknown
            };
            (world, outcome)
        };
        let left = AtomicUsize::new(MOST_WORLDS);
        let outcomes = settle(variables, &vec![None; variables.len()], 0, &left, &try_out)?;
        Some(outcomes.into_iter().map(|(world, _)| world).collect())
    }

    #[test]
    fn few_variables_are_tried_together() {
        let worlds = settled(&[variable(2), variable(3)], |_| false).unwrap();
        assert_eq!(worlds.len(), 6);
        assert!(worlds.contains(&vec![Some(1), Some(2)]));
    }

    #[test]
    fn what_the_outcome_does_not_depend_on_is_not_tried() {
        let variables = [variable(2), variable(2), variable(2)];
        let worlds = settled(&variables, |world| {
            world[0] == Some(0) || world[1].is_some()
        });
        assert_eq!(
            worlds.unwrap(),
            [
                vec![Some(0), None, None],
                vec![Some(1), Some(0), None],
                vec![Some(1), Some(1), None],
            ]
        );
    }

    #[test]
    fn many_variables_are_tried_one_by_one_from_where_the_settings_load() {
        let variables: Vec<_> = (0..10).map(|_| variable(3)).collect();
        assert!(settled(&variables, |_| false).is_none());
        let bases: Vec<_> = base_worlds(&variables).collect();
        let all_in = |state| vec![Some(state); 10];
        assert_eq!(bases, [all_in(0), all_in(1), all_in(2)]);
        let worlds = worlds_around(&variables, &bases[1]);
        assert_eq!(worlds.len(), 1 + 10 * 2);
        assert!(worlds.iter().all(|world| {
            let changed = world.iter().filter(|state| **state != Some(1));
            changed.count() <= 1
        }));
    }

    const CHECK: DeployCheck = DeployCheck {
        id: "security.W018",
        samples: &[],
        judge: |_: &View<'_>| None,
    };

    fn labels(uses: Uses) -> Vec<Vec<String>> {
        let states = uses.into_states().into_iter();
        states.map(|state| state.labels).collect()
    }

    #[test]
    fn texts_that_no_comparison_tells_apart_are_tried_once() {
        let mut uses = Uses::default();
        uses.add(&Cast::Compared(vec!["1".into(), "yes".into()]), &CHECK);
        uses.add(&Cast::Compared(vec!["0".into(), "no".into()]), &CHECK);
        uses.add(&Cast::Compared(vec!["no".into()]), &CHECK);
        assert_eq!(
            labels(uses),
            [
                vec!["unset"],
                vec!["1", "yes"],
                vec!["anything else"],
                vec!["0"],
                vec!["no"],
            ]
        );
    }

    #[test]
    fn texts_that_are_read_as_well_are_all_tried() {
        let mut uses = Uses::default();
        uses.add(&Cast::Compared(vec!["1".into(), "yes".into()]), &CHECK);
        uses.add(&Cast::Truthy, &CHECK);
        assert_eq!(
            labels(uses),
            [
                vec!["unset"],
                vec!["1"],
                vec!["yes"],
                vec!["anything else"],
                vec!["empty"],
            ]
        );
    }
}

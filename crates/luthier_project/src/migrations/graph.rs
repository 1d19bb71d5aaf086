//! From references to a graph: who comes after whom, and what is wrong with that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::absent::Absent;
use super::released::Ages;
use super::{Conflict, Migration, MigrationId, Migrations, Missing, Reference, Surroundings};

type Key = (Arc<str>, Arc<str>);

/// `migrations` must be in order of app and name.
pub(super) fn link(
    migrations: Vec<Migration>,
    absent: &Absent<'_>,
    surroundings: Arc<Surroundings>,
) -> Migrations {
    let graph = Graph::new(&migrations, absent);
    let (edges, missing) = graph.edges();
    Migrations {
        conflicts: graph.conflicts(&edges),
        circles: circles(migrations.len(), &edges),
        order: graph.order(&edges),
        missing,
        all: migrations,
        unloadable: OnceLock::new(),
        before: edges
            .iter()
            .map(|before| before.iter().map(|&it| MigrationId(it as u32)).collect())
            .collect(),
        ages: Ages::default(),
        surroundings,
        sparing: OnceLock::new(),
        replayed: OnceLock::new(),
        handwritten: OnceLock::new(),
        scripts: OnceLock::new(),
    }
}

struct Graph<'a> {
    migrations: &'a [Migration],
    by_key: BTreeMap<Key, usize>,
    /// What stands for a migration that a squashed one replaces, whether it is still there or not.
    replaced: BTreeMap<Key, usize>,
    absent: &'a Absent<'a>,
}

/// For each migration the ones that come before it.
type Edges = Vec<BTreeSet<usize>>;

impl<'a> Graph<'a> {
    fn new(migrations: &'a [Migration], absent: &'a Absent<'a>) -> Self {
        let mut by_key = BTreeMap::new();
        let mut replaced = BTreeMap::new();
        for (index, migration) in migrations.iter().enumerate() {
            by_key.insert(
                (Arc::clone(&migration.app), Arc::clone(&migration.name)),
                index,
            );
            for reference in &migration.replaces {
                replaced.insert(key(reference), index);
            }
        }
        Self {
            migrations,
            by_key,
            replaced,
            absent,
        }
    }

    /// Whether a squashed migration stands for this one.
    fn is_replaced(&self, index: usize) -> bool {
        let migration = &self.migrations[index];
        let key = (Arc::clone(&migration.app), Arc::clone(&migration.name));
        self.replaced.get(&key).is_some_and(|&by| by != index)
    }

    /// The migration that a reference leads to in the graph.
    fn find(&self, reference: &Reference) -> Option<usize> {
        let mut key = key(reference);
        // A squashed migration may itself be replaced; more steps than migrations are a circle.
        for _ in 0..=self.migrations.len() {
            match self.replaced.get(&key) {
                Some(&by) => {
                    let migration = &self.migrations[by];
                    let next = (Arc::clone(&migration.app), Arc::clone(&migration.name));
                    if next == key {
                        break;
                    }
                    key = next;
                }
                None => break,
            }
        }
        self.by_key.get(&key).copied()
    }

    fn edges(&self) -> (Edges, Vec<Missing>) {
        let mut edges: Edges = vec![BTreeSet::new(); self.migrations.len()];
        let mut missing = Vec::new();
        // The first and the last migration of an app are told by what its own say of each other.
        for is_of_own_app in [true, false] {
            let within_apps = edges.clone();
            for (index, migration) in self.migrations.iter().enumerate() {
                // What a replaced migration depends on, its replacement depends on.
                let stands_for = self.standing_for(index);
                let wanted = |reference: &&Reference| match reference.app == migration.app {
                    true => is_of_own_app && !reference.is_relative(),
                    false => !is_of_own_app,
                };
                for reference in migration.dependencies.iter().filter(wanted) {
                    match self.find_in(reference, &within_apps) {
                        Some(before) if before != stands_for => {
                            edges[stands_for].insert(before);
                        }
                        None if self.is_missing(reference) => missing.push(Missing {
                            from: MigrationId(index as u32),
                            reference: reference.clone(),
                        }),
                        _ => {}
                    }
                }
                for reference in migration.run_before.iter().filter(wanted) {
                    let after = self.find_in(reference, &within_apps);
                    if let Some(after) = after.filter(|&after| after != stands_for) {
                        edges[after].insert(stands_for);
                    }
                }
            }
        }
        missing.sort_by_key(|missing| missing.from);
        (edges, missing)
    }

    /// The same as `find`, with `__first__` and `__latest__` as `MigrationLoader.check_key` (Django
    /// 4.2 to 6.0) reads them.
    fn find_in(&self, reference: &Reference, within_apps: &Edges) -> Option<usize> {
        let of_app = || {
            let all = 0..self.migrations.len();
            all.filter(|&index| {
                self.migrations[index].app == reference.app && !self.is_replaced(index)
            })
        };
        let of_same_app = |index: usize| {
            let before = within_apps[index].iter();
            before.filter(move |&&before| self.migrations[before].app == reference.app)
        };
        match &*reference.name {
            "__first__" => of_app().find(|&index| of_same_app(index).next().is_none()),
            "__latest__" => {
                let earlier: BTreeSet<usize> = of_app().flat_map(of_same_app).copied().collect();
                of_app().find(|index| !earlier.contains(index))
            }
            _ => self.find(reference),
        }
    }

    fn standing_for(&self, index: usize) -> usize {
        let migration = &self.migrations[index];
        let own = Reference {
            app: Arc::clone(&migration.app),
            name: Arc::clone(&migration.name),
            place: migration.place,
        };
        self.find(&own).unwrap_or(index)
    }

    /// Whether a migration that was not found should be there: its app has others here, or is known
    /// to have none at all.
    fn is_missing(&self, reference: &Reference) -> bool {
        if self.absent.is_no_app(&reference.app) {
            return true;
        }
        let first = (Arc::clone(&reference.app), Arc::from(""));
        let mut of_app = self.by_key.range(first..);
        let has_others = of_app
            .next()
            .is_some_and(|((app, _), _)| *app == reference.app);
        let is_without = self.absent.has_no_migrations(&reference.app);
        !reference.is_relative() && (has_others || is_without)
    }

    /// The migrations that Django would run on an empty database, each after what it depends on.
    ///
    /// The order is that of `MigrationGraph.iterative_dfs` (Django 4.2 to 6.0): from the last
    /// migrations of the apps, by name, each time to the greatest by name that comes before.
    fn order(&self, edges: &Edges) -> Vec<MigrationId> {
        let mut order = Vec::new();
        let mut is_seen = vec![false; self.migrations.len()];
        let has_later = self.with_later(edges);
        let (last, others): (Vec<usize>, Vec<usize>) =
            (0..self.migrations.len()).partition(|&index| !has_later[index]);
        // Only those of a circle are reached from no last one.
        for start in last.into_iter().chain(others) {
            if self.is_replaced(start) || is_seen[start] {
                continue;
            }
            is_seen[start] = true;
            // The path to where the walk is, each step with what is still to be done before it.
            let before = |node: usize| edges[node].iter().copied().collect();
            let mut path: Vec<(usize, Vec<usize>)> = vec![(start, before(start))];
            while let Some((node, rest)) = path.last_mut() {
                match rest.pop() {
                    Some(next) if is_seen[next] => {}
                    Some(next) => {
                        is_seen[next] = true;
                        path.push((next, before(next)));
                    }
                    None => {
                        order.push(MigrationId(*node as u32));
                        path.pop();
                    }
                }
            }
        }
        order
    }

    /// Whether another migration of the app comes after each one.
    fn with_later(&self, edges: &Edges) -> Vec<bool> {
        let mut has_later = vec![false; self.migrations.len()];
        for (later, before) in edges.iter().enumerate() {
            for &before in before {
                has_later[before] |= self.migrations[before].app == self.migrations[later].app;
            }
        }
        has_later
    }

    fn conflicts(&self, edges: &Edges) -> Vec<Conflict> {
        let has_later = self.with_later(edges);
        let mut leaves: BTreeMap<&Arc<str>, Vec<usize>> = BTreeMap::new();
        for (index, migration) in self.migrations.iter().enumerate() {
            if !has_later[index] && !self.is_replaced(index) {
                leaves.entry(&migration.app).or_default().push(index);
            }
        }
        let is_known = |app: &Arc<str>| {
            let mut own = self
                .migrations
                .iter()
                .filter(|migration| migration.app == *app);
            own.all(|migration| !migration.is_open)
        };
        leaves
            .into_iter()
            .filter(|(app, leaves)| leaves.len() > 1 && is_known(app))
            .map(|(app, leaves)| Conflict {
                app: Arc::clone(app),
                leaves: leaves
                    .into_iter()
                    .map(|index| MigrationId(index as u32))
                    .collect(),
            })
            .collect()
    }
}

fn key(reference: &Reference) -> Key {
    (Arc::clone(&reference.app), Arc::clone(&reference.name))
}

/// Every circle that a walk meets, each once.
fn circles(count: usize, edges: &Edges) -> Vec<Vec<MigrationId>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Unseen,
        OnPath,
        Done,
    }
    let mut state = vec![State::Unseen; count];
    let mut found = Vec::new();
    for start in 0..count {
        if state[start] != State::Unseen {
            continue;
        }
        // The path, each step with what is still to be tried from there.
        let mut path: Vec<(usize, Vec<usize>)> = vec![(start, steps(edges, start))];
        state[start] = State::OnPath;
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            let Some(next) = rest.pop() else {
                state[node] = State::Done;
                path.pop();
                continue;
            };
            match state[next] {
                State::Unseen => {
                    state[next] = State::OnPath;
                    path.push((next, steps(edges, next)));
                }
                State::OnPath => {
                    let from = path.iter().position(|(node, _)| *node == next).unwrap_or(0);
                    found.push(circle(path[from..].iter().map(|(node, _)| *node).collect()));
                }
                State::Done => {}
            }
        }
    }
    found
}

fn steps(edges: &Edges, node: usize) -> Vec<usize> {
    edges[node].iter().rev().copied().collect()
}

/// The circle from its first migration on.
fn circle(mut nodes: Vec<usize>) -> Vec<MigrationId> {
    let first = nodes.iter().enumerate().min_by_key(|(_, node)| **node);
    let first = first.map_or(0, |(position, _)| position);
    nodes.rotate_left(first);
    nodes
        .into_iter()
        .map(|node| MigrationId(node as u32))
        .collect()
}

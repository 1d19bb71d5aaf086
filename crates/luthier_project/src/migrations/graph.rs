//! From references to a graph: who comes after whom, and what is wrong with that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Conflict, Drift, Migration, MigrationId, Migrations, Missing, Reference};

type Key = (Arc<str>, Arc<str>);

/// `migrations` must be in order of app and name.
pub(super) fn link(migrations: Vec<Migration>) -> Migrations {
    let graph = Graph::new(&migrations);
    let (edges, missing) = graph.edges();
    Migrations {
        conflicts: graph.conflicts(&edges),
        circles: circles(migrations.len(), &edges),
        order: graph.order(&edges),
        missing,
        all: migrations,
        unloadable: Vec::new(),
        applied: Vec::new(),
        later: Vec::new(),
        drift: Drift::default(),
    }
}

struct Graph<'a> {
    migrations: &'a [Migration],
    by_key: BTreeMap<Key, usize>,
    /// What stands for a migration that a squashed one replaces, whether it is still there or not.
    replaced: BTreeMap<Key, usize>,
}

/// For each migration the ones that come before it.
type Edges = Vec<BTreeSet<usize>>;

impl<'a> Graph<'a> {
    fn new(migrations: &'a [Migration]) -> Self {
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
        for (index, migration) in self.migrations.iter().enumerate() {
            // What a replaced migration depends on, its replacement depends on.
            let stands_for = self.standing_for(index);
            for reference in &migration.dependencies {
                match self.find(reference) {
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
            for reference in &migration.run_before {
                if let Some(after) = self.find(reference).filter(|&after| after != stands_for) {
                    edges[after].insert(stands_for);
                }
            }
        }
        (edges, missing)
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

    /// Whether a migration that was not found should be there: its app has others here.
    fn is_missing(&self, reference: &Reference) -> bool {
        let is_named = !matches!(&*reference.name, "__first__" | "__latest__");
        let first = (Arc::clone(&reference.app), Arc::from(""));
        let mut of_app = self.by_key.range(first..);
        is_named
            && of_app
                .next()
                .is_some_and(|((app, _), _)| *app == reference.app)
    }

    /// The migrations that Django would run on an empty database, each after what it depends on.
    fn order(&self, edges: &Edges) -> Vec<MigrationId> {
        let mut order = Vec::new();
        let mut is_seen = vec![false; self.migrations.len()];
        for start in 0..self.migrations.len() {
            if self.is_replaced(start) || is_seen[start] {
                continue;
            }
            is_seen[start] = true;
            // The path to where the walk is, each step with what is still to be done before it.
            let mut path: Vec<(usize, Vec<usize>)> = vec![(start, steps(edges, start))];
            while let Some((node, rest)) = path.last_mut() {
                match rest.pop() {
                    Some(before) if is_seen[before] => {}
                    Some(before) => {
                        is_seen[before] = true;
                        path.push((before, steps(edges, before)));
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

    fn conflicts(&self, edges: &Edges) -> Vec<Conflict> {
        let mut has_later = vec![false; self.migrations.len()];
        for (later, before) in edges.iter().enumerate() {
            for &before in before {
                has_later[before] |= self.migrations[before].app == self.migrations[later].app;
            }
        }
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

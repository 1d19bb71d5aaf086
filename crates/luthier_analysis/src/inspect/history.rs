//! The graph of migrations as boxes and arrows: what follows from the rest is left out, and
//! migrations of an app that only follow each other are one box.

use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::Location;
use luthier_diagnostics::graph::{
    EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind, NodeRow,
};
use luthier_project::Project;
use luthier_project::migrations::{Migration, MigrationId, Migrations};

use super::History;

pub(super) fn graph(projects: &[Project], history: &History) -> Graph {
    let mut graph = Graph {
        kind: GraphKind::Migrations,
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    for project in projects {
        Drawing::new(&project.migrations, &history.apps).draw(history.is_whole, &mut graph);
    }
    graph
}

/// The migrations of one project.
struct Drawing<'a> {
    migrations: &'a Migrations,
    /// In the order in which they run.
    shown: Vec<MigrationId>,
    /// For each migration its place in `shown`.
    places: BTreeMap<MigrationId, usize>,
    /// By place: what comes directly before, without what follows from that.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl<'a> Drawing<'a> {
    fn new(migrations: &'a Migrations, apps: &[String]) -> Self {
        let is_wanted = |migration: &Migration| {
            apps.is_empty() || apps.iter().any(|label| **label == *migration.app)
        };
        let in_order = migrations.in_order();
        let shown: Vec<MigrationId> = in_order
            .filter(|(_, migration)| is_wanted(migration))
            .map(|(id, _)| id)
            .collect();
        let places: BTreeMap<MigrationId, usize> =
            shown.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let direct: Vec<Vec<usize>> = shown
            .iter()
            .map(|&id| {
                let before = migrations.before(id).iter();
                before.filter_map(|it| places.get(it).copied()).collect()
            })
            .collect();
        let before = without_implied(&direct);
        let mut after = vec![Vec::new(); shown.len()];
        for (later, before) in before.iter().enumerate() {
            for &earlier in before {
                after[earlier].push(later);
            }
        }
        Self {
            migrations,
            shown,
            places,
            before,
            after,
        }
    }

    fn get(&self, at: usize) -> &'a Migration {
        self.migrations.get(self.shown[at])
    }

    fn draw(&self, is_whole: bool, graph: &mut Graph) {
        let mut box_of = vec![0; self.shown.len()];
        for run in self.runs(is_whole) {
            for &at in &run {
                box_of[at] = graph.nodes.len();
            }
            graph.nodes.push(self.node(&run));
        }
        let mut drawn = BTreeSet::new();
        for (later, before) in self.before.iter().enumerate() {
            for &earlier in before {
                let is_new = drawn.insert((box_of[earlier], box_of[later]));
                if is_new && box_of[earlier] != box_of[later] {
                    let kind = self.kind(earlier, later);
                    let circular = self.is_circular(earlier, later);
                    graph.edges.push(GraphEdge {
                        from: box_of[earlier],
                        to: box_of[later],
                        kind,
                        label: String::new(),
                        circular,
                    });
                }
            }
        }
        self.missing(&box_of, graph);
        self.replaced(&box_of, graph);
    }

    /// The migrations of each box, in order. One joins those before it as long as no arrow then leads
    /// back: what comes after the box must not come before the migration.
    fn runs(&self, is_whole: bool) -> Vec<Vec<usize>> {
        let mut runs: Vec<Vec<usize>> = Vec::new();
        let mut run_of: Vec<usize> = vec![usize::MAX; self.shown.len()];
        for at in 0..self.shown.len() {
            let joined = self.joins(at).filter(|_| !is_whole).and_then(|earlier| {
                let run = *run_of.get(earlier).filter(|run| **run < runs.len())?;
                let others = self.before[at].iter().filter(|&&it| it != earlier);
                let others: Vec<usize> = others.map(|&it| run_of[it]).collect();
                let is_last = runs[run].last() == Some(&earlier);
                let leads_back = !others.is_empty()
                    && (others.contains(&run) || self.reaches(run, &others, &runs, &run_of));
                (is_last && !leads_back).then_some(run)
            });
            let run = joined.unwrap_or_else(|| {
                runs.push(Vec::new());
                runs.len() - 1
            });
            runs[run].push(at);
            run_of[at] = run;
        }
        runs
    }

    /// The migration of its app whose box one may join.
    fn joins(&self, at: usize) -> Option<usize> {
        let of_app = |of: usize, others: &[usize]| -> Vec<usize> {
            let own = others.iter().copied();
            own.filter(|&it| self.get(it).app == self.get(of).app)
                .collect()
        };
        let [earlier] = of_app(at, &self.before[at])[..] else {
            return None;
        };
        let is_between = |it: usize| {
            let (before, after) = (of_app(it, &self.before[it]), of_app(it, &self.after[it]));
            before.len() == 1 && after.len() == 1 && !self.is_special(it)
        };
        (is_between(at) && is_between(earlier)).then_some(earlier)
    }

    /// Whether arrows lead from a box to one of the others.
    fn reaches(
        &self,
        from: usize,
        others: &[usize],
        runs: &[Vec<usize>],
        run_of: &[usize],
    ) -> bool {
        let mut seen = vec![false; runs.len()];
        let mut open = vec![from];
        while let Some(run) = open.pop() {
            for &at in &runs[run] {
                // What is not in a box yet comes later.
                let next = self.after[at].iter().map(|&it| run_of[it]);
                for next in next.filter(|&next| next < runs.len() && next != run) {
                    if others.contains(&next) {
                        return true;
                    }
                    if !std::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
        }
        false
    }

    /// Whether there is more to say of a migration than what it comes before and after.
    fn is_special(&self, at: usize) -> bool {
        let migration = self.get(at);
        let misses = &self.migrations.missing;
        !migration.replaces.is_empty()
            || !migration.run_before.is_empty()
            || misses.iter().any(|missing| missing.from == self.shown[at])
    }

    fn node(&self, run: &[usize]) -> GraphNode {
        let (first, last) = (self.get(run[0]), self.get(run[run.len() - 1]));
        let id = self.shown[run[0]];
        let mut conflicts = self.migrations.conflicts.iter();
        let is_leaf = conflicts.any(|conflict| conflict.leaves.contains(&id));
        let mut rows = Vec::new();
        if run.len() > 1 {
            rows.push(row(&format!("{} migrations", run.len())));
        }
        if is_leaf {
            rows.push(row("one of several last ones"));
        }
        GraphNode {
            id: format!("{}.{}", first.app, first.name),
            label: match run.len() {
                1 => first.name.to_string(),
                _ => format!("{} … {}", short(&first.name), short(&last.name)),
            },
            kind: match is_leaf {
                true => NodeKind::Leaf,
                false => NodeKind::Migration,
            },
            group: Some(first.app.to_string()),
            rows,
            location: Some(first.place),
        }
    }

    fn kind(&self, earlier: usize, later: usize) -> EdgeKind {
        let (migration, after) = (self.get(earlier), self.get(later));
        let mut before = migration.run_before.iter();
        match before.any(|reference| reference.app == after.app && reference.name == after.name) {
            true => EdgeKind::RunsBefore,
            false => EdgeKind::Precedes,
        }
    }

    fn is_circular(&self, earlier: usize, later: usize) -> bool {
        let mut circles = self.migrations.circles.iter();
        circles.any(|circle| {
            circle.contains(&self.shown[earlier]) && circle.contains(&self.shown[later])
        })
    }

    /// What others depend on and is not there.
    fn missing(&self, box_of: &[usize], graph: &mut Graph) {
        let mut boxes: BTreeMap<String, usize> = BTreeMap::new();
        for missing in &self.migrations.missing {
            let Some(&from) = self.places.get(&missing.from) else {
                continue;
            };
            let reference = &missing.reference;
            let id = format!("{}.{}", reference.app, reference.name);
            let nodes = &mut graph.nodes;
            let node = *boxes.entry(id.clone()).or_insert_with(|| {
                let rows = vec![row("is not there")];
                let (label, group) = (reference.name.to_string(), &reference.app);
                nodes.push(GraphNode {
                    id,
                    label,
                    kind: NodeKind::Missing,
                    group: Some(group.to_string()),
                    rows,
                    location: Some(reference.place),
                });
                nodes.len() - 1
            });
            graph.edges.push(GraphEdge {
                from: node,
                to: box_of[from],
                kind: EdgeKind::Precedes,
                label: String::new(),
                circular: false,
            });
        }
    }

    /// What squashed migrations stand for and is still there: one box each.
    fn replaced(&self, box_of: &[usize], graph: &mut Graph) {
        for (at, &to) in box_of.iter().enumerate() {
            let squashed = self.get(at);
            let named = |migration: &Migration| {
                let mut replaces = squashed.replaces.iter();
                replaces.any(|it| it.app == migration.app && it.name == migration.name)
            };
            let all = self.migrations.all();
            let there: Vec<&Migration> = all
                .map(|(_, migration)| migration)
                .filter(|migration| named(migration))
                .collect();
            let ([first, ..], Some(last)) = (&there[..], there.last()) else {
                continue;
            };
            let label = match there.len() {
                1 => first.name.to_string(),
                _ => format!("{} … {}", short(&first.name), short(&last.name)),
            };
            graph.edges.push(GraphEdge {
                from: graph.nodes.len(),
                to,
                kind: EdgeKind::Replaced,
                label: "replaced by".to_owned(),
                circular: false,
            });
            let place: Location = first.place;
            graph.nodes.push(GraphNode {
                id: format!("{}.{}", first.app, first.name),
                label,
                kind: NodeKind::Replaced,
                group: Some(squashed.app.to_string()),
                rows: vec![row(&format!("{} replaced", there.len()))],
                location: Some(place),
            });
        }
    }
}

fn row(text: &str) -> NodeRow {
    NodeRow {
        name: text.to_owned(),
        detail: String::new(),
    }
}

/// The number of a migration that has one, else its name.
fn short(name: &str) -> &str {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 { name } else { &name[..digits] }
}

/// What comes directly before each, without what comes before another one of these anyway.
fn without_implied(direct: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let words = direct.len().div_ceil(64);
    let mut all_before: Vec<Vec<u64>> = vec![Vec::new(); direct.len()];
    let mut kept = Vec::with_capacity(direct.len());
    for (at, before) in direct.iter().enumerate() {
        let mut all = vec![0_u64; words];
        for &earlier in before {
            for (into, from) in all.iter_mut().zip(&all_before[earlier]) {
                *into |= from;
            }
        }
        let is_implied = |earlier: usize| all[earlier / 64] >> (earlier % 64) & 1 == 1;
        let own = before.iter().copied();
        kept.push(own.filter(|&earlier| !is_implied(earlier)).collect());
        for &earlier in before {
            all[earlier / 64] |= 1 << (earlier % 64);
        }
        all_before[at] = all;
    }
    kept
}

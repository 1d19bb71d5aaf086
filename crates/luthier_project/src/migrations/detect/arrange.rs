//! From operations to migrations: sorted, cut where apps depend on each other, optimised.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::optimize::optimize;
use super::{Dependency, DependencyKind, Generated};
use crate::migrations::operation::Operation;

type ByApp = BTreeMap<Arc<str>, Vec<Generated>>;

/// The operations of each app, migration after migration.
pub(super) fn arrange(
    mut generated: ByApp,
    version: (u32, u32),
) -> BTreeMap<Arc<str>, Vec<Vec<Operation>>> {
    for (app, operations) in &mut generated {
        *operations = sort(app, std::mem::take(operations), version);
    }
    let mut migrations = cut(generated);
    for (app, migrations) in &mut migrations {
        for operations in migrations {
            *operations = optimize(std::mem::take(operations), app, version);
        }
    }
    migrations
}

/// `_sort_migrations`: what others of the app depend on comes first, in the order of Python's
/// `graphlib.TopologicalSorter`.
fn sort(app: &Arc<str>, operations: Vec<Generated>, version: (u32, u32)) -> Vec<Generated> {
    let mut sorter = Sorter::default();
    for (index, generated) in operations.iter().enumerate() {
        sorter.add(index, &[]);
        for dependency in &generated.dependencies {
            if dependency.model.0 != *app {
                continue;
            }
            let before: Vec<usize> = operations
                .iter()
                .enumerate()
                .filter(|(other, it)| *other != index && satisfies(&it.operation, dependency))
                .map(|(other, _)| other)
                .collect();
            sorter.add(index, &before);
        }
    }
    let order = if version < (5, 0) {
        sorter.stable_order()
    } else {
        sorter.order()
    };
    let mut slots: Vec<Option<Generated>> = operations.into_iter().map(Some).collect();
    let mut sorted: Vec<Generated> = order
        .into_iter()
        .filter_map(|index| slots[index].take())
        .collect();
    // What depends on itself in a circle stays in its order.
    sorted.extend(slots.into_iter().flatten());
    sorted
}

#[derive(Default)]
struct Sorter {
    /// In the order in which nodes were first named.
    nodes: Vec<usize>,
    info: BTreeMap<usize, NodeInfo>,
}

#[derive(Default)]
struct NodeInfo {
    predecessors: usize,
    successors: Vec<usize>,
}

impl Sorter {
    fn info(&mut self, node: usize) -> &mut NodeInfo {
        if !self.info.contains_key(&node) {
            self.nodes.push(node);
        }
        self.info.entry(node).or_default()
    }

    fn add(&mut self, node: usize, predecessors: &[usize]) {
        self.info(node).predecessors += predecessors.len();
        for &before in predecessors {
            self.info(before).successors.push(node);
        }
    }

    /// `stable_topological_sort`, as before Django 5.0: layer after layer, each in the given order.
    fn stable_order(mut self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut left: Vec<usize> = self.nodes.clone();
        left.sort_unstable();
        loop {
            let (layer, rest): (Vec<usize>, Vec<usize>) = left
                .iter()
                .partition(|node| self.info[node].predecessors == 0);
            if layer.is_empty() {
                return order;
            }
            for &node in &layer {
                for next in std::mem::take(&mut self.info(node).successors) {
                    self.info(next).predecessors -= 1;
                }
            }
            order.extend(layer);
            left = rest;
        }
    }

    fn order(mut self) -> Vec<usize> {
        let is_ready = |node: &&usize| self.info[node].predecessors == 0;
        let mut ready: VecDeque<usize> = self.nodes.iter().filter(is_ready).copied().collect();
        let mut order = Vec::new();
        while let Some(node) = ready.pop_front() {
            order.push(node);
            for next in std::mem::take(&mut self.info(node).successors) {
                let info = self.info(next);
                info.predecessors -= 1;
                if info.predecessors == 0 {
                    ready.push_back(next);
                }
            }
        }
        order
    }
}

/// `_build_migration_list`: as long as an operation waits for one of another app, the app's list is
/// cut before it.
fn cut(mut generated: ByApp) -> BTreeMap<Arc<str>, Vec<Vec<Operation>>> {
    let mut migrations: BTreeMap<Arc<str>, Vec<Vec<Operation>>> = BTreeMap::new();
    let apps: Vec<Arc<str>> = generated.keys().cloned().collect();
    let mut cuts = false;
    loop {
        let left: usize = generated.values().map(Vec::len).sum();
        if left == 0 {
            return migrations;
        }
        for app in &apps {
            let operations = &generated[app];
            let ready = operations
                .iter()
                .take_while(|operation| is_ready(operation, app, &generated, &migrations, cuts))
                .count();
            if ready == 0 || (ready < operations.len() && !cuts) {
                continue;
            }
            let done: Vec<Generated> = generated
                .get_mut(app)
                .map(|operations| operations.drain(..ready).collect())
                .unwrap_or_default();
            let operations = done.into_iter().map(|it| it.operation).collect();
            migrations
                .entry(Arc::clone(app))
                .or_default()
                .push(operations);
            cuts = false;
        }
        let now: usize = generated.values().map(Vec::len).sum();
        if now == left {
            if cuts {
                // A circle that Django gives up on.
                return migrations;
            }
            cuts = true;
        }
    }
}

fn is_ready(
    operation: &Generated,
    app: &Arc<str>,
    generated: &ByApp,
    migrations: &BTreeMap<Arc<str>, Vec<Vec<Operation>>>,
    cuts: bool,
) -> bool {
    operation.dependencies.iter().all(|dependency| {
        let other = &dependency.model.0;
        if other == app {
            return true;
        }
        let mut waiting = generated.get(other).into_iter().flatten();
        let is_waiting = waiting.any(|it| satisfies(&it.operation, dependency));
        !is_waiting && (cuts || migrations.contains_key(other))
    })
}

/// `check_dependency`: whether an operation is the one that a dependency asks for.
fn satisfies(operation: &Operation, dependency: &Dependency) -> bool {
    let is_model = |name: &str| name.to_lowercase() == *dependency.model.1;
    let is_field = |name: &str| {
        let field = dependency.field.as_deref().unwrap_or_default();
        name.eq_ignore_ascii_case(field)
    };
    match (dependency.kind, &dependency.field, operation) {
        (DependencyKind::Create, None, Operation::CreateModel { name, .. })
        | (DependencyKind::Remove, None, Operation::DeleteModel { name }) => is_model(name),
        (DependencyKind::Create, Some(field), Operation::CreateModel { name, fields, .. }) => {
            is_model(name) && fields.iter().any(|(name, _)| name == field)
        }
        (DependencyKind::Create, Some(_), Operation::AddField { model, name, .. })
        | (DependencyKind::Remove, Some(_), Operation::RemoveField { model, name })
        | (DependencyKind::Alter, Some(_), Operation::AlterField { model, name, .. }) => {
            is_model(model) && is_field(name)
        }
        (
            DependencyKind::RemoveOrderWrt,
            Some(_),
            Operation::AlterOrderWithRespectTo { name, field },
        ) => is_model(name) && !is_field(field.as_deref().unwrap_or_default()),
        (DependencyKind::AlterTogether, Some(_), Operation::AlterTogether { name, .. }) => {
            is_model(name)
        }
        (
            DependencyKind::RemoveIndexOrConstraint,
            Some(_),
            Operation::RemoveIndex { model, .. } | Operation::RemoveConstraint { model, .. },
        ) => is_model(model),
        _ => false,
    }
}

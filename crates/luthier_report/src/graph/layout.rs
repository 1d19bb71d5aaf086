//! Where boxes go. Arrows lead from left to right as far as circles allow: each box is put into a
//! column right of those that lead to it, columns are ordered so that arrows cross little. Trees
//! of routes keep the order of their leaves. Migrations lead down, in a lane for each app.

use luthier_diagnostics::graph::GraphEdge;

/// Space between boxes of a column, and between columns.
const GAP_Y: f64 = 18.0;
const GAP_X: f64 = 90.0;
/// Times that each column is put in order by its neighbours.
const SWEEPS: usize = 12;

/// Width and height of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The upper left corner of a box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Columns by how far arrows lead; boxes without arrows stand in rows below.
pub(super) fn layered(sizes: &[Size], edges: &[GraphEdge]) -> Vec<Point> {
    let links = forward_links(sizes.len(), edges);
    let mut connected = vec![false; sizes.len()];
    for &(from, to) in &links {
        connected[from] = true;
        connected[to] = true;
    }
    let ranks = ranks(sizes.len(), &links);
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for index in (0..sizes.len()).filter(|&index| connected[index]) {
        if columns.len() <= ranks[index] {
            columns.resize(ranks[index] + 1, Vec::new());
        }
        columns[ranks[index]].push(index);
    }
    order(&mut columns, sizes, &links);
    let columns = split_tall(&columns, sizes);
    let mut points = place_columns(&columns, sizes);
    let loose: Vec<usize> = (0..sizes.len()).filter(|&it| !connected[it]).collect();
    place_loose(&loose, sizes, &mut points, &connected);
    points
}

/// A tree from left to right: each leaf below the one before, each parent beside the middle of
/// its children. What is reached twice is drawn where it is reached first.
pub(super) fn tree(sizes: &[Size], edges: &[GraphEdge]) -> Vec<Point> {
    let mut children = vec![Vec::new(); sizes.len()];
    let mut parent = vec![None; sizes.len()];
    for edge in edges {
        if parent[edge.to].is_none() && edge.from != edge.to {
            parent[edge.to] = Some(edge.from);
            children[edge.from].push(edge.to);
        }
    }
    let mut points = vec![Point::default(); sizes.len()];
    let mut depth = vec![0; sizes.len()];
    let mut visited = vec![false; sizes.len()];
    let mut own = vec![Vec::new(); sizes.len()];
    // Where the next leaf goes, and up to where each column is full.
    let mut next = 0.0_f64;
    let mut full: Vec<f64> = Vec::new();
    // Roots first, then what only circles lead to.
    let roots = (0..sizes.len()).filter(|&index| parent[index].is_none());
    for root in roots.chain(0..sizes.len()) {
        if visited[root] {
            continue;
        }
        let mut stack = vec![(root, 0)];
        visited[root] = true;
        while let Some((node, child)) = stack.pop() {
            if let Some(&down) = children[node].get(child) {
                stack.push((node, child + 1));
                if !visited[down] {
                    visited[down] = true;
                    depth[down] = depth[node] + 1;
                    own[node].push(down);
                    stack.push((down, 0));
                }
            } else {
                if full.len() <= depth[node] {
                    full.resize(depth[node] + 1, 0.0);
                }
                let wish = middle_of(&own[node], &points, sizes)
                    .map_or(next, |middle| middle - sizes[node].height / 2.0);
                points[node].y = wish.max(full[depth[node]]);
                let below = points[node].y + sizes[node].height + GAP_Y;
                full[depth[node]] = below;
                next = next.max(below);
            }
        }
    }
    let mut columns = vec![Vec::new(); depth.iter().max().map_or(0, |most| most + 1)];
    for (index, &depth) in depth.iter().enumerate() {
        columns[depth].push(index);
    }
    let xs = column_starts(&columns, sizes);
    for (index, &depth) in depth.iter().enumerate() {
        points[index].x = xs[depth];
    }
    points
}

/// Boxes in lanes, one beside the other, that share their rows.
pub(super) struct Lanes {
    pub(super) points: Vec<Point>,
    /// From left to right.
    pub(super) lanes: Vec<Lane>,
}

/// One lane from the top of the picture to its bottom.
pub(super) struct Lane {
    /// Which group it is.
    pub(super) group: usize,
    pub(super) left: f64,
    pub(super) width: f64,
}

/// Space for the names of lanes above all boxes, and beside the boxes of a lane.
pub(super) const LANE_HEAD: f64 = 34.0;
const LANE_SIDE: f64 = 14.0;

/// Each group in a lane of its own, its boxes from top to bottom; groups that are connected lie near
/// each other. A box that follows another one stays below it as long as nothing else is there.
pub(super) fn lanes(sizes: &[Size], edges: &[GraphEdge], groups: &[Vec<usize>]) -> Lanes {
    let links = forward_links(sizes.len(), edges);
    let ranks = ranks(sizes.len(), &links);
    let mut group_of = vec![0; sizes.len()];
    for (group, members) in groups.iter().enumerate() {
        for &node in members {
            group_of[node] = group;
        }
    }
    let mut before = vec![Vec::new(); sizes.len()];
    for &(from, to) in &links {
        if group_of[from] == group_of[to] {
            before[to].push(from);
        }
    }
    let tops = row_tops(&ranks, sizes);
    let mut points = vec![Point::default(); sizes.len()];
    let mut track_of = vec![0; sizes.len()];
    let mut lanes = Vec::new();
    let mut left = 0.0;
    for group in near_each_other(groups.len(), &group_of, &links) {
        let mut members = groups[group].clone();
        members.sort_by_key(|&node| (ranks[node], node));
        // Up to which row each track of the lane is taken.
        let mut taken: Vec<usize> = Vec::new();
        for &node in &members {
            let wished = before[node].iter().map(|&it| track_of[it]);
            let track = wished
                .chain(0..taken.len())
                .find(|&track| taken[track] < ranks[node])
                .unwrap_or(taken.len());
            if taken.len() <= track {
                taken.push(0);
            }
            taken[track] = ranks[node];
            track_of[node] = track;
        }
        let mut widths = vec![0.0_f64; taken.len()];
        for &node in &members {
            widths[track_of[node]] = widths[track_of[node]].max(sizes[node].width);
        }
        let mut lefts = Vec::with_capacity(widths.len());
        let mut x = left + LANE_SIDE;
        for width in widths {
            lefts.push((x, width));
            x += width + LANE_SIDE;
        }
        for &node in &members {
            let (start, width) = lefts[track_of[node]];
            points[node] = Point {
                x: start + (width - sizes[node].width) / 2.0,
                y: tops[ranks[node]],
            };
        }
        lanes.push(Lane {
            group,
            left,
            width: x - left,
        });
        left = x;
    }
    Lanes { points, lanes }
}

/// Where each row of boxes begins.
fn row_tops(ranks: &[usize], sizes: &[Size]) -> Vec<f64> {
    let rows = ranks.iter().max().map_or(0, |most| most + 1);
    let mut heights = vec![0.0_f64; rows];
    for (node, &rank) in ranks.iter().enumerate() {
        heights[rank] = heights[rank].max(sizes[node].height);
    }
    let mut y = LANE_HEAD;
    heights
        .into_iter()
        .map(|height| {
            let top = y;
            y += height + GAP_Y;
            top
        })
        .collect()
}

/// The groups in an order in which the arrows between them are short: neighbours change places as
/// long as that helps.
fn near_each_other(count: usize, group_of: &[usize], links: &[(usize, usize)]) -> Vec<usize> {
    let mut between = vec![vec![0_usize; count]; count];
    for &(from, to) in links {
        between[group_of[from]][group_of[to]] += 1;
        between[group_of[to]][group_of[from]] += 1;
    }
    let mut order: Vec<usize> = (0..count).collect();
    for _ in 0..count {
        let mut is_better = false;
        for at in 1..count {
            let (upper, lower) = (order[at - 1], order[at]);
            let (above, below) = (&order[..at - 1], &order[at + 1..]);
            let pull = |group: usize, towards: &[usize]| -> usize {
                towards.iter().map(|&other| between[group][other]).sum()
            };
            // What is above pulls the lower one up, what is below the upper one down.
            let gained = pull(lower, above) + pull(upper, below);
            let lost = pull(upper, above) + pull(lower, below);
            if gained > lost {
                order.swap(at - 1, at);
                is_better = true;
            }
        }
        if !is_better {
            break;
        }
    }
    order
}

fn middle_of(children: &[usize], points: &[Point], sizes: &[Size]) -> Option<f64> {
    let (first, last) = (children.first()?, children.last()?);
    let top = points[*first].y;
    let bottom = points[*last].y + sizes[*last].height;
    Some(f64::midpoint(top, bottom))
}

/// The edges without self-loops, with those turned round that close a circle.
fn forward_links(nodes: usize, edges: &[GraphEdge]) -> Vec<(usize, usize)> {
    let mut out = vec![Vec::new(); nodes];
    for edge in edges {
        if edge.from != edge.to && !out[edge.from].contains(&edge.to) {
            out[edge.from].push(edge.to);
        }
    }
    let mut links = Vec::new();
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; nodes];
    for root in 0..nodes {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut stack = vec![(root, 0)];
        while let Some((node, child)) = stack.pop() {
            let Some(&next) = out[node].get(child) else {
                state[node] = 2;
                continue;
            };
            stack.push((node, child + 1));
            match state[next] {
                1 => links.push((next, node)),
                0 => {
                    links.push((node, next));
                    state[next] = 1;
                    stack.push((next, 0));
                }
                _ => links.push((node, next)),
            }
        }
    }
    links
}

/// The column of each node: one more than the furthest that leads to it, then as near as possible
/// to what it leads to.
fn ranks(nodes: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut out = vec![Vec::new(); nodes];
    let mut waiting = vec![0; nodes];
    for &(from, to) in links {
        out[from].push(to);
        waiting[to] += 1;
    }
    let mut ready: Vec<usize> = (0..nodes).filter(|&node| waiting[node] == 0).collect();
    let mut ranks = vec![0; nodes];
    let mut index = 0;
    while let Some(&node) = ready.get(index) {
        index += 1;
        for &next in &out[node] {
            ranks[next] = ranks[next].max(ranks[node] + 1);
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    for &node in ready.iter().rev() {
        if let Some(nearest) = out[node].iter().map(|&next| ranks[next]).min() {
            ranks[node] = nearest - 1;
        }
    }
    ranks
}

/// Puts each column in the order of the middles of its neighbours, to and fro.
fn order(columns: &mut [Vec<usize>], sizes: &[Size], links: &[(usize, usize)]) {
    let mut neighbours = vec![Vec::new(); sizes.len()];
    for &(from, to) in links {
        neighbours[from].push(to);
        neighbours[to].push(from);
    }
    let mut middle = vec![0.0; sizes.len()];
    for column in columns.iter() {
        stack(column, sizes, &mut middle);
    }
    for sweep in 0..SWEEPS {
        for step in 0..columns.len() {
            let step = if sweep % 2 == 0 {
                step
            } else {
                columns.len() - 1 - step
            };
            let column = &mut columns[step];
            let wish = |node: usize| {
                let near = &neighbours[node];
                let sum: f64 = near.iter().map(|&it| middle[it]).sum();
                sum / f64::from(u32::try_from(near.len()).unwrap_or(1).max(1))
            };
            let mut wishes: Vec<(f64, usize)> =
                column.iter().map(|&node| (wish(node), node)).collect();
            wishes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *column = wishes.into_iter().map(|(_, node)| node).collect();
            stack(column, sizes, &mut middle);
        }
    }
}

/// Writes down the middle of each box of a column that is centred about zero.
fn stack(column: &[usize], sizes: &[Size], middle: &mut [f64]) {
    let mut y = -height(column, sizes) / 2.0;
    for &node in column {
        middle[node] = y + sizes[node].height / 2.0;
        y += sizes[node].height + GAP_Y;
    }
}

fn height(column: &[usize], sizes: &[Size]) -> f64 {
    column
        .iter()
        .map(|&node| sizes[node].height + GAP_Y)
        .sum::<f64>()
        - GAP_Y
}

/// Splits columns that would make the picture much taller than wide.
fn split_tall(columns: &[Vec<usize>], sizes: &[Size]) -> Vec<Vec<usize>> {
    let area: f64 = columns
        .iter()
        .flatten()
        .map(|&node| (sizes[node].height + GAP_Y) * (sizes[node].width + GAP_X))
        .sum();
    let most = area.sqrt().max(900.0);
    let mut split = Vec::new();
    for column in columns {
        let mut current = Vec::new();
        let mut used = 0.0;
        for &node in column {
            let height = sizes[node].height + GAP_Y;
            if used + height > most && !current.is_empty() {
                split.push(std::mem::take(&mut current));
                used = 0.0;
            }
            used += height;
            current.push(node);
        }
        if !current.is_empty() {
            split.push(current);
        }
    }
    split
}

fn column_starts(columns: &[Vec<usize>], sizes: &[Size]) -> Vec<f64> {
    let mut x = 0.0;
    columns
        .iter()
        .map(|column| {
            let start = x;
            let widest = column.iter().map(|&node| sizes[node].width);
            x += widest.fold(0.0, f64::max) + GAP_X;
            start
        })
        .collect()
}

fn place_columns(columns: &[Vec<usize>], sizes: &[Size]) -> Vec<Point> {
    let mut points = vec![Point::default(); sizes.len()];
    let tallest = columns
        .iter()
        .map(|column| height(column, sizes))
        .fold(0.0, f64::max);
    for (column, x) in columns.iter().zip(column_starts(columns, sizes)) {
        let mut y = (tallest - height(column, sizes)) / 2.0;
        for &node in column {
            points[node] = Point { x, y };
            y += sizes[node].height + GAP_Y;
        }
    }
    points
}

/// Rows of boxes below everything else, as wide as that.
fn place_loose(loose: &[usize], sizes: &[Size], points: &mut [Point], placed: &[bool]) {
    let ends = |axis: fn(Point, Size) -> f64| {
        (0..sizes.len())
            .filter(|&it| placed[it])
            .map(|it| axis(points[it], sizes[it]))
            .fold(0.0, f64::max)
    };
    let width = ends(|point, size| point.x + size.width).max(900.0);
    let below = ends(|point, size| point.y + size.height);
    let mut x = 0.0;
    let mut y = if below > 0.0 {
        below + 3.0 * GAP_Y
    } else {
        0.0
    };
    let mut row = 0.0;
    for &node in loose {
        if x > 0.0 && x + sizes[node].width > width {
            x = 0.0;
            y += row + GAP_Y;
            row = 0.0;
        }
        points[node] = Point { x, y };
        x += sizes[node].width + GAP_Y;
        row = f64::max(row, sizes[node].height);
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::graph::EdgeKind;

    use super::*;

    fn edges(pairs: &[(usize, usize)]) -> Vec<GraphEdge> {
        pairs
            .iter()
            .map(|&(from, to)| GraphEdge {
                from,
                to,
                kind: EdgeKind::ForeignKey,
                label: String::new(),
                circular: false,
            })
            .collect()
    }

    fn no_overlap(points: &[Point], sizes: &[Size]) {
        for a in 0..points.len() {
            for b in 0..a {
                let apart = points[a].x + sizes[a].width <= points[b].x
                    || points[b].x + sizes[b].width <= points[a].x
                    || points[a].y + sizes[a].height <= points[b].y
                    || points[b].y + sizes[b].height <= points[a].y;
                assert!(apart, "{a} and {b}: {points:?}");
            }
        }
    }

    fn boxes(number: usize) -> Vec<Size> {
        (0..number)
            .map(|index| Size {
                width: 100.0 + f64::from(u32::try_from(index % 7).unwrap()) * 10.0,
                height: 30.0 + f64::from(u32::try_from(index % 5).unwrap()) * 20.0,
            })
            .collect()
    }

    #[test]
    fn arrows_lead_to_the_right() {
        let sizes = boxes(4);
        let points = layered(&sizes, &edges(&[(0, 1), (1, 2), (0, 2)]));
        assert!(points[0].x < points[1].x && points[1].x < points[2].x);
        no_overlap(&points, &sizes);
    }

    #[test]
    fn lanes_lie_side_by_side_and_lead_down() {
        let sizes = boxes(6);
        let groups = [vec![0, 1, 2], vec![3], vec![4, 5]];
        let laid = lanes(&sizes, &edges(&[(0, 1), (0, 2), (4, 5), (5, 1)]), &groups);
        let points = &laid.points;
        no_overlap(points, &sizes);
        assert!(points[0].y < points[1].y && points[5].y < points[1].y);
        // The first and the last group are connected.
        let order: Vec<usize> = laid.lanes.iter().map(|lane| lane.group).collect();
        assert_eq!(order, [1, 0, 2]);
        for (lane, members) in laid.lanes.iter().map(|lane| (lane, &groups[lane.group])) {
            for &node in members {
                let right = points[node].x + sizes[node].width;
                assert!(lane.left < points[node].x && right < lane.left + lane.width);
            }
        }
    }

    #[test]
    fn circles_and_loops_are_no_trouble() {
        let sizes = boxes(60);
        let mut pairs: Vec<(usize, usize)> = (0..50).map(|it| (it, (it * 7 + 3) % 50)).collect();
        pairs.extend([(1, 1), (2, 3), (3, 2)]);
        no_overlap(&layered(&sizes, &edges(&pairs)), &sizes);
        no_overlap(&tree(&sizes, &edges(&pairs)), &sizes);
        let groups = [(0..30).collect(), (30..60).collect()];
        no_overlap(&lanes(&sizes, &edges(&pairs), &groups).points, &sizes);
    }

    #[test]
    fn a_deep_chain_does_not_overflow() {
        let number = 50_000;
        let sizes = vec![
            Size {
                width: 10.0,
                height: 10.0
            };
            number
        ];
        let pairs: Vec<(usize, usize)> = (1..number).map(|it| (it - 1, it)).collect();
        assert_eq!(tree(&sizes, &edges(&pairs)).len(), number);
        assert_eq!(layered(&sizes, &edges(&pairs)).len(), number);
    }
}

//! The ways that lead from members to what they come to need.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::rc::Rc;

use crate::graph::{Edge, Graph, Id};

/// A way from a member to what it needs: each of its edges begins where the one before it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path<'g>(pub(crate) Vec<&'g Edge>);

impl Graph {
    /// Returns the ways from the selected members to some nodes, the shortest first; none leads through a
    /// node twice.
    ///
    /// There may be more of them than could ever be told: each is looked for when it is asked for.
    pub(crate) fn paths<'g>(&'g self, targets: &[Id]) -> impl Iterator<Item = Path<'g>> + use<'g> {
        Paths::new(self, targets)
    }

    /// Returns how many ways there are; none if that cannot be counted without walking them, because some
    /// that need each other are on the way.
    pub(crate) fn count_paths(&self, targets: &[Id]) -> Option<u64> {
        let mut is_above = vec![false; self.nodes.len()];
        let mut waiting = targets.to_vec();
        while let Some(id) = waiting.pop() {
            if !std::mem::replace(&mut is_above[id], true) {
                waiting.extend(self.needed_by(id).map(|edge| edge.from));
            }
        }
        let above: Vec<Id> = (0..self.nodes.len()).filter(|id| is_above[*id]).collect();
        // from the top down, each after all that need it
        let mut open: Vec<usize> = vec![0; self.nodes.len()];
        for id in &above {
            open[*id] = self.needed_by(*id).count();
        }
        let mut ready: Vec<Id> = above.iter().copied().filter(|id| open[*id] == 0).collect();
        let mut ways = vec![0_u64; self.nodes.len()];
        let mut done = 0;
        while let Some(id) = ready.pop() {
            done += 1;
            ways[id] = self.needed_by(id).fold(0, |sum, edge| {
                let begins = u64::from(self.is_beginning(edge));
                let passes = if edge.is_production() { ways[edge.from] } else { 0 };
                sum.saturating_add(begins).saturating_add(passes)
            });
            // the other ends of the edges that were counted
            let edges = self.needs[id].iter().map(|edge| &self.edges[*edge]);
            let is_counted =
                |edge: &&Edge| self.reached[id] && (edge.is_production() || self.is_selected(edge));
            for edge in edges.filter(is_counted).filter(|edge| is_above[edge.to]) {
                open[edge.to] -= 1;
                if open[edge.to] == 0 {
                    ready.push(edge.to);
                }
            }
        }
        let total = targets.iter().fold(0, |sum: u64, id| sum.saturating_add(ways[*id]));
        (done == above.len()).then_some(total)
    }

    /// Returns how far each node is from the nearest selected member.
    fn distances(&self) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.nodes.len()];
        let mut waiting = VecDeque::new();
        for root in &self.roots {
            distances[*root] = Some(0);
            waiting.push_back(*root);
        }
        while let Some(id) = waiting.pop_front() {
            let distance = distances[id].map(|distance: usize| distance + 1);
            let is_root = distances[id] == Some(0);
            for edge in self.needs(id, is_root) {
                if distances[edge.to].is_none() {
                    distances[edge.to] = distance;
                    waiting.push_back(edge.to);
                }
            }
        }
        distances
    }
}

/// The lower end of a way that is being looked for.
struct Part<'g> {
    edge: &'g Edge,
    below: Option<Rc<Self>>,
}

impl<'g> Part<'g> {
    fn edges(&self) -> impl Iterator<Item = &'g Edge> + use<'_, 'g> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let part = next?;
            next = part.below.as_deref();
            Some(part.edge)
        })
    }
}

/// What to look at next: the shortest way that may come of it first, then what was begun last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    length: Reverse<usize>,
    known: usize,
    is_whole: bool,
    number: Reverse<usize>,
}

struct Waiting<'g> {
    rank: Rank,
    part: Rc<Part<'g>>,
}

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Waiting<'_> {}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

struct Paths<'g> {
    graph: &'g Graph,
    targets: BTreeSet<Id>,
    distances: Vec<Option<usize>>,
    waiting: BinaryHeap<Waiting<'g>>,
    number: usize,
}

impl<'g> Paths<'g> {
    fn new(graph: &'g Graph, targets: &[Id]) -> Self {
        let targets: BTreeSet<_> = targets.iter().copied().collect();
        let distances = graph.distances();
        let waiting = BinaryHeap::new();
        let mut paths = Self { graph, targets: targets.clone(), distances, waiting, number: 0 };
        for target in targets {
            paths.lengthen(target, None);
        }
        paths
    }

    /// Adds the ways that lead to where a part begins.
    fn lengthen(&mut self, to: Id, below: Option<&Rc<Part<'g>>>) {
        let known = below.map_or(0, |part| part.edges().count()) + 1;
        for edge in self.graph.needed_by(to) {
            let returns = || below.is_some_and(|part| part.edges().any(|it| it.to == edge.from));
            if self.targets.contains(&edge.from) || returns() {
                continue;
            }
            let part = Rc::new(Part { edge, below: below.cloned() });
            if self.graph.is_beginning(edge) {
                self.add(known, known, true, Rc::clone(&part));
            }
            // what is for development alone concerns nobody further up
            if edge.is_production()
                && let Some(distance) = self.distances[edge.from]
            {
                // a selected member may be needed by others, too
                self.add(known + distance.max(1), known, false, part);
            }
        }
    }

    fn add(&mut self, length: usize, known: usize, is_whole: bool, part: Rc<Part<'g>>) {
        self.number += 1;
        let (length, number) = (Reverse(length), Reverse(self.number));
        self.waiting.push(Waiting { rank: Rank { length, known, is_whole, number }, part });
    }
}

impl<'g> Iterator for Paths<'g> {
    type Item = Path<'g>;

    fn next(&mut self) -> Option<Path<'g>> {
        while let Some(Waiting { rank, part }) = self.waiting.pop() {
            if rank.is_whole {
                return Some(Path(part.edges().collect()));
            }
            self.lengthen(part.edge.from, Some(&part));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;
    use crate::graph::{InManifest, Node, NodeKind};
    use crate::lock::Kind;

    /// Returns a graph with these edges, whose first nodes are members; the first one is selected.
    fn graph(members: usize, nodes: usize, pairs: &[(Id, Id, bool)]) -> Graph {
        let node = |id: Id| {
            let name = id.to_string();
            Node { line: name.clone(), name, kind: NodeKind::Absent }
        };
        let mut edges: Vec<Edge> = Vec::new();
        for (from, to, is_production) in pairs.iter().copied() {
            let is_known = edges.iter().any(|edge| (edge.from, edge.to) == (from, to));
            // only members have lists for development
            let is_production = is_production || from >= members;
            let list = if is_production { "project.dependencies" } else { "dependency-groups.x" };
            let asked = vec![InManifest { list: list.to_owned(), text: String::new() }];
            if from != to && !is_known {
                edges.push(Edge { from, to, is_annotated: from >= members, asked });
            }
        }
        let ends = |end: fn(&Edge) -> Id| {
            let of = |id| edges.iter().enumerate().filter(move |(_, edge)| end(edge) == id);
            (0..nodes).map(|id| of(id).map(|(index, _)| index).collect()).collect()
        };
        let lists = ["project.dependencies", "dependency-groups.x"].map(str::to_owned);
        let unselected = vec![HashSet::new(); members - 1];
        let mut graph = Graph {
            kind: Kind::Development,
            nodes: (0..nodes).map(node).collect(),
            needs: ends(|edge| edge.from),
            needed_by: ends(|edge| edge.to),
            edges,
            by_name: HashMap::new(),
            roots: vec![0],
            lists: [vec![HashSet::from(lists)], unselected].concat(),
            reached: Vec::new(),
            is_annotated: true,
            stale: None,
            unlocked: Vec::new(),
        };
        graph.reached = graph.reached();
        graph
    }

    /// Returns the ways to a target as a walk from the top finds them.
    fn walked(graph: &Graph, way: &mut Vec<Id>, target: Id) -> Vec<Vec<Id>> {
        let at = *way.last().unwrap();
        if at == target && way.len() > 1 {
            return vec![way.clone()];
        }
        let mut ways = Vec::new();
        for edge in graph.needs(at, way.len() == 1) {
            if !way.contains(&edge.to) {
                way.push(edge.to);
                ways.extend(walked(graph, way, target));
                way.pop();
            }
        }
        ways
    }

    proptest! {
        #[test]
        fn every_way_is_found_once_and_the_shortest_first(
            pairs in prop::collection::vec((0_usize..9, 0_usize..9, any::<bool>()), 0..30),
            has_circles in any::<bool>(),
            target in 1_usize..9,
        ) {
            let down = |(from, to, kind): (Id, Id, bool)| (from.min(to), from.max(to), kind);
            let pairs: Vec<_> =
                pairs.into_iter().map(|pair| if has_circles { pair } else { down(pair) }).collect();
            let graph = graph(3, 9, &pairs);
            let ids = |path: Path<'_>| -> Vec<Id> {
                let first = path.0[0].from;
                [first].into_iter().chain(path.0.iter().map(|edge| edge.to)).collect()
            };
            let found: Vec<_> = graph.paths(&[target]).map(ids).collect();
            prop_assert!(found.is_sorted_by_key(Vec::len));
            let mut expected = walked(&graph, &mut vec![0], target);
            expected.sort();
            let count = graph.count_paths(&[target]);
            prop_assert!(count.is_none_or(|count| count == expected.len() as u64));
            prop_assert!(count.is_some() || has_circles);
            let mut found = found;
            found.sort();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn targets_that_are_not_needed_are_counted_as_nothing(
            pairs in prop::collection::vec((0_usize..9, 0_usize..9, any::<bool>()), 0..30),
        ) {
            let graph = graph(3, 9, &pairs);
            let targets = [6, 7, 8];
            let count = graph.count_paths(&targets);
            prop_assert!(count.is_none_or(|count| count >= graph.paths(&targets).count() as u64));
        }
    }
}

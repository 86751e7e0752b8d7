//! Graphs as trees for a reader, and in the languages of programs that draw them.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use crate::graph::{DEPENDENCIES, Edge, Graph, Id};

/// What is handed on at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// What stands below a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// What it needs
    Needs,
    /// What needs it
    NeededBy,
}

/// What of a graph is to be seen.
#[derive(Debug)]
pub(crate) struct View<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) roots: Vec<Id>,
    /// What stands behind the roots without a reason that is known
    pub(crate) unexplained: Vec<Id>,
    pub(crate) direction: Direction,
    /// How far from the roots, which have 0
    pub(crate) depth: Option<usize>,
    /// Tell what is below a node where it comes first, and nowhere else
    pub(crate) dedupe: bool,
}

/// A node in its place below another.
struct Line {
    id: Id,
    /// The list that this and the following ones stand in
    heading: Option<String>,
    /// The lists for development that alone lead here
    suffix: String,
    /// Nothing below it concerns the tree.
    is_closed: bool,
    /// It is the last one below its heading.
    is_last: bool,
}

impl Line {
    fn to(id: Id) -> Self {
        Self { id, heading: None, suffix: String::new(), is_closed: false, is_last: false }
    }
}

/// The text that is being written, and what is in it.
struct Text<'t, E> {
    buffer: String,
    sink: &'t mut dyn FnMut(&str) -> Result<(), E>,
    prefix: String,
    /// What was told with all that is below it
    told: HashSet<Id>,
    /// What is between a root and here
    above: HashSet<Id>,
    has_repeated: bool,
}

impl<E> Text<'_, E> {
    fn pass_on(&mut self) -> Result<(), E> {
        (self.sink)(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<'g> View<'g> {
    /// Writes the tree, a part of its text at a time: it may be longer than what there is room for.
    pub(crate) fn write<E>(&self, sink: &mut dyn FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let mut text = Text {
            buffer: String::new(),
            sink,
            prefix: String::new(),
            told: HashSet::new(),
            above: HashSet::new(),
            has_repeated: false,
        };
        let mut had_lines = false;
        for root in &self.roots {
            if had_lines {
                text.buffer.push('\n');
            }
            writeln!(text.buffer, "{}", self.graph.node(*root)).expect("a string takes every text");
            text.told.insert(*root);
            text.above.insert(*root);
            let mut lines = self.lines(*root, true);
            lines.retain(|_| self.depth != Some(0));
            had_lines = !lines.is_empty();
            self.write_below(&mut text, lines)?;
            text.above.clear();
        }
        if !self.unexplained.is_empty() {
            text.buffer.push_str("\n[nothing is known to need these]\n");
            let lines = self.unexplained.iter().map(|id| Line::to(*id)).collect();
            self.write_below(&mut text, listed(lines, None))?;
        }
        if text.has_repeated {
            text.buffer.push_str("\n(*) what is below it is told above\n");
        }
        text.pass_on()
    }

    fn write_below<E>(&self, text: &mut Text<'_, E>, lines: Vec<Line>) -> Result<(), E> {
        let mut levels = vec![(None, lines.into_iter(), 0)];
        while let Some((id, lines, indent)) = levels.last_mut() {
            text.prefix.truncate(*indent);
            let Some(line) = lines.next() else {
                if let Some(id) = id {
                    text.above.remove(id);
                }
                levels.pop();
                continue;
            };
            if let Some(heading) = &line.heading {
                writeln!(text.buffer, "{}[{heading}]", text.prefix).expect("it is a string");
            }
            let below = if line.is_closed { Vec::new() } else { self.lines(line.id, false) };
            let is_told = !below.is_empty()
                && (text.above.contains(&line.id) || (self.dedupe && text.told.contains(&line.id)));
            let is_deepest = self.depth.is_some_and(|depth| levels.len() >= depth);
            let branch = if line.is_last { "└── " } else { "├── " };
            let node = self.graph.node(line.id);
            let mark = if is_told && !is_deepest { " (*)" } else { "" };
            text.has_repeated |= !mark.is_empty();
            writeln!(text.buffer, "{}{branch}{node}{}{mark}", text.prefix, line.suffix)
                .expect("it is a string");
            if text.buffer.len() > CHUNK {
                text.pass_on()?;
            }
            if !below.is_empty() && !is_told && !is_deepest {
                text.told.insert(line.id);
                text.above.insert(line.id);
                text.prefix.push_str(if line.is_last { "    " } else { "│   " });
                levels.push((Some(line.id), below.into_iter(), text.prefix.len()));
            }
        }
        Ok(())
    }

    /// Returns what stands below a node.
    fn lines(&self, id: Id, is_root: bool) -> Vec<Line> {
        if self.direction == Direction::NeededBy {
            let lines = self.graph.needed_by(id).map(|edge| match self.label(edge) {
                None => Line::to(edge.from),
                // what is for development alone concerns nobody further up
                Some(lists) => {
                    let suffix = format!(" [{lists}]");
                    Line { suffix, is_closed: true, ..Line::to(edge.from) }
                }
            });
            return listed(lines.collect(), None);
        }
        let needs = self.graph.needs(id, is_root);
        if !is_root || !self.graph.node(id).is_member() {
            return listed(needs.map(|edge| Line::to(edge.to)).collect(), None);
        }
        // by the lists of the manifest, those first that everybody is given
        let mut sections: BTreeMap<(usize, &str), Vec<Line>> = BTreeMap::new();
        for edge in needs {
            let asked = self.graph.asked(edge);
            let mut lists: Vec<_> = asked.map(|asked| asked.list.as_str()).collect();
            lists.dedup();
            if lists.is_empty() {
                lists.push(DEPENDENCIES);
            }
            for list in lists {
                let order = [DEPENDENCIES, "project.", "tool."];
                let rank = order.iter().position(|start| list.starts_with(start));
                let rank = rank.unwrap_or(order.len());
                sections.entry((rank, list)).or_default().push(Line::to(edge.to));
            }
        }
        let sections = sections.into_iter().flat_map(|((_, list), lines)| {
            listed(lines, (list != DEPENDENCIES).then(|| list.to_owned()))
        });
        sections.collect()
    }

    /// Returns the nodes that are to be seen, the roots first, and the edges between them.
    pub(crate) fn part(&self) -> (Vec<Id>, Vec<&'g Edge>) {
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        let (mut seen, mut opened, mut drawn) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut level: Vec<(Id, bool)> = self.roots.iter().map(|id| (*id, true)).collect();
        level.extend(self.unexplained.iter().map(|id| (*id, false)));
        nodes.extend(level.iter().map(|(id, _)| *id).filter(|id| seen.insert(*id)));
        let mut depth = 0;
        while !level.is_empty() && self.depth.is_none_or(|deepest| depth < deepest) {
            let mut next = Vec::new();
            for (id, is_root) in level {
                if !opened.insert(id) {
                    continue;
                }
                let found: Vec<&Edge> = match self.direction {
                    Direction::Needs => self.graph.needs(id, is_root).collect(),
                    Direction::NeededBy => self.graph.needed_by(id).collect(),
                };
                for edge in found {
                    let (other, is_closed) = match self.direction {
                        Direction::Needs => (edge.to, false),
                        Direction::NeededBy => (edge.from, !edge.is_production()),
                    };
                    if drawn.insert((edge.from, edge.to)) {
                        edges.push(edge);
                    }
                    if seen.insert(other) {
                        nodes.push(other);
                    }
                    if !is_closed {
                        next.push((other, false));
                    }
                }
            }
            level = next;
            depth += 1;
        }
        (nodes, edges)
    }

    /// Returns the graph in the language of Graphviz.
    pub(crate) fn dot(&self) -> String {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut dot = "digraph rye {\n    node [shape=box];\n".to_owned();
        let (nodes, edges) = self.part();
        for id in nodes {
            let label = escaped(&self.graph.node(id).to_string());
            writeln!(dot, "    n{id} [label=\"{label}\"];").expect("it is a string");
        }
        for edge in edges {
            let (from, to) = (edge.from, edge.to);
            let label = self
                .label(edge)
                .map(|label| format!(" [label=\"{}\", style=dashed]", escaped(&label)));
            writeln!(dot, "    n{from} -> n{to}{};", label.unwrap_or_default())
                .expect("it is a string");
        }
        dot + "}\n"
    }

    /// Returns the graph in the language of Mermaid.
    pub(crate) fn mermaid(&self) -> String {
        let escaped = |text: &str| {
            let text = text.replace('#', "#35;").replace('"', "#quot;");
            text.replace('<', "#lt;").replace('>', "#gt;")
        };
        let mut mermaid = "flowchart TD\n".to_owned();
        let (nodes, edges) = self.part();
        for id in nodes {
            let label = escaped(&self.graph.node(id).to_string());
            writeln!(mermaid, "    n{id}[\"{label}\"]").expect("it is a string");
        }
        for edge in edges {
            let (from, to) = (edge.from, edge.to);
            let arrow = match self.label(edge) {
                None => "-->".to_owned(),
                Some(label) => format!("-.->|\"{}\"|", escaped(&label)),
            };
            writeln!(mermaid, "    n{from} {arrow} n{to}").expect("it is a string");
        }
        mermaid
    }

    /// Returns the lists for development that alone make one need another.
    fn label(&self, edge: &Edge) -> Option<String> {
        let lists = self.graph.asked(edge).map(|asked| asked.list.as_str());
        (!edge.is_production()).then(|| lists.collect::<Vec<_>>().join(", "))
    }
}

/// Returns lines in their places below a heading.
fn listed(mut lines: Vec<Line>, heading: Option<String>) -> Vec<Line> {
    if let Some(first) = lines.first_mut() {
        first.heading = heading;
    }
    if let Some(last) = lines.last_mut() {
        last.is_last = true;
    }
    lines
}

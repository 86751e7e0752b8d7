//! What was asked for, word by word: in manifests, and in the metadata of what is installed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde::Serialize;

use crate::graph::{Edge, Graph, Id, Node, NodeKind};
use crate::lock::login;
use crate::packaging::{self, PackageName, Version};
use crate::venv::{Distribution, Venv};

/// A requirement that somebody asked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) source: Source,
    /// The key of the list in the manifest
    pub(crate) list: Option<String>,
}

/// Where a requirement was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    Manifest,
    /// That of an installed distribution
    Metadata,
}

/// Requirements as they are written, by the names that they ask for
type Requirements = Rc<[(PackageName, String)]>;

/// Knows who asked with which requirement, as far as that can be known.
pub(crate) struct Askers<'g> {
    graph: &'g Graph,
    installed: HashMap<PackageName, Distribution>,
    /// The requirements that were read of distributions
    read: RefCell<HashMap<Id, Requirements>>,
    /// Somebody was asked for who is not installed as locked
    lacks_some: Cell<bool>,
}

impl<'g> Askers<'g> {
    /// Looks at an environment, which need not be there.
    pub(crate) fn new(graph: &'g Graph, venv: &Venv) -> Self {
        // what cannot be read is not known, and nothing more was promised
        let contents = venv.installed().unwrap_or_default();
        let installed =
            contents.distributions.into_iter().map(|it| (it.name.clone(), it)).collect();
        Self { graph, installed, read: RefCell::default(), lacks_some: Cell::new(false) }
    }

    /// Tells whether something was not known because who asked is not installed as locked.
    pub(crate) fn lacks_some(&self) -> bool {
        self.lacks_some.get()
    }

    /// Returns with which requirements the one end of an edge asked for the other; none if that is not known.
    pub(crate) fn asked(&self, edge: &Edge) -> Vec<Asked> {
        let from = self.graph.node(edge.from);
        let asked = self.graph.asked(edge).map(|asked| Asked {
            text: asked.text.clone(),
            source: Source::Manifest,
            list: Some(asked.list.clone()),
        });
        let asked: Vec<_> = asked.collect();
        if !asked.is_empty() {
            return asked;
        }
        // a manifest may leave it to the build what the project requires
        let requirements = self.requirements(edge.from, from);
        let wanted = &self.graph.node(edge.to).name;
        let texts = requirements.iter().filter(|(name, _)| name.as_ref() == wanted);
        let texts: Vec<_> = texts.map(|(_, text)| text).collect();
        // which extras were asked for is in no lockfile; those that need none are the likely ones
        let is_plain = |text: &&&String| {
            packaging::requirement(text).is_ok_and(|it| it.marker.evaluate_extras(&[]))
        };
        let plain: Vec<_> = texts.iter().filter(is_plain).copied().collect();
        let likely = if plain.is_empty() { texts } else { plain };
        let asked = |text: &String| Asked {
            text: login::without(text),
            source: Source::Metadata,
            list: None,
        };
        likely.into_iter().map(asked).collect()
    }

    fn requirements(&self, id: Id, node: &Node) -> Requirements {
        if let Some(known) = self.read.borrow().get(&id) {
            return Rc::clone(known);
        }
        let installed = node.name.parse().ok().and_then(|name| self.installed.get(&name));
        let locked = node.version().and_then(|version| version.parse::<Version>().ok());
        let installed = installed
            .filter(|installed| locked.as_ref().is_none_or(|locked| *locked == installed.version));
        if installed.is_none() && node.kind != NodeKind::Absent {
            self.lacks_some.set(true);
        }
        let read: Requirements =
            installed.map(Distribution::requirements).unwrap_or_default().into();
        self.read.borrow_mut().insert(id, Rc::clone(&read));
        read
    }
}

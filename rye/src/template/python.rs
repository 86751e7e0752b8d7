//! The Python that a new project is pinned to, and those that it is for.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::Defaults;
use crate::context::Context;
use crate::http::Network;
use crate::packaging::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use crate::template::import::Imported;
use crate::template::{Error, Plan};
use crate::toolchain::{self, Python, Request, Toolchain, Toolchains, Wanted, pin};
use crate::ui::Ui;
use crate::workspace::Above;

/// What there is to choose a Python from.
pub(super) struct Pythons<'a> {
    toolchains: Toolchains<'a>,
    /// What is asked for, and what asks
    asked: Option<(Request, Asker)>,
    /// The nearest pin, if it has a say
    pinned: Option<Request>,
    /// The file with the pin of this very directory, if there is one
    own_file: Option<PathBuf>,
}

/// What asks for a Python.
enum Asker {
    Flag,
    Pin(PathBuf),
    Setting,
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("`--py`"),
            Self::Pin(path) => write!(f, "`{}`", path.display()),
            Self::Setting => f.write_str("`default.toolchain`"),
        }
    }
}

impl<'a> Pythons<'a> {
    pub(super) fn new(ctx: &'a Context<'_>, root: &Path, plan: &Plan) -> Result<Self, Error> {
        let config = ctx.config()?;
        let pin = pin::find(root)?;
        let own_file = pin.as_ref().map(|pin| pin.path.clone());
        let own_file = own_file.filter(|path| path.parent() == Some(root));
        let counts = plan.python.is_none() || own_file.is_some();
        let pinned = pin.as_ref().filter(|_| counts).and_then(|pin| pin.request.clone());
        let asked = match (&plan.python, pin, &config.default.toolchain) {
            (Some(request), ..) => Some((request.clone(), Asker::Flag)),
            (None, Some(pin::Pin { path, request: Some(request) }), _) => {
                Some((request, Asker::Pin(path)))
            }
            (None, _, Some(text)) => {
                let request = text.parse().map_err(toolchain::Error::Default)?;
                Some((request, Asker::Setting))
            }
            (None, _, None) => None,
        };
        let toolchains = Toolchains::new(&ctx.env, config.toolchain.preference);
        Ok(Self { toolchains, asked, pinned, own_file })
    }

    /// Returns the Python that is asked for, else the newest. One that meets the requirement is
    /// preferred; none is an error only if nothing in particular is asked for.
    pub(super) fn choose(&self, requires: Option<&VersionSpecifiers>) -> Result<Python, Error> {
        let requires_python = requires.cloned().unwrap_or_else(VersionSpecifiers::empty);
        let Some((request, asker)) = &self.asked else {
            let request = Request::any();
            let wanted = Wanted { request, requires_python, pin: None };
            return Ok(self.toolchains.find_python(&wanted)?);
        };
        let pin = match asker {
            Asker::Pin(path) => Some(path.clone()),
            Asker::Flag | Asker::Setting => None,
        };
        let wanted = Wanted { request: request.clone(), requires_python, pin };
        Ok(pin::python(&self.toolchains, wanted)?)
    }

    /// Returns the Python that is asked for, ready to run.
    pub(super) fn ensure(
        &self,
        ctx: &Context<'_>,
        requires: Option<&VersionSpecifiers>,
        network: Network,
    ) -> Result<Toolchain, Error> {
        let wanted = self.choose(requires)?.pin().into();
        Ok(self.toolchains.ensure(ctx, &wanted, network)?)
    }

    /// Returns `requires-python` and the text of the pin to be written, which go together.
    pub(super) fn decide(
        &self,
        ui: &Ui,
        plan: &Plan,
        imported: &Imported,
        defaults: &Defaults,
    ) -> Result<(VersionSpecifiers, Option<String>), Error> {
        let stated = plan.requires_python.as_ref().or(imported.requires_python.as_ref());
        let requires = match stated {
            Some(requires) => requires.clone(),
            None => self.usual(plan.workspace.as_ref(), defaults),
        };
        if !plan.writes_pin || plan.workspace.is_some() {
            return Ok((requires, None));
        }
        let contradiction = |python: String| {
            let by = self.asked.as_ref().map_or_else(String::new, |(_, by)| by.to_string());
            Error::Contradiction { python, by, requires: requires.to_string() }
        };
        if let Some(path) = &self.own_file {
            let Some(pinned) = &self.pinned else { return Ok((requires, None)) };
            if plan.python.is_some() && !pinned.admits_python(&self.choose(stated)?) {
                return Err(Error::Pinned { path: path.clone(), pinned: pinned.to_string() });
            }
            if pin::contradicts(pinned, &requires) {
                return Err(contradiction(pinned.to_string()));
            }
            return Ok((requires, None));
        }
        let python = match self.choose(Some(&requires)) {
            Err(Error::Toolchain(toolchain::Error::NoMatch { .. })) if stated.is_none() => {
                self.choose(None)?
            }
            chosen => chosen?,
        };
        let pin = Some(python.pin().to_string());
        let version = python.version.only_release();
        if requires.contains(&version) {
            return Ok((requires, pin));
        }
        if stated.is_some() {
            return Err(contradiction(version.to_string()));
        }
        let lowered = at_least(version.release().iter().take(2).copied());
        ui.warn(format_args!(
            "Python {version} is not `{requires}`: the project gets \
             `requires-python = \"{lowered}\"`"
        ));
        Ok((lowered, pin))
    }

    /// Returns the Pythons that a project is for when nobody says so.
    fn usual(&self, workspace: Option<&Above>, defaults: &Defaults) -> VersionSpecifiers {
        let default = || defaults.requires_python.clone();
        let pinned = self.pinned.as_ref().and_then(minor);
        let Some(workspace) = workspace else { return pinned.unwrap_or_else(default) };
        // the pin is one of many Pythons that the lockfiles of all may be for: the new member is to narrow nothing
        if let Some(oldest) = workspace.oldest_python() {
            return at_least(oldest.release().iter().copied());
        }
        let default = default();
        let is_excluded = self.pinned.as_ref().is_some_and(|pin| pin::contradicts(pin, &default));
        pinned.filter(|_| is_excluded).unwrap_or(default)
    }
}

/// Returns the versions from the minor one on that a pin names.
pub(super) fn minor(pin: &Request) -> Option<VersionSpecifiers> {
    let release = pin.release()?;
    (release.len() > 1).then(|| at_least(release.iter().take(2).copied()))
}

pub(super) fn at_least(release: impl Iterator<Item = u64>) -> VersionSpecifiers {
    let version = Version::new(release);
    let operator = Operator::GreaterThanEqual;
    VersionSpecifier::from_version(operator, version).expect("it is a plain version").into()
}

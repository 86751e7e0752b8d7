//! What a tool was asked to be, kept in its environment so that it can be made again.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::fs;
use crate::index::Indexes;
use crate::isolated::Recipe;
use crate::lock::Choices;
use crate::packaging::{self, ExtraName, PackageName};
use crate::toolchain::{Python, Wanted, pin};
use crate::tools::Error;
use crate::uv::Access;
use crate::venv::{self, Distribution, Origin, Venv};

/// The file in the environment. It may hold the password of a URL.
const FILE: &str = "rye-tool.json";

/// `rye-tool.json`: how a tool was installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "expected an object")]
pub(crate) struct Record {
    /// The distribution with the tool's name, as the user asked for it (PEP 508)
    pub(crate) requirement: String,
    /// What is installed with it
    #[serde(default)]
    pub(crate) extra_requirements: Vec<String>,
    /// The dependencies whose scripts are the tool's too
    #[serde(default)]
    pub(crate) include_deps: Vec<PackageName>,
    /// The Python that was asked for
    #[serde(default)]
    pub(crate) python: Option<String>,
    #[serde(default)]
    pub(crate) pre_releases: bool,
}

impl Record {
    /// Returns the record of a requirement alone.
    pub(crate) fn new(requirement: String) -> Self {
        Self {
            requirement,
            extra_requirements: Vec::new(),
            include_deps: Vec::new(),
            python: None,
            pre_releases: false,
        }
    }

    /// Returns the record of a tool that has none: Rye 0.44 wrote none.
    ///
    /// It goes on with the Python that it has, from where it was installed from, and with what else is in it that
    /// nothing needs: somebody asked for that.
    fn of_old(name: &PackageName, venv: &Venv) -> Result<Self, Error> {
        let made_with = venv.marker()?.and_then(|marker| Python::from_name(&marker.python));
        let python = made_with.map(|python| {
            let release: Vec<_> = python.version.release().iter().map(u64::to_string).collect();
            let minor = release.iter().take(2).cloned().collect::<Vec<_>>().join(".");
            format!("{}@{minor}{}", python.family, python.variant)
        });
        let found = match venv.installed() {
            Err(venv::Error::Missing(_)) => Vec::new(),
            found => found?.distributions,
        };
        let own = found.iter().find(|found| found.name == *name);
        let requirement = own.map_or_else(|| name.to_string(), requirement_of);
        let extra_requirements = beside(name, &found).map(requirement_of).collect();
        Ok(Self { extra_requirements, python, ..Self::new(requirement) })
    }

    /// Reads the record of a tool.
    pub(crate) fn load(name: &PackageName, venv: &Venv) -> Result<Self, Error> {
        let path = venv.path().join(FILE);
        let Some(text) = fs::find_text(&path)? else { return Self::of_old(name, venv) };
        let failed = |source| Error::Record { name: name.clone(), path, source };
        serde_json::from_str(&text).map_err(failed)
    }

    /// Tells whether a directory has a record.
    pub(super) fn is_in(directory: &Path) -> bool {
        fs::exists(&directory.join(FILE))
    }

    pub(super) fn write(&self, venv: &Venv) -> Result<(), Error> {
        let mut text = serde_json::to_string_pretty(self).expect("a record is JSON");
        text.push('\n');
        Ok(fs::write_private(&venv.path().join(FILE), text)?)
    }

    /// Returns the extras that were asked for.
    pub(super) fn extras(&self) -> Vec<ExtraName> {
        let requirement = packaging::requirement(&self.requirement);
        requirement.map(|requirement| requirement.extras).unwrap_or_default()
    }

    /// Returns the Python that the tool is to be run with.
    pub(super) fn wanted(&self, ctx: &Context<'_>) -> Result<Wanted, Error> {
        let request = match &self.python {
            Some(python) => python.parse().map_err(crate::toolchain::Error::from)?,
            None => pin::preferred(ctx.config()?)?,
        };
        Ok(request.into())
    }

    /// Returns how the tool's environment is made.
    pub(super) fn recipe<'a>(
        &self,
        ctx: &'a Context<'_>,
        indexes: &'a Indexes,
        access: Access,
        is_refreshed: bool,
    ) -> Result<Recipe<'a>, Error> {
        let requirements = std::iter::once(&self.requirement).chain(&self.extra_requirements);
        Ok(Recipe {
            requirements: requirements.cloned().collect(),
            locked: None,
            wanted: self.wanted(ctx)?,
            indexes,
            choices: Choices::default(),
            pre_releases: self.pre_releases,
            directory: ctx.env.working_directory(),
            is_refreshed,
            access,
        })
    }
}

/// Returns the requirement that installs a distribution, in whichever version, from where it came.
fn requirement_of(distribution: &Distribution) -> String {
    let Distribution { name, origin, .. } = distribution;
    match origin {
        Origin::Index => name.to_string(),
        Origin::Url(url) | Origin::Editable(url) => format!("{name} @ {url}"),
    }
}

/// Returns what is installed beside a distribution and what that needs, its extras left out.
fn beside<'a>(
    name: &'a PackageName,
    found: &'a [Distribution],
) -> impl Iterator<Item = &'a Distribution> {
    let is_of_extra =
        |text: &str| text.split_once(';').is_some_and(|(_, marker)| marker.contains("extra"));
    let needs = found.iter().flat_map(Distribution::requirements);
    let needed: BTreeSet<_> =
        needs.filter(|(_, text)| !is_of_extra(text)).map(|(name, _)| name).collect();
    found.iter().filter(move |found| found.name != *name && !needed.contains(&found.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_written() {
        let record = Record {
            requirement: "black[d]>=24".to_owned(),
            extra_requirements: vec!["plugin @ file:///a%20b".to_owned()],
            include_deps: vec!["click".parse().unwrap()],
            python: Some("3.12".to_owned()),
            pre_releases: true,
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn what_a_record_does_not_say_is_the_default() {
        let record: Record = serde_json::from_str(r#"{"requirement": "black"}"#).unwrap();
        assert_eq!(record.python, None);
        assert_eq!(record.extra_requirements, [] as [String; 0]);
    }
}

//! What builds a new project, and what it needs for that.

use crate::packaging::BuildSystem;

impl BuildSystem {
    /// Returns what must be installed to build. Licence expressions (PEP 639) need a later version
    /// than the rest; without one, older mirrors will do.
    pub(super) fn requirement(self, has_license: bool) -> &'static str {
        match (self, has_license) {
            (Self::Hatchling, false) => "hatchling",
            (Self::Hatchling, true) => "hatchling>=1.27",
            (Self::Setuptools, false) => "setuptools>=61.0",
            (Self::Setuptools, true) => "setuptools>=77.0.3",
            (Self::Flit, false) => "flit_core>=3.4",
            (Self::Flit, true) => "flit_core>=3.12",
            (Self::Pdm, false) => "pdm-backend",
            (Self::Pdm, true) => "pdm-backend>=2.4",
            // the first that tells PyO3 to build an extension module
            (Self::Maturin, _) => "maturin>=1.9.4,<2.0",
            // its makers keep it compatible within a minor version only
            (Self::Uv, _) => "uv_build>=0.13,<0.14",
        }
    }

    /// Returns the object that builds, as `build-backend` names it.
    pub(super) fn backend(self) -> &'static str {
        match self {
            Self::Hatchling => "hatchling.build",
            Self::Setuptools => "setuptools.build_meta",
            Self::Flit => "flit_core.buildapi",
            Self::Pdm => "pdm.backend",
            Self::Maturin => "maturin",
            Self::Uv => "uv_build",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packaging::{Requirement, Version, VersionOrUrl};

    #[test]
    fn the_backend_of_uv_keeps_up_with_the_engine() {
        let engines: toml_edit::DocumentMut =
            include_str!("../../data/engines.toml").parse().unwrap();
        let version: Version = engines["uv"]["version"].as_str().unwrap().parse().unwrap();
        let requirement: Requirement = BuildSystem::Uv.requirement(false).parse().unwrap();
        let Some(VersionOrUrl::VersionSpecifier(specifiers)) = requirement.version_or_url else {
            panic!("it has specifiers")
        };
        assert!(specifiers.contains(&version));
    }
}

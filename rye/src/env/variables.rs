//! The variables that Rye reads, and what each is for.
//!
//! `rye config --list` and the reference are made from this list; a test finds those that it lacks.

use crate::env::Env;

/// A variable, or several that are for the same; the first that is set counts.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) names: &'static [&'static str],
    /// The key in `config.toml` that it wins over
    pub(crate) setting: Option<&'static str>,
    pub(crate) meaning: &'static str,
}

const fn variable(names: &'static [&'static str], meaning: &'static str) -> Variable {
    Variable { names, setting: None, meaning }
}

impl Variable {
    /// The variables, sorted by their first name.
    pub(crate) const ALL: &[Self] = &[
        variable(&["CLICOLOR"], "`0`: no colors on a terminal"),
        variable(&["CLICOLOR_FORCE"], "not `0`: colors also where there is no terminal"),
        variable(
            &["GITHUB_ACTIONS", "GITLAB_CI"],
            "`true`: the service may vouch for what `rye publish` uploads",
        ),
        variable(&["HOME"], "your home; on Windows `USERPROFILE`"),
        variable(&["NETRC"], "the netrc file; default `~/.netrc`"),
        variable(&["NO_COLOR"], "no colors"),
        variable(
            &["PATH"],
            "where interpreters are found, and programs of scripts that the environment lacks",
        ),
        variable(&["PYENV_ROOT"], "where the versions of pyenv are; default `~/.pyenv`"),
        variable(
            &["RYE_HOME"],
            "Rye's home; default `~/.rye`. A relative path is taken from the working directory",
        ),
        variable(&["RYE_NO_AUTO_INSTALL"], "`1`: `rye` alone does not offer to install itself"),
        variable(&["RYE_NO_SYNC"], "not `0`: the shims make and change no environment"),
        variable(
            &["RYE_PUBLISH_TOKEN", "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD"],
            "the token, or the password of an account, for `rye publish`",
        ),
        variable(&["RYE_RUFF"], "a program to use instead of the pinned ruff"),
        variable(&["RYE_TOOLCHAIN"], "for `rye self install`: an interpreter to register"),
        variable(&["RYE_TOOLCHAIN_CATALOG"], "a file in the place of the catalog of toolchains"),
        Variable {
            names: &["RYE_TOOLCHAIN_MIRROR"],
            setting: Some("toolchain.mirror"),
            meaning: "URL or directory that toolchains are fetched from",
        },
        variable(
            &["RYE_TOOLCHAIN_VERSION"],
            "for `rye self install`: what `default.toolchain` is set to",
        ),
        Variable {
            names: &["RYE_UPDATE_REPOSITORY"],
            setting: Some("update.repository"),
            meaning: "URL of a git repository, for `rye self update` with `--tag`, `--rev` or `--branch`",
        },
        Variable {
            names: &["RYE_UPDATE_URL"],
            setting: Some("update.url"),
            meaning: "URL or directory that has releases, for `rye self update`",
        },
        variable(&["RYE_UV"], "a program to use instead of the pinned uv"),
        variable(&["RYE_VENV"], "where the environment of a project is, `~` being your home"),
        variable(&["SHELL"], "your shell, for what `rye shell` tells"),
        variable(
            &["SSL_CERT_DIR"],
            "a directory of certificates to trust instead of those of the system",
        ),
        variable(
            &["SSL_CERT_FILE"],
            "a file of certificates to trust instead of those of the system",
        ),
        variable(
            &["TMPDIR"],
            "where temporary files are, by default `/tmp`, and on Linux `/dev/shm` for small ones; on Windows `TEMP`",
        ),
        variable(&["UV_CACHE_DIR"], "uv's cache, which a uv of your own shares"),
        variable(&["UV_CONCURRENT_BUILDS"], "passed to uv"),
        variable(&["UV_CONCURRENT_DOWNLOADS"], "passed to uv"),
        variable(&["UV_CONCURRENT_INSTALLS"], "passed to uv"),
        variable(&["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"], "the default index"),
        variable(
            &["UV_HTTP_RETRIES"],
            "how often a download is tried again, by uv and by Rye; default 3",
        ),
        variable(
            &["UV_HTTP_TIMEOUT"],
            "how long a server may be silent, in seconds, for uv and for Rye; default 60",
        ),
        variable(&["UV_LINK_MODE"], "passed to uv"),
        variable(&["UV_NATIVE_TLS"], "passed to uv"),
        variable(&["UV_PUBLISH_URL"], "where `rye publish` uploads to if no repository is named"),
        variable(&["UV_PUBLISH_USERNAME"], "the account for `rye publish`"),
        variable(&["UV_SYSTEM_CERTS"], "passed to uv"),
        variable(
            &["VIRTUAL_ENV"],
            "the activated environment, for `behavior.prefer-activated-venv` only",
        ),
        variable(
            &["XDG_CACHE_HOME"],
            "where uv's cache is if `UV_CACHE_DIR` is not set; on Windows `LOCALAPPDATA`",
        ),
        Variable {
            names: &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
            setting: Some("proxy.http"),
            meaning: "the URL of the proxy for `http://`",
        },
        Variable {
            names: &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
            setting: Some("proxy.https"),
            meaning: "the URL of the proxy for `https://`",
        },
        variable(&["no_proxy", "NO_PROXY"], "hosts that are reached without a proxy"),
    ];

    /// Returns the name that counts here, with its value; none if none is set.
    pub(crate) fn find<'a>(
        &self,
        env: &'a Env,
    ) -> Option<(&'static str, std::borrow::Cow<'a, str>)> {
        let value = |name: &&'static str| Some((*name, env.var_os(name)?.to_string_lossy()));
        self.names.iter().find_map(value)
    }
}

//! The way to the network: proxies, certificates and the index.

use std::path::PathBuf;

use super::{Findings, Level, config_of, told};
use crate::config::Proxy;
use crate::context::Context;
use crate::env::{Env, split_paths};
use crate::error::Hint as _;
use crate::fs;
use crate::http::{self, Network, Redacted};
use crate::index::{self, Indexes};

const PROXY: &str = "proxy";

/// Looks at what says which way connections go, and whom they trust.
pub(super) fn examine(ctx: &Context<'_>, findings: &mut Findings) {
    let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
    for (name, upper) in names.map(|name| (name, name.to_uppercase())) {
        proxy(&ctx.env, name, &upper, findings);
    }
    let Proxy { http, https } = &config_of(ctx).proxy;
    for (key, value) in [("proxy.http", http), ("proxy.https", https)] {
        if let Some(value) = value {
            address(&format!("`{key}` in `config.toml`"), value, findings);
        }
    }
    certificates(&ctx.env, findings);
}

fn proxy(env: &Env, name: &str, upper: &str, findings: &mut Findings) {
    let values = [(name, env.var(name)), (upper, env.var(upper))];
    let mut set = values.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    let first = set.next();
    let second = set.next().filter(|(_, value)| first.is_some_and(|(_, first)| first != *value));
    if second.is_some() {
        let message =
            format!("`{name}` and `{upper}` disagree, and programs take one or the other");
        let cure = format!("say `unset {upper}`, or give both the same value");
        findings.add_with_cure(PROXY, Level::Warn, message, cure);
    }
    for (name, value) in first.into_iter().chain(second) {
        if name.eq_ignore_ascii_case("no_proxy") {
            findings.add(PROXY, Level::Ok, format!("`{name}` is `{value}`"));
        } else {
            address(&format!("`{name}`"), value, findings);
        }
    }
}

/// Judges the address of a proxy that something names.
fn address(what: &str, value: &str, findings: &mut Findings) {
    match http::check_proxy(value) {
        Ok(()) => {
            let value = http::redacted_text(value);
            findings.add(PROXY, Level::Ok, format!("{what} is `{value}`"));
        }
        Err(error) => findings.add_with_cure(
            PROXY,
            Level::Fail,
            format!("{what}: {}", told(&error)),
            error.hint().unwrap_or_default(),
        ),
    }
}

fn certificates(env: &Env, findings: &mut Findings) {
    const CHECK: &str = "certificates";
    let from_here = |path: PathBuf| env.working_directory().join(path);
    let file = env.var_os("SSL_CERT_FILE").map(|path| from_here(path.into()));
    let file = file.map(|path| ("SSL_CERT_FILE", path.is_file(), path));
    let directories = env.var_os("SSL_CERT_DIR").into_iter().flat_map(split_paths).map(from_here);
    let directories = directories.map(|path| ("SSL_CERT_DIR", path.is_dir(), path));
    for (name, is_there, path) in file.into_iter().chain(directories) {
        let shown = path.display();
        if is_there {
            findings.add(CHECK, Level::Ok, format!("`{name}` is `{shown}`"));
        } else {
            let what = if fs::exists(&path) { "is something else" } else { "is not there" };
            findings.add_with_cure(
                CHECK,
                Level::Fail,
                format!("`{name}` names `{shown}`, which {what}"),
                format!("correct it, or say `unset {name}`"),
            );
        }
    }
}

/// Looks whether the default index answers, with one request.
pub(super) fn index(
    ctx: &Context<'_>,
    indexes: Result<Indexes, index::Error>,
    network: Network,
    findings: &mut Findings,
) {
    const CHECK: &str = "index";
    let indexes = match indexes {
        Ok(indexes) => indexes,
        Err(error) => return findings.add_error(CHECK, Level::Fail, &error),
    };
    let url = &indexes.default;
    let shown = Redacted::from(url);
    if url.scheme() == "file" {
        let is_there = url.to_file_path().is_ok_and(|path| path.is_dir());
        if is_there {
            findings.add(CHECK, Level::Ok, format!("`{shown}`"));
        } else {
            let cure = "correct the URL of the source `default`, or what overrides it";
            let message = format!("`{shown}` is no directory");
            findings.add_with_cure(CHECK, Level::Fail, message, cure);
        }
        return;
    }
    if network == Network::Offline {
        findings.add(CHECK, Level::Skip, format!("`{shown}` was not asked"));
        return;
    }
    let _progress = ctx.ui.progress(format_args!("asking {shown}"));
    let client = ctx.client(config_of(ctx), &indexes.trusted_hosts);
    match client.and_then(|client| client.ask(&indexes.any_page())) {
        Ok(()) => findings.add(CHECK, Level::Ok, format!("`{shown}` answers")),
        Err(error) => findings.add_with_cure(
            CHECK,
            Level::Fail,
            told(&error),
            error.hint().unwrap_or_else(|| "check the URL of the index".to_owned()),
        ),
    }
}

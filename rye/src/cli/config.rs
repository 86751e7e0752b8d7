//! `rye config`: what `config.toml` holds, and changes to it.

use clap::ArgGroup;
use serde_json::{Map, Value, json};

use crate::cli::complete::Names;
use crate::cli::external;
use crate::cli::format::Format;
use crate::config::edit::{self, Change, Key};
use crate::config::{schema, settings};
use crate::context::Context;
use crate::exit::Exit;
use crate::project;

/// Show or change settings
///
/// A key is a path with dots, such as `behavior.autosync`. `--get` shows what is in the file, `--list` what is in
/// force: the defaults too, and what variables say.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    override_usage = "rye config --list [--format json]\n       \
                      rye config --show-path\n       \
                      rye config --schema <FILE>\n       \
                      rye config --get <KEY>... [--format json]\n       \
                      rye config [--set <KEY=TEXT>]... [--unset <KEY>]...",
    group(ArgGroup::new("action").args(["list", "show_path", "schema", "get", "set", "set_int", "set_bool", "unset"]).multiple(true).required(true)),
    group(ArgGroup::new("answer").args(["list", "get"])),
    group(ArgGroup::new("change").args(["set", "set_int", "set_bool", "unset"]).multiple(true).conflicts_with("get")),
)]
pub(crate) struct Args {
    /// Print all settings that there are, with the values in force and where each comes from
    #[arg(long, conflicts_with_all = ["get", "schema", "change"])]
    list: bool,
    /// Print the path of the file with the settings
    #[arg(long, conflicts_with_all = ["list", "get", "schema", "change", "format"])]
    show_path: bool,
    /// Print the JSON schema of a file, for an editor
    #[arg(long, value_name = "FILE", conflicts_with_all = ["get", "change", "format"])]
    schema: Option<File>,
    /// Print the value of a setting, `?` if it is not set
    #[arg(long, value_name = "KEY", add = Names::Setting)]
    get: Vec<String>,
    /// Set a setting to a text
    #[arg(long, value_name = "KEY=TEXT")]
    set: Vec<String>,
    /// Set a setting to a whole number
    #[arg(long, value_name = "KEY=INTEGER")]
    set_int: Vec<String>,
    /// Set a setting to `true` or `false`
    #[arg(long, value_name = "KEY=BOOLEAN")]
    set_bool: Vec<String>,
    /// Take a setting away, after others were set
    #[arg(long, value_name = "KEY", add = Names::Setting)]
    unset: Vec<String>,
    /// Print values in a form for programs
    #[arg(long, requires = "answer", conflicts_with = "change")]
    format: Option<Format>,
}

/// A file that settings are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// `config.toml`
    Config,
    /// `[tool.rye]` in a `pyproject.toml`
    Project,
}

impl Args {
    fn changes(&self) -> Result<Vec<Change>, edit::Error> {
        let texts = self.set.iter().map(|text| Change::set_text(text));
        let integers = self.set_int.iter().map(|text| Change::set_integer(text));
        let booleans = self.set_bool.iter().map(|text| Change::set_boolean(text));
        let unset = self.unset.iter().map(|key| Change::unset(key));
        texts.chain(integers).chain(booleans).chain(unset).collect()
    }
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    if args.show_path {
        ctx.ui.data(ctx.env.config_file().display())?;
    } else if let Some(file) = args.schema {
        ctx.ui.data_json(&match file {
            File::Config => schema::schema(),
            File::Project => project::schema::schema(),
        })?;
    } else if args.list {
        list(ctx, args.format)?;
    } else if args.get.is_empty() {
        for remark in edit::change(&ctx.env, &args.changes()?)? {
            ctx.ui.warn(remark);
        }
        let set = args.set.iter().filter_map(|text| text.strip_prefix("alias.")?.split_once('='));
        for (name, _) in set.filter(|(name, _)| external::names().contains(*name)) {
            ctx.warn_of_shadowed_alias(name);
        }
    } else {
        show(ctx, args)?;
    }
    Ok(Exit::Success)
}

fn list(ctx: &Context<'_>, format: Option<Format>) -> anyhow::Result<()> {
    ctx.config()?; // what cannot be read is in force nowhere
    let (settings, surroundings) =
        (settings::settings(&ctx.env)?, settings::surroundings(&ctx.env));
    if format == Some(Format::Json) {
        let settings = settings.iter().map(|setting| {
            json!({
                "key": setting.key,
                "value": setting.value,
                "default": setting.default,
                "from": setting.origin.name(),
            })
        });
        let variables = surroundings.iter().map(|surrounding| {
            json!({
                "names": surrounding.variable.names,
                "meaning": surrounding.variable.meaning,
                "setting": surrounding.variable.setting,
                "values": surrounding.values,
            })
        });
        ctx.ui.data_json(&json!({
            "schema": 1,
            "file": ctx.env.config_file(),
            "settings": settings.collect::<Vec<_>>(),
            "variables": variables.collect::<Vec<_>>(),
        }))?;
        return Ok(());
    }
    for setting in settings {
        let (value, origin) = (settings::inline(&setting.value), setting.origin.name());
        ctx.ui.data(format_args!("{} = {value} ({origin})", setting.key))?;
    }
    for (name, value) in surroundings.iter().flat_map(|surrounding| &surrounding.values) {
        ctx.ui.data(format_args!("{name} = {} (environment)", settings::inline(value)))?;
    }
    Ok(())
}

fn show(ctx: &Context<'_>, args: &Args) -> anyhow::Result<()> {
    let keys: Vec<Key> = args.get.iter().map(|key| key.parse()).collect::<Result<_, _>>()?;
    let stored = edit::find(&ctx.env, &keys)?;
    if args.format == Some(Format::Json) {
        let json = stored.iter().map(|(key, value)| {
            let value = value.as_ref().map_or(Value::Null, edit::Stored::to_json);
            (key.clone(), value)
        });
        ctx.ui.data_json(&json.collect::<Map<_, _>>())?;
        return Ok(());
    }
    for key in keys {
        match &stored[&key.to_string()] {
            Some(value) => ctx.ui.data(value)?,
            None => ctx.ui.data("?")?,
        }
    }
    Ok(())
}

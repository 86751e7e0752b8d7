//! `rye config`: what `config.toml` holds, and changes to it.

use clap::ArgGroup;
use serde_json::{Map, Value};

use crate::cli::complete::Names;
use crate::cli::format::Format;
use crate::config::edit::{self, Change, Key};
use crate::context::Context;
use crate::exit::Exit;

/// Show or change settings
///
/// A key is a path with dots, such as `behavior.autosync`. Values are those in the file: what
/// stands for a setting that is not there is not shown.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    override_usage = "rye config --show-path\n       \
                      rye config --get <KEY>... [--format json]\n       \
                      rye config [--set <KEY=TEXT>]... [--unset <KEY>]...",
    group(ArgGroup::new("action").args(["show_path", "get", "set", "set_int", "set_bool", "unset"]).multiple(true).required(true)),
    group(ArgGroup::new("change").args(["set", "set_int", "set_bool", "unset"]).multiple(true).conflicts_with("get")),
)]
pub(crate) struct Args {
    /// Print the path of the file with the settings
    #[arg(long, conflicts_with_all = ["get", "change", "format"])]
    show_path: bool,
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
    #[arg(long, requires = "get", conflicts_with = "change")]
    format: Option<Format>,
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
    } else if args.get.is_empty() {
        for remark in edit::change(&ctx.env, &args.changes()?)? {
            ctx.ui.warn(remark);
        }
    } else {
        show(ctx, args)?;
    }
    Ok(Exit::Success)
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

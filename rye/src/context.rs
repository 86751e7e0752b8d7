//! What every command is handed: the surroundings, the user's end, the settings.

use std::cell::OnceCell;

use crate::config::{self, Config, Proxy};
use crate::env::Env;
use crate::http::{self, Client, Proxies};
use crate::ui::Ui;

pub(crate) struct Context<'a> {
    pub(crate) env: Env,
    pub(crate) ui: &'a Ui,
    /// The name of the command that runs, if it is one of Rye's own
    pub(crate) command: Option<String>,
    config: OnceCell<Config>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(env: Env, ui: &'a Ui) -> Self {
        Self { env, ui, command: None, config: OnceCell::new() }
    }

    /// Returns a context with settings that are known already.
    pub(crate) fn with_config(env: Env, ui: &'a Ui, config: Config) -> Self {
        Self { config: config.into(), ..Self::new(env, ui) }
    }

    /// Returns the settings; they are read when first asked for.
    pub(crate) fn config(&self) -> Result<&Config, config::Error> {
        let config = if let Some(config) = self.config.get() {
            config
        } else {
            let config = Config::load(&self.env, self.ui)?;
            self.config.get_or_init(|| config)
        };
        if let Some(name) = self.command.as_ref().filter(|name| config.alias.contains_key(*name)) {
            self.warn_of_shadowed_alias(name);
        }
        Ok(config)
    }

    /// Warns of an alias that is called like a command of Rye's own.
    pub(crate) fn warn_of_shadowed_alias(&self, name: &str) {
        let path = self.env.config_file();
        self.ui.warn(format_args!(
            "the alias `{name}` in `{}` counts for nothing: `rye {name}` is a command",
            path.display()
        ));
    }

    /// Returns a client that reaches the network as the user set it up.
    pub(crate) fn client(
        &self,
        config: &Config,
        trusted_hosts: &[String],
    ) -> Result<Client, http::Error> {
        Client::new(&self.env, proxies(config), trusted_hosts)
    }

    /// Returns a client for what nothing else is known of that it must be.
    pub(crate) fn careful_client(&self, config: &Config) -> Result<Client, http::Error> {
        Client::careful(&self.env, proxies(config))
    }
}

fn proxies(config: &Config) -> Proxies<'_> {
    let Proxy { http, https } = &config.proxy;
    Proxies { http: http.as_deref(), https: https.as_deref() }
}

//! What every command is handed: the surroundings, the user's end, the settings.

use std::cell::OnceCell;

use crate::config::{self, Config, Proxy};
use crate::env::Env;
use crate::http::{self, Client, Proxies};
use crate::ui::Ui;

pub(crate) struct Context<'a> {
    pub(crate) env: Env,
    pub(crate) ui: &'a Ui,
    config: OnceCell<Config>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(env: Env, ui: &'a Ui) -> Self {
        Self { env, ui, config: OnceCell::new() }
    }

    /// Returns the settings; they are read when first asked for.
    pub(crate) fn config(&self) -> Result<&Config, config::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = Config::load(&self.env, self.ui)?;
        Ok(self.config.get_or_init(|| config))
    }
    /// Returns a client that reaches the network as the user set it up.
    pub(crate) fn client(
        &self,
        config: &Config,
        trusted_hosts: &[String],
    ) -> Result<Client, http::Error> {
        let Proxy { http, https } = &config.proxy;
        let proxies = Proxies { http: http.as_deref(), https: https.as_deref() };
        Client::new(&self.env, proxies, trusted_hosts)
    }
}

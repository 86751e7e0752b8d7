//! The report of an error: what happened, why, and what to do next.

use std::error::Error;

use crate::error::Hint;
use crate::exit::Exit;
use crate::ui::{self, Ui};

/// Tells an error and its causes, then the hints; returns how the process ends.
///
/// A reader that closed its end of stdout has seen enough: nothing is said.
pub(crate) fn report(ui: &Ui, error: &anyhow::Error) -> Exit {
    if error.chain().any(|cause| cause.downcast_ref().is_some_and(ui::Error::is_closed)) {
        return Exit::Failure;
    }
    let mut told = Vec::new();
    for (index, cause) in error.chain().enumerate() {
        let message = cause.to_string();
        let message = message.trim_end();
        // a transparent error says what its source says
        if told.iter().any(|said| said == message) {
            continue;
        }
        if index == 0 {
            ui.error(message);
        } else {
            ui.cause(message);
        }
        told.push(message.to_owned());
    }
    let mut hints: Vec<String> = error.chain().filter_map(hint).collect();
    hints.dedup();
    for hint in hints {
        ui.hint(hint);
    }
    Exit::Failure
}

/// Returns the hint of an error of one of Rye's own types.
fn hint(error: &(dyn Error + 'static)) -> Option<String> {
    macro_rules! of {
        ($($kind:ty),* $(,)?) => {
            $(if let Some(error) = error.downcast_ref::<$kind>() { return error.hint(); })*
        };
    }
    of!(
        crate::archive::Error,
        crate::checks::Error,
        crate::build::Error,
        crate::config::Error,
        crate::config::edit::Error,
        crate::dependencies::Error,
        crate::engine::Error,
        crate::env::Error,
        crate::export::Error,
        crate::fs::Error,
        crate::graph::Error,
        crate::http::Error,
        crate::index::Error,
        crate::installation::Error,
        crate::isolated::Error,
        crate::lock::Error,
        crate::outdated::Error,
        crate::process::Error,
        crate::project::Error,
        crate::project::edit::Error,
        crate::project::version::Error,
        crate::publish::Error,
        crate::publish::credentials::Error,
        crate::scripts::Error,
        crate::selection::Error,
        crate::selfupdate::Error,
        crate::shims::Error,
        crate::standalone::Error,
        crate::sync::Error,
        crate::template::Error,
        crate::toolchain::Error,
        crate::toolchain::RequestError,
        crate::toolchain::widen::Error,
        crate::tools::AskedError,
        crate::tools::Error,
        crate::ui::ConfirmError,
        crate::upkeep::Error,
        crate::uv::Error,
        crate::venv::Error,
        crate::workspace::Error,
    );
    None
}

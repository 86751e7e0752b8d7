//! Editing the settings.

use crate::error::Hint;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub(crate) struct Error;
impl Hint for Error {
    fn hint(&self) -> Option<String> {
        None
    }
}

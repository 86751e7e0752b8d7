//! What the errors of all modules share.

/// What a user can do about an error.
///
/// The report of an error prints the hints of the whole chain after its causes.
pub(crate) trait Hint {
    /// Returns the next step in the imperative, without a full stop.
    fn hint(&self) -> Option<String>;
}

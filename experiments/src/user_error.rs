//! Errors in the user's input: one line on stderr and exit code 2.

use std::fmt;

/// Marks an error as bad input.
#[derive(Debug)]
pub struct UserError(pub String);

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UserError {}

/// Turns any error into bad input.
pub fn user<E: fmt::Display>(error: E) -> anyhow::Error {
    UserError(error.to_string()).into()
}

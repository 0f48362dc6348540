//! Failures and exit codes.

use std::fmt;
use std::process::ExitCode;

use serde_json::json;

use crate::output::{emit, say};
use crate::printable::printable;

/// A failure with its exit code.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
}

/// Kinds of failure, each with an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: a file, or an internal error.
    Other,
    /// 2: invalid input: arguments, the study file, a table.
    Input,
    /// 3: the trainer failed.
    Training,
    /// 4: another process runs the study.
    InUse,
    /// 5: the disk failed; finished work is kept.
    Disk,
    /// 6: no result yet.
    Nothing,
    /// 7: no run satisfies the constraints; the result is on standard output.
    Infeasible,
    /// 130: stopped by a signal; the same command continues.
    Stopped,
}

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 2 invalid input, 3 the trainer failed, 4 another process runs the study, \
     5 the disk failed (finished work is kept), 6 no result yet, 7 no run satisfies the constraints, 130 stopped (run again to continue)";

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Input => 2,
            Self::Training => 3,
            Self::InUse => 4,
            Self::Disk => 5,
            Self::Nothing => 6,
            Self::Infeasible => 7,
            Self::Stopped => 130,
        }
    }

    /// Whether an error is a failure of this kind.
    pub fn is(self, error: &anyhow::Error) -> bool {
        error.downcast_ref::<Failure>().is_some_and(|f| f.kind == self)
    }

    /// A failure of this kind.
    pub fn error(self, message: impl fmt::Display) -> anyhow::Error {
        Failure { kind: self, message: message.to_string() }.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Prints an error and returns its exit code.
///
/// With `json` it is also on standard output, as `{"error": {"code": 2, "message": "..."}}`.
pub fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let (message, code) =
        (printable(&format!("{error:#}")), error.downcast_ref::<Failure>().map_or(Kind::Other, |f| f.kind).code());
    // a result that is not feasible is on standard output already
    if json && !Kind::Infeasible.is(error) {
        // nobody reads standard output any more: standard error has the message too
        let _ = emit(&format!("{}\n", json!({ "error": { "code": code, "message": message } })));
    }
    say(&format!("error: {message}"));
    ExitCode::from(code)
}

//! Why the program ends without having done what it was asked, and with which exit code.

use std::fmt;
use std::process::ExitCode;

/// A failure with its exit code.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    said: String,
}

/// Kinds of failure, each with an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: a file, or a fault of the program.
    Other,
    /// 2: bad input: arguments, the study file, a table.
    Input,
    /// 3: the trainer does not work.
    Training,
    /// 4: another process drives the study.
    InUse,
    /// 5: the disk failed; everything finished before is kept.
    Disk,
    /// 6: there is nothing to show yet.
    Nothing,
    /// 130: stopped by a signal; the same command goes on.
    Stopped,
}

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 bad input, 3 the trainer failed, 4 the study is in use by another process, \
     5 the disk failed (finished work is kept), 6 nothing to show yet, 130 stopped (run again to go on)";

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Input => 2,
            Self::Training => 3,
            Self::InUse => 4,
            Self::Disk => 5,
            Self::Nothing => 6,
            Self::Stopped => 130,
        }
    }

    /// Whether an error is a failure of this kind.
    pub fn is(self, error: &anyhow::Error) -> bool {
        error.downcast_ref::<Failure>().is_some_and(|f| f.kind == self)
    }

    /// A failure of this kind.
    pub fn says(self, said: impl fmt::Display) -> anyhow::Error {
        Failure { kind: self, said: said.to_string() }.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for Failure {}

/// Says an error and gives its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(error.downcast_ref::<Failure>().map_or(Kind::Other, |f| f.kind).code())
}

use crate::{Report, RunId, Study, Timing, Trial};

/// Follows a study while [`drive`](crate::drive) runs it: journals, progress lines, records for figures. An error of [`Self::asked`]
/// or [`Self::told`] stops the study.
pub trait Observer {
    /// A trial was proposed and is about to start.
    fn asked(&mut self, _study: &Study, _trial: &Trial) -> Result<(), String> {
        Ok(())
    }

    /// A trial that is about to be reported took so long.
    fn timed(&mut self, _run: RunId, _timing: Timing) {}

    /// A trial was reported.
    fn told(&mut self, _study: &Study, _report: &Report) -> Result<(), String> {
        Ok(())
    }

    /// A message for the user.
    fn noted(&mut self, _note: &str) {}
}

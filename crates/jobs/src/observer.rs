use crate::{Report, Study, Trial};

/// Follows a study while [`drive`](crate::drive) runs it: journals, progress lines, records for figures. An error of [`Self::asked`]
/// or [`Self::told`] stops the study.
pub trait Observer {
    /// A trial was proposed and is about to start.
    fn asked(&mut self, _study: &Study, _trial: &Trial) -> Result<(), String> {
        Ok(())
    }

    /// A trial was reported.
    fn told(&mut self, _study: &Study, _report: &Report) -> Result<(), String> {
        Ok(())
    }

    /// A message for the user.
    fn noted(&mut self, _note: &str) {}
}

use crate::{Report, Study, Trial};

/// Watches a study being driven: progress lines, journals, records for figures.
pub trait Observer {
    /// A trial was asked for and is about to run.
    fn asked(&mut self, _study: &Study, _trial: &Trial) -> Result<(), String> {
        Ok(())
    }

    /// A trial was told.
    fn told(&mut self, _study: &Study, _report: &Report) -> Result<(), String> {
        Ok(())
    }

    /// Something people should know happened to a run.
    fn noted(&mut self, _note: &str) {}
}

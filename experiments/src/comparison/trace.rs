//! What a study recommended along the way.

use anyhow::Context;
use jobs::{Recommendation, RunId, Study};
use jobs_core::Steps;

/// Rows of a study: one for each change of the recommended run, and one at the end.
pub struct Trace<R> {
    rows: Vec<(Steps, R)>,
    recommended: Option<RunId>,
}

impl<R> Default for Trace<R> {
    fn default() -> Self {
        Self { rows: vec![], recommended: None }
    }
}

impl<R> Trace<R> {
    /// The last row recorded.
    pub fn last(&self) -> Option<&R> {
        self.rows.last().map(|(_, row)| row)
    }

    /// Adds a row if another run is recommended than before.
    ///
    /// # Errors
    /// Those of `row`, and a method that failed to recommend.
    pub fn record(
        &mut self,
        study: &Study,
        row: impl FnOnce(&Recommendation) -> anyhow::Result<R>,
    ) -> anyhow::Result<()> {
        let Some(best) = study.best()? else { return Ok(()) };
        if self.recommended.replace(best.run) != Some(best.run) {
            self.rows.push((study.history().spent(), row(&best)?));
        }
        Ok(())
    }

    /// The recommendation at the end of a study, and all rows. The row of the end replaces one of the same step.
    ///
    /// # Errors
    /// Those of `row`, and a study without a recommendation.
    pub fn finish(
        mut self,
        study: &Study,
        row: impl FnOnce(&Recommendation) -> anyhow::Result<R>,
    ) -> anyhow::Result<(Recommendation, Vec<R>)> {
        let best = study.best()?.context("no run had a finite loss, so none can be recommended")?;
        let (steps, end) = (study.history().spent(), row(&best)?);
        if self.rows.last().is_some_and(|(recorded, _)| *recorded == steps) {
            self.rows.pop();
        }
        self.rows.push((steps, end));
        Ok((best, self.rows.into_iter().map(|(_, row)| row).collect()))
    }
}

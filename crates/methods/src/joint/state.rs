//! What JoBS keeps between two starts of the program.

use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{Gaussian, LossScale, Steps};

use super::Jobs;
use super::early_signal::EarlySignalCheck;
use crate::model::{read_context, write_context};

impl Jobs {
    /// Everything that [`Self::learn`] changes, but for the predictor: the same runs and the same scale give the same predictors, so
    /// they are fitted again once it has to predict.
    pub(super) fn to_state(&self) -> Option<Vec<f64>> {
        let mut to = StateWriter::default();
        to.list(&self.fitted_on.iter().map(|&n| n as f64).collect::<Vec<_>>());
        to.list(&self.fitted_at.iter().flat_map(|(run, step)| [*run as f64, step.as_f64()]).collect::<Vec<_>>());
        to.optional_list(&self.estimates.iter().map(|e| e.map(|e| e.mean)).collect::<Vec<_>>());
        to.optional_list(&self.estimates.iter().map(|e| e.map(|e| e.variance)).collect::<Vec<_>>());
        to.list(&self.means);
        self.scale.save(&mut to);
        self.early_signal.save(&mut to);
        to.flag(self.early_is_informative);
        to.flag(self.finishing_context.is_some());
        if let Some(context) = &self.finishing_context {
            write_context(&mut to, context);
        }
        if !self.parts.model.save(&mut to) {
            return None;
        }
        self.save_constraints(&mut to)?;
        Some(to.into_numbers())
    }

    /// Reads what [`Self::to_state`] wrote; `None`, and no change, where the numbers are not that.
    pub(super) fn set_state(&mut self, state: &[f64]) -> Option<()> {
        let from = &mut StateReader::new(state);
        let fitted_on = from.list()?.into_iter().map(|n| n as usize).collect();
        let fitted_at = from.list()?.chunks_exact(2).map(|p| (p[0] as usize, Steps(p[1] as u64))).collect();
        let (means, variances) = (from.optional_list()?, from.optional_list()?);
        if means.len() != variances.len() {
            return None;
        }
        let both = means.into_iter().zip(variances);
        let estimates = both.map(|(mean, variance)| Some(Gaussian { mean: mean?, variance: variance? })).collect();
        let means = from.list()?;
        let scale = LossScale::restore(from)?;
        let early_signal = EarlySignalCheck::restore(from)?;
        let early_is_informative = from.flag()?;
        let context = if from.flag()? { Some(read_context(from)?) } else { None };
        self.parts.model.restore(from)?;
        self.restore_constraints(from)?;
        if let Some(context) = &context {
            self.prepare_finishing(context);
        }
        (self.fitted_on, self.estimates, self.means, self.scale) = (fitted_on, estimates, means, scale);
        (self.early_signal, self.early_is_informative) = (early_signal, early_is_informative);
        (self.finishing_context, self.fitted_at, self.predictor_is_missing) = (context, fitted_at, true);
        Some(())
    }
}

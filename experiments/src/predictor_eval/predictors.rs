//! Predictors as a table: name, one line, constructor.

use jobs_core::Predictor;
use predictor::{
    Both, Device, Exponential, ForestResidual, KernelResidual, LastValue, LastValueShift, LogLoss, MlpConfig,
    MlpEnsemble, PowerLaw, PublishedMlp, RidgeResidual, TwoScales,
};

use crate::user_error::user;

/// A row of the table.
#[derive(Debug)]
pub struct PredictorEntry {
    /// Name in tables, figures and `--predictors`.
    pub name: &'static str,
    /// One-line description.
    pub line: &'static str,
    /// What it was called before.
    former_name: Option<&'static str>,
    make: fn(Device) -> Box<dyn Predictor>,
}

impl PredictorEntry {
    /// A fresh one; networks are trained on `device`.
    pub fn make(&self, device: Device) -> Box<dyn Predictor> {
        (self.make)(device)
    }

    const fn formerly(self, name: &'static str) -> Self {
        Self { former_name: Some(name), ..self }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.former_name == Some(name)
    }
}

const fn row(name: &'static str, line: &'static str, make: fn(Device) -> Box<dyn Predictor>) -> PredictorEntry {
    PredictorEntry { name, line, former_name: None, make }
}

fn ensemble(device: Device) -> MlpEnsemble {
    MlpEnsemble::new(MlpConfig { device, ..MlpConfig::default() })
}

/// All predictors, the product's default first.
pub const PREDICTORS: &[PredictorEntry] = &[
    row(
        "default",
        "shipped default: kernel regression with learned relevances and an MLP ensemble, on losses and on their logarithms",
        |device| Box::new(TwoScales::new(MlpConfig { device, ..MlpConfig::default() })),
    ),
    row("kernel", "the default without the MLP ensemble (a Gaussian process on the residual, on both scales)", |_| {
        Box::new(Both::scales(KernelResidual::with_transferred_relevances()))
    }),
    row("no-transfer", "the default without feature relevances from other tasks", |device| {
        Box::new(Both::scales(ensemble(device).with_falling_share()))
    })
    .formerly("inexperienced"),
    row("constant-share", "the default with a constant weight of one quarter for the MLP ensemble", |device| {
        Box::new(Both::scales(ensemble(device).with_transferred_relevances()))
    }),
    row(
        "one-scale",
        "the predictor of `jobs-paper`: no relevances from other tasks, losses only, weight one quarter for the MLP ensemble",
        |device| Box::new(ensemble(device)),
    ),
    row("log-scale", "one-scale on the logarithm of the loss above a floor", |device| {
        Box::new(LogLoss::new(ensemble(device)))
    }),
    row("perceptrons", "the MLP ensemble alone, on both scales", |device| {
        let config = MlpConfig { device, ..MlpConfig::default() };
        Box::new(Both::scales(MlpEnsemble::perceptrons_alone(config).with_transferred_relevances()))
    }),
    row("forest", "random forest on the residual", |_| Box::new(ForestResidual::default())),
    row("ridge", "ridge regression on the residual, with few features", |_| Box::new(RidgeResidual::default())),
    row("published-mlp", "the published MLP, inputs in their original units", |device| {
        Box::new(PublishedMlp::default().on(device))
    }),
    row("published-mlp-std", "the published MLP, inputs standardised", |device| {
        Box::new(PublishedMlp::standardised().on(device))
    }),
    row("power-law", "a + b s^-c fitted to the run's own early curve", |_| Box::new(PowerLaw::default())),
    row("exponential", "a + b e^(-c s) fitted to the run's own early curve", |_| Box::new(Exponential::default())),
    row("last-shift", "last early loss plus the examples' mean change", |_| Box::new(LastValueShift::default())),
    row("last", "last early loss", |_| Box::new(LastValue::default())),
];

/// The entries with these names or former names; all of them if no name is given.
///
/// # Errors
/// An unknown name.
pub fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static PredictorEntry>> {
    let known: Vec<&str> = PREDICTORS.iter().map(|p| p.name).collect();
    for name in names {
        match PREDICTORS.iter().find(|p| p.is_called(name)) {
            None => return Err(user(jobs_core::nearest::unknown("predictor", name, &known))),
            Some(entry) if entry.name != name => {
                eprintln!("warning: predictor {name} is deprecated; use {}", entry.name);
            }
            Some(_) => {}
        }
    }
    Ok(PREDICTORS.iter().filter(|p| names.is_empty() || names.iter().any(|n| p.is_called(n))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_name_chooses_the_same_predictor() {
        let name = |given: &str| chosen(&[given.to_owned()]).map(|found| found[0].name);
        assert_eq!(name("inexperienced").ok(), Some("no-transfer"));
        assert_eq!(name("no-transfer").ok(), Some("no-transfer"));
        assert!(name("inexperience").is_err());
    }
}

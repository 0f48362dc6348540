use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};

use super::{LogEi, LogPi, Ucb};

/// A rule per unit of cost, for comparing places whose evaluations cost differently: other fidelities, longer runs.
///
/// | rule | worth at cost `c` |
/// | --- | --- |
/// | logarithmic ([`LogEi`], [`LogPi`], the knowledge gradient) | `value - ln c` |
/// | [`Ucb`] | `g / c` where the optimistic gain `g = incumbent - mean + sqrt(beta) sd` is positive, else `g c` |
///
/// (Snoek, Larochelle and Adams 2012 divide the expected improvement; a bound needs the value to beat as its zero, for dividing a
/// negative gain would favour expensive points.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostScaled<A> {
    rule: A,
    cost: f64,
    form: Form,
    incumbent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Logarithmic,
    Gain,
}

impl CostScaled<LogEi> {
    /// Expected improvement per cost.
    pub fn log_ei(cost: f64) -> Self {
        Self::new(LogEi::default(), cost, Form::Logarithmic)
    }
}

impl CostScaled<LogPi> {
    /// Probability of improvement per cost.
    pub fn log_pi(cost: f64) -> Self {
        Self::new(LogPi::default(), cost, Form::Logarithmic)
    }
}

impl CostScaled<Ucb> {
    /// Optimistic gain per cost.
    pub fn ucb(rule: Ucb, cost: f64) -> Self {
        Self::new(rule, cost, Form::Gain)
    }
}

impl<A: Acquisition> CostScaled<A> {
    fn new(rule: A, cost: f64, form: Form) -> Self {
        Self { rule, cost: cost.max(f64::MIN_POSITIVE), form, incumbent: 0.0 }
    }
}

impl<A: Acquisition> Acquisition for CostScaled<A> {
    fn prepare(&mut self, context: &SearchContext) {
        self.rule.prepare(context);
        self.incumbent = context.incumbent;
    }

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let worth = self.rule.evaluate(belief);
        match self.form {
            Form::Logarithmic => AcquisitionValue { value: worth.value - self.cost.ln(), ..worth },
            Form::Gain => {
                let gain = self.incumbent + worth.value;
                let factor = if gain > 0.0 { 1.0 / self.cost } else { self.cost };
                AcquisitionValue {
                    value: factor * gain,
                    d_mean: factor * worth.d_mean,
                    d_variance: factor * worth.d_variance,
                }
            }
        }
    }
}

use jobs_core::{Observation, Seed};
use numerics::lbfgs::{self, Minimum, Options, Tolerance, minimise};

use super::DeepGp;
use super::network::Network;
use crate::data::Scaling;
use crate::fit::bounds;
use crate::model::{Gp, Hyperparameters};
use crate::objective::Objective;

/// Evaluations after which random starts are compared.
const TRIAL: usize = 30;
/// A fit ends where a step gains less than this share of the log posterior, or its slope is as small.
const TOLERANCE: Tolerance = Tolerance::relative(1e-6);
const SLOPE: f64 = 1e-3;
/// Weights are kept below this; the prior keeps them far smaller.
const WEIGHT_BOUND: f64 = 1e3;

impl DeepGp {
    /// Finds weights and hyper-parameters, and leaves the process over features with the new ones and with no data.
    pub(super) fn fit_network(&mut self, data: &[Observation], seed: Seed) {
        let scaling = Scaling::of(data, self.gp.options.standardise);
        let y: Vec<f64> = data.iter().map(|o| (o.y - scaling.shift) / scaling.scale).collect();
        let noise: Vec<f64> = data.iter().map(|o| o.noise_variance / scaling.scale.powi(2)).collect();
        let joint = Joint { gp: &self.gp, data, y: &y, noise: &noise };
        let (low, high) = joint.bounds(self.network.weights().len());
        let follow = |start: Vec<f64>, evaluations: usize| {
            let limits = Options { evaluations, gradient: SLOPE, decrease: TOLERANCE, ..Options::DEFAULT };
            let mut network = self.network.clone();
            let mut f = lbfgs::Joint::new(|p: &[f64], g: &mut [f64]| joint.evaluate(&mut network, p, g).0);
            minimise(&mut f, start, &low, &high, limits)
        };
        let tried = self.starts(seed).into_iter().map(|start| follow(start, TRIAL));
        let promising = tried.filter(|m| m.value.is_finite()).min_by(|a, b| a.value.total_cmp(&b.value));
        let found: Option<Minimum> = promising.map(|start| follow(start.x, self.options.evaluations.max(1)));
        // without a finite posterior at any start nothing changes, and conditioning reports the error
        if let Some(found) = found.filter(|m| m.value.is_finite()) {
            let mut network = self.network.clone();
            let (_, mean) = joint.evaluate(&mut network, &found.x, &mut vec![0.0; found.x.len()]);
            let kernel = found.x[network.weights().len()..found.x.len() - 1].to_vec();
            let to = Hyperparameters { kernel, log_noise: found.x[found.x.len() - 1], mean };
            self.network = network;
            self.gp.forget();
            // without data nothing can fail to be factorised
            let _ = self.gp.set_hyperparameters(&to);
        }
        self.gp.scaling = scaling;
        self.gp.fitted = true;
        self.fitted = true;
    }

    /// Random networks with hyper-parameters at their priors' modes; and where the last fit ended.
    fn starts(&self, seed: Seed) -> Vec<Vec<f64>> {
        let at = self.gp.hyperparameters();
        let modes: Vec<f64> = self.gp.options.priors.over(&self.gp.kernel).iter().map(|p| p.log_mode()).collect();
        let random = (0..self.options.starts.max(1)).map(|i| {
            let mut network = self.network.clone();
            network.redraw(seed.derive("deep kernel", i as u64));
            [network.weights(), &modes].concat()
        });
        let last = self.fitted.then(|| [self.network.weights(), &at.kernel, &[at.log_noise]].concat());
        last.into_iter().chain(random).collect()
    }
}

/// Minus the log posterior of weights and hyper-parameters together.
pub(super) struct Joint<'a> {
    pub(super) gp: &'a Gp,
    pub(super) data: &'a [Observation],
    /// Standardised.
    pub(super) y: &'a [f64],
    pub(super) noise: &'a [f64],
}

impl Joint<'_> {
    fn bounds(&self, weights: usize) -> (Vec<f64>, Vec<f64>) {
        let (low, high) = bounds(self.gp);
        ([vec![-WEIGHT_BOUND; weights], low].concat(), [vec![WEIGHT_BOUND; weights], high].concat())
    }

    /// Value and mean at `parameters`: weights, which are put into the network, then the kernel's, then `ln` of the noise. Writes the
    /// gradient.
    pub(super) fn evaluate(&self, network: &mut Network, parameters: &[f64], gradient: &mut [f64]) -> (f64, f64) {
        let (weights, hyper) = parameters.split_at(network.weights().len());
        let (by_weights, by_hyper) = gradient.split_at_mut(weights.len());
        network.set_weights(weights);
        let zs: Vec<Vec<f64>> = self.data.iter().map(|o| network.features(&o.x)).collect();
        let options = &self.gp.options;
        let kernel = &self.gp.kernel;
        let mut objective = Objective::new(kernel, &zs, self.y, self.noise, &options.priors, options.fixed_mean);
        let mut value = objective.evaluate(hyper, by_hyper);
        by_weights.fill(0.0);
        if value.is_finite() {
            for (o, by_features) in self.data.iter().zip(objective.gradient_by_features()) {
                let minus: Vec<f64> = by_features.iter().map(|g| -g).collect();
                network.add_by_weights(&o.x, &minus, by_weights);
            }
            for ((w, spread), g) in weights.iter().zip(network.spreads()).zip(by_weights) {
                value += 0.5 * (w / spread).powi(2);
                *g += w / (spread * spread);
            }
        }
        (value, objective.mean())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deep::DeepOptions;
    use crate::kernel::Warp;
    use crate::model::GpOptions;

    #[test]
    fn the_gradient_is_that_of_central_differences() {
        const H: f64 = 1e-5;
        let deep = DeepOptions { hidden: 3, features: 2, ..DeepOptions::default() };
        let warps = vec![Warp::Log { eps: 0.01 }, Warp::Identity, Warp::Identity];
        let model = DeepGp::new(warps, deep, GpOptions::default()).unwrap();
        let data: Vec<Observation> = (0..9)
            .map(f64::from)
            .map(|i| Observation {
                x: vec![0.1 * i, (0.7 * i).sin().abs(), (0.3 * i).cos()],
                y: (0.9 * i).sin(),
                noise_variance: 0.01,
            })
            .collect();
        let y: Vec<f64> = data.iter().map(|o| o.y).collect();
        let joint = Joint { gp: &model.gp, data: &data, y: &y, noise: &[0.01; 9] };
        let mut network = model.network.clone();
        let at = [network.weights(), &[0.2, 0.5, 0.3, -3.0]].concat();
        let mut gradient = vec![0.0; at.len()];
        joint.evaluate(&mut network, &at, &mut gradient);
        for k in 0..at.len() {
            let mut value = |shift: f64| {
                let mut moved = at.clone();
                moved[k] += shift;
                joint.evaluate(&mut network, &moved, &mut vec![0.0; at.len()]).0
            };
            let numeric = (value(H) - value(-H)) / (2.0 * H);
            assert!((gradient[k] - numeric).abs() < 1e-5 * (1.0 + numeric.abs()), "{k}: {} {numeric}", gradient[k]);
        }
    }
}

//! Posteriors and likelihoods of scikit-learn (`scripts/golden_gp.py`) to 1e-8.

use std::path::Path;

use gp::kernel::{Factor, FactorColumn};
use gp::{Gp, GpOptions, Hyperparameters, Kernel, Profile, Warp};
use jobs_core::{Observation, Posterior, Surrogate};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    factors: Vec<GoldenFactor>,
    terms: Vec<GoldenTerm>,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    noise_variance: Vec<f64>,
    at: Vec<Vec<f64>>,
    mean: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    log_marginal_likelihood: f64,
}

#[derive(Deserialize)]
struct GoldenFactor {
    profile: String,
    coordinates: Vec<usize>,
    length_scales: Vec<f64>,
}

#[derive(Deserialize)]
struct GoldenTerm {
    weight: f64,
    factors: Vec<usize>,
}

impl Golden {
    fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn model(&self, log_noise: f64) -> Gp {
        let factors = self.factors.iter().map(|f| {
            let columns = f.coordinates.iter().enumerate();
            let columns = columns.map(|(group, &coordinate)| FactorColumn { coordinate, group, gain: 1.0 }).collect();
            let profile = match f.profile.as_str() {
                "matern12" => Profile::Matern12,
                "matern32" => Profile::Matern32,
                "matern52" => Profile::Matern52,
                _ => Profile::Rbf,
            };
            Factor { profile, columns }
        });
        let terms = self.terms.iter().map(|t| t.factors.clone()).collect();
        let kernel = Kernel::new(vec![Warp::Identity; self.x[0].len()], factors.collect(), terms).unwrap();
        let mut parameters: Vec<f64> =
            self.factors.iter().flat_map(|f| f.length_scales.iter().map(|l| l.ln())).collect();
        parameters.extend(self.terms.iter().map(|t| t.weight.ln()));
        let options =
            GpOptions { standardise: false, noise_floor: 1e-300, fixed_mean: Some(0.0), ..GpOptions::default() };
        let mut gp = Gp::new(kernel, options);
        gp.set_hyperparameters(&Hyperparameters { kernel: parameters, log_noise, mean: 0.0 }).unwrap();
        gp
    }
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-8 * (1.0 + theirs.abs())
}

#[test]
fn agrees_with_scikit_learn() {
    for name in ["matern12", "matern32", "matern52", "rbf", "mixed"] {
        let golden = Golden::read(name);
        // all noise known beforehand; then some of it as if learnt
        for learnt in [0.0, 5e-4] {
            let mut gp = golden.model(f64::max(learnt, 1e-300).ln());
            let each = golden.x.iter().zip(&golden.y).zip(&golden.noise_variance);
            let data: Vec<Observation> =
                each.map(|((x, &y), v)| Observation { x: x.clone(), y, noise_variance: v - learnt }).collect();
            gp.condition_on(&data[..20]).unwrap();
            gp.condition_on(&data).unwrap();
            let likelihood = gp.log_marginal_likelihood();
            assert!(close(likelihood, golden.log_marginal_likelihood), "{name}: {likelihood}");
            let (means, covariance) = gp.joint(&golden.at).unwrap();
            for (i, belief) in gp.predict_many(&golden.at).into_iter().enumerate() {
                assert!(close(belief.mean, golden.mean[i]) && close(means[i], golden.mean[i]), "{name}: {belief:?}");
                assert!(close(belief.variance, golden.covariance[i][i]), "{name}: {belief:?}");
                for (j, &theirs) in golden.covariance[i].iter().enumerate() {
                    assert!(close(covariance[i * golden.at.len() + j], theirs), "{name}: covariance {i} {j}");
                }
            }
        }
    }
}

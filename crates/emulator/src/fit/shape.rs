use faer::{Mat, Side};
use jobs_core::Seed;

use super::super::EmulatorError;
use super::super::features::{FeatureMap, ShareView};
use super::super::network::Network;
use super::super::scaling::{round_all, rounded};
use super::super::shape::{Basis, Shape};
use super::evidence::{Design, Weights, fit};

/// Most components.
const COMPONENTS: usize = 5;
/// Components are enough once they explain this part of the variance.
const EXPLAINED: f64 = 0.985;
/// Rounds of filling gaps.
const ROUNDS: usize = 60;
/// Hidden units of a head: more than a member of the level, for one network has to do.
const UNITS: usize = 192;
/// Prior of a head's input scales (median, log-standard deviation).
const PRIOR: (f64, f64) = (0.12, 2.0);
/// delta as a part of the distance between the lowest and the median best loss, and as a part of the lowest.
const RESOLUTION: (f64, f64) = (0.2, 0.02);

/// A curve for the shape: standardised features, best loss, losses at the grid.
pub(super) struct CurveRow<'a> {
    pub(super) z: Vec<f64>,
    pub(super) best: f64,
    pub(super) losses: &'a [Option<f64>],
}

/// Fits the components and their heads.
pub(super) fn fit_shape(features: &FeatureMap, rows: &[CurveRow], seed: Seed) -> Result<Shape, EmulatorError> {
    let bests: Vec<f64> = rows.iter().map(|r| r.best).collect();
    let low = bests.iter().copied().fold(f64::INFINITY, f64::min);
    let middle = super::data::median(bests).unwrap_or(low);
    let delta = rounded((RESOLUTION.0 * (middle - low)).max(RESOLUTION.1 * low.abs()).max(1e-9));
    let q: Vec<Vec<Option<f64>>> = rows
        .iter()
        .map(|r| r.losses.iter().map(|l| l.map(|l| ((l - r.best).max(0.0) + delta).ln())).collect())
        .collect();
    let (basis, coefficients) = components(&q, delta)?;
    let z: Vec<Vec<f64>> = rows.iter().map(|r| r.z.clone()).collect();
    let mut heads = vec![];
    for c in &coefficients {
        let design = Design {
            seed: seed.derive("shape", heads.len() as u64),
            units: UNITS,
            inputs: features.inputs(ShareView::Log),
            scale: PRIOR.0,
            spread: PRIOR.1,
        };
        heads.push(Network::new(fit(&z, c, &vec![0.0; c.len()], &design, Weights::Draw)?));
    }
    Ok(Shape { basis, heads })
}

/// Principal components of rows with gaps, by filling the gaps from the components until both agree (the EM algorithm of Roweis 1998
/// without its noise term). Returns the basis and, per component, the rows' coefficients.
fn components(q: &[Vec<Option<f64>>], delta: f64) -> Result<(Basis, Vec<Vec<f64>>), EmulatorError> {
    let (n, steps) = (q.len(), q.first().map_or(0, Vec::len));
    let column_mean = |s: usize| {
        let seen: Vec<f64> = q.iter().filter_map(|r| r[s]).collect();
        seen.iter().sum::<f64>() / (seen.len() as f64).max(1.0)
    };
    let mut mean: Vec<f64> = (0..steps).map(column_mean).collect();
    let mut filled: Vec<Vec<f64>> =
        q.iter().map(|r| r.iter().zip(&mean).map(|(v, m)| v.unwrap_or(*m)).collect()).collect();
    let gaps = q.iter().flatten().any(Option::is_none);
    let mut basis: Vec<Vec<f64>> = vec![];
    let mut coefficients: Vec<Vec<f64>> = vec![];
    for _ in 0..if gaps { ROUNDS } else { 1 } {
        for (s, m) in mean.iter_mut().enumerate() {
            *m = filled.iter().map(|r| r[s]).sum::<f64>() / n as f64;
        }
        basis = leading(&filled, &mean)?;
        let project = |r: &Vec<f64>, phi: &Vec<f64>| (0..steps).map(|s| (r[s] - mean[s]) * phi[s]).sum::<f64>();
        coefficients = basis.iter().map(|phi| filled.iter().map(|r| project(r, phi)).collect()).collect();
        for (i, row) in filled.iter_mut().enumerate() {
            for s in (0..steps).filter(|&s| q[i][s].is_none()) {
                row[s] = mean[s] + basis.iter().zip(&coefficients).map(|(phi, c)| c[i] * phi[s]).sum::<f64>();
            }
        }
    }
    let range = |c: &Vec<f64>| {
        let low = c.iter().copied().fold(f64::INFINITY, f64::min);
        (rounded(low), rounded(c.iter().copied().fold(low, f64::max)))
    };
    let range = coefficients.iter().map(range).collect();
    round_all(&mut mean);
    basis.iter_mut().for_each(|phi| round_all(phi));
    Ok((Basis { delta, mean, components: basis, range }, coefficients))
}

/// The leading eigenvectors of the covariance between steps.
fn leading(rows: &[Vec<f64>], mean: &[f64]) -> Result<Vec<Vec<f64>>, EmulatorError> {
    let (n, steps) = (rows.len(), mean.len());
    let centred = Mat::from_fn(n, steps, |i, s| rows[i][s] - mean[s]);
    let covariance = centred.transpose() * &centred;
    let numerical = |_| EmulatorError::Numerical { what: "the curves' components" };
    let eigen = covariance.self_adjoint_eigen(Side::Lower).map_err(numerical)?;
    let values = eigen.S().column_vector(); // rising
    let total: f64 = (0..steps).map(|k| values[k].max(0.0)).sum();
    let most = COMPONENTS.min(steps).min(n / 4).max(1);
    let mut basis = vec![];
    let mut explained = 0.0;
    for k in (0..steps).rev().take(most) {
        if explained >= EXPLAINED * total && !basis.is_empty() {
            break;
        }
        explained += values[k].max(0.0);
        let mut phi: Vec<f64> = (0..steps).map(|s| eigen.U()[(s, k)]).collect();
        if phi.iter().sum::<f64>() < 0.0 {
            phi.iter_mut().for_each(|v| *v = -*v); // an eigenvector's sign is arbitrary: make it one
        }
        basis.push(phi);
    }
    Ok(basis)
}

use serde::{Deserialize, Serialize};

/// Where soft clamping of a standardised feature sets in (standard deviations of the table).
const REACH: f64 = 6.0;

/// Standardisation of features: `u = (x - mean) / sd`, softly clamped by `z = u / sqrt(1 + (u/6)^2)`, so that a corner of the space no
/// run came near is not an arbitrarily far input. A feature that does not vary in the table is left out (z = 0).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scaling {
    pub(super) mean: Vec<f64>,
    pub(super) inverse_sd: Vec<f64>,
}

impl Scaling {
    pub(super) fn of(rows: &[Vec<f64>]) -> Self {
        let (n, d) = (rows.len() as f64, rows.first().map_or(0, Vec::len));
        let mean: Vec<f64> = (0..d).map(|j| rows.iter().map(|r| r[j]).sum::<f64>() / n).collect();
        let inverse_sd = (0..d)
            .map(|j| {
                let variance = rows.iter().map(|r| (r[j] - mean[j]).powi(2)).sum::<f64>() / n;
                if variance > 1e-16 * (1.0 + mean[j] * mean[j]) { 1.0 / variance.sqrt() } else { 0.0 }
            })
            .collect();
        Self { mean, inverse_sd }
    }

    pub(super) fn apply(&self, raw: &mut [f64]) {
        for ((x, mean), inverse_sd) in raw.iter_mut().zip(&self.mean).zip(&self.inverse_sd) {
            let u = (*x - mean) * inverse_sd;
            *x = u / (1.0 + (u / REACH).powi(2)).sqrt();
        }
    }
}

/// Six significant digits: what the file holds, and so what is judged.
pub(super) fn rounded(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    // through the decimal text, so that its shortest form has these digits; a formatted number always parses
    format!("{x:.5e}").parse().unwrap_or(x)
}

pub(super) fn round_all(values: &mut [f64]) {
    for v in values {
        *v = rounded(*v);
    }
}

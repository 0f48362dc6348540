/// Column-wise map to zero mean and unit variance; columns that do not vary map to zero.
#[derive(Clone, Debug)]
pub(crate) struct Standardiser {
    mean: Vec<f64>,
    scale: Vec<f64>,
}

/// A column counts as constant when its deviation is below this share of its largest magnitude.
const CONSTANT: f64 = 1e-9;

impl Standardiser {
    pub(crate) fn fit(rows: &[Vec<f64>]) -> Self {
        Self::fit_with_floors(rows, |_| 0.0)
    }

    /// Deviations below a column's floor are taken for the floor: for columns whose units mean something, so that examples
    /// that hardly differ do not make a new run look extreme.
    pub(crate) fn fit_with_floors(rows: &[Vec<f64>], floor: impl Fn(usize) -> f64) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        let n = rows.len().max(1) as f64;
        let (mut mean, mut scale) = (vec![0.0; width], vec![0.0; width]);
        for j in 0..width {
            mean[j] = rows.iter().map(|r| r[j]).sum::<f64>() / n;
            let sd = (rows.iter().map(|r| (r[j] - mean[j]).powi(2)).sum::<f64>() / n).sqrt();
            let size = rows.iter().map(|r| r[j].abs()).fold(0.0, f64::max);
            scale[j] = if sd > CONSTANT * size { 1.0 / sd.max(floor(j)) } else { 0.0 };
        }
        Self { mean, scale }
    }

    pub(crate) fn apply(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(self.mean.iter().zip(&self.scale)).map(|(v, (m, s))| (v - m) * s).collect()
    }
}

/// Mean and standard deviation of one column (deviation 0 where it does not vary).
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_mean_unit_variance_and_constants_vanish() {
        let rows: Vec<Vec<f64>> = (0..7).map(|i| vec![f64::from(i * i), 1e12 + 1e-3, f64::from(-i) * 1e-9]).collect();
        let s = Standardiser::fit(&rows);
        let z: Vec<_> = rows.iter().map(|r| s.apply(r)).collect();
        for j in [0, 2] {
            let (mean, sd) = moments(&z.iter().map(|r| r[j]).collect::<Vec<_>>());
            assert!(mean.abs() < 1e-12 && (sd - 1.0).abs() < 1e-12);
        }
        assert!(z.iter().all(|r| r[1] == 0.0));
    }
}

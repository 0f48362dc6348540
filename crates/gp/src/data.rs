use jobs_core::{Observation, SurrogateError};

/// `y = shift + scale * standardised`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scaling {
    pub(crate) shift: f64,
    pub(crate) scale: f64,
}

impl Scaling {
    pub(crate) const NONE: Self = Self { shift: 0.0, scale: 1.0 };

    /// Sample mean and standard deviation. Outcomes that are all the same, to rounding, are shifted only.
    pub(crate) fn of(data: &[Observation], standardise: bool) -> Self {
        if !standardise {
            return Self::NONE;
        }
        let n = data.len() as f64;
        let shift = data.iter().map(|o| o.y / n).sum::<f64>();
        let largest = data.iter().map(|o| (o.y - shift).abs()).fold(0.0, f64::max);
        let rounding = 1e-12 * data.iter().map(|o| o.y.abs()).fold(0.0, f64::max);
        if data.len() < 2 || !(largest > rounding && largest.is_finite()) {
            return Self { shift, scale: 1.0 };
        }
        // relative to the largest deviation, so that squares neither overflow nor vanish
        let variance = data.iter().map(|o| ((o.y - shift) / largest).powi(2)).sum::<f64>() / (n - 1.0);
        Self { shift, scale: largest * variance.sqrt() }
    }
}

/// Refuses data no model can be conditioned on, and more than `most`.
pub(crate) fn check(data: &[Observation], dimension: usize, most: usize) -> Result<(), SurrogateError> {
    if data.is_empty() {
        return Err(SurrogateError::NoData);
    }
    if data.len() > most {
        return Err(SurrogateError::TooMany { n: data.len(), limit: most });
    }
    let wrong = |index, what, value, extra| Err(SurrogateError::NotFinite { index, what, value, extra });
    for (index, o) in data.iter().enumerate() {
        if o.x.len() != dimension {
            return Err(SurrogateError::Dimension { index, found: o.x.len(), expected: dimension });
        }
        if let Some(&value) = o.x.iter().find(|v| !v.is_finite()) {
            return wrong(index, "a coordinate", value, "");
        }
        if !o.y.is_finite() {
            return wrong(index, "the outcome", o.y, "");
        }
        if !(o.noise_variance.is_finite() && o.noise_variance >= 0.0) {
            return wrong(index, "the noise variance", o.noise_variance, ", at least 0");
        }
    }
    Ok(())
}

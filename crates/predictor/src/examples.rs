use jobs_core::{Example, PredictorError, SearchSpace, Steps};

use crate::fallback::last_seen;

/// Refuses examples without evaluations, with values that are not finite, or of another space.
pub(crate) fn check(space: &SearchSpace, examples: &[Example]) -> Result<(), PredictorError> {
    for (index, e) in examples.iter().enumerate() {
        if e.curve.is_empty() {
            return Err(PredictorError::BadExample { index, what: "its curve has no evaluation" });
        }
        if !e.value.is_finite() {
            return Err(PredictorError::BadExample { index, what: "its value is not finite" });
        }
        if e.point.space() != space {
            return Err(PredictorError::BadExample { index, what: "its point belongs to another space" });
        }
    }
    Ok(())
}

/// Final value minus the last loss seen up to `early`, for each example.
pub(crate) fn residuals(examples: &[Example], early: Steps) -> Result<Vec<f64>, PredictorError> {
    examples.iter().map(|e| Ok(e.value - last_seen(&e.curve, early)?)).collect()
}

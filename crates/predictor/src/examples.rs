use jobs_core::{Example, LearningCurve, PredictorError, SearchSpace, Steps};

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

/// The last loss seen up to `early`, or the first one if all come later.
pub(crate) fn last_seen(curve: &LearningCurve, early: Steps) -> Result<f64, PredictorError> {
    let before = curve.iter().take_while(|(step, _)| *step <= early).last();
    before.or_else(|| curve.iter().next()).map(|(_, loss)| loss).ok_or(PredictorError::EmptyCurve)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_seen_is_cut_to_early() {
        let curve = LearningCurve::from_pairs([(Steps(50), 3.0), (Steps(150), 2.0)]).unwrap();
        assert_eq!(last_seen(&curve, Steps(100)), Ok(3.0));
        assert_eq!(last_seen(&curve, Steps(10)), Ok(3.0));
        assert_eq!(last_seen(&LearningCurve::new(), Steps(10)), Err(PredictorError::EmptyCurve));
    }
}

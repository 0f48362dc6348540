use jobs_core::{
    Acquisition, Fantasy, Maximiser, MaximiserError, Point, SearchSpace, Seed, Suggestion, Surrogate, SurrogateError,
};
use thiserror::Error;

/// Why no batch could be suggested.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BatchError {
    /// The surrogate could not take the pending points.
    #[error(transparent)]
    Surrogate(#[from] SurrogateError),
    /// No point could be suggested.
    #[error(transparent)]
    Maximiser(#[from] MaximiserError),
}

/// `count` points to evaluate in parallel. Each is chosen as if the points before it, and the encoded points `pending`, had the
/// outcomes of `fantasy` (constant liar: Ginsbourger, Le Riche and Carraro 2010). The acquisition must be prepared for the search.
///
/// # Errors
/// As [`Surrogate::with_pending`] and [`Maximiser::maximise`].
pub fn batch(
    maximiser: &dyn Maximiser,
    space: &SearchSpace,
    surrogate: &dyn Surrogate,
    acquisition: &dyn Acquisition,
    incumbents: &[Point],
    pending: &[Vec<f64>],
    fantasy: Fantasy,
    count: usize,
    seed: Seed,
) -> Result<Vec<Suggestion>, BatchError> {
    let mut told = surrogate.with_pending(pending, fantasy)?;
    let mut suggestions = Vec::with_capacity(count);
    for i in 0..count {
        let seed = seed.derive("batch", i as u64);
        let next = maximiser.maximise(space, told.as_posterior(), acquisition, incumbents, seed)?;
        told = told.with_pending(&[space.encode(&next.point)], fantasy)?;
        suggestions.push(next);
    }
    Ok(suggestions)
}

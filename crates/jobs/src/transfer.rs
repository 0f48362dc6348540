use std::sync::Arc;

use jobs_core::{Point, PriorMean, SearchSpace, Seed};

/// Draws per design point, of which the best by the prior mean is taken.
const DRAWS: usize = 64;

/// A prior transferred from other studies: prior means that the losses are likely to follow, one per source.
///
/// Surrogates that support prior means use them; the design of every method does ([`Transfer::inform_design`]).
#[derive(Clone, Debug, Default)]
pub struct Transfer(Vec<Arc<dyn PriorMean>>);

impl Transfer {
    /// These prior means, over the encoded points of the problem's space.
    pub fn new(means: Vec<Arc<dyn PriorMean>>) -> Self {
        Self(means)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The prior means, one per source.
    pub fn prior_means(&self) -> &[Arc<dyn PriorMean>] {
        &self.0
    }

    /// The design with the dimensions that have transferred priors set by them; the other dimensions stay as space-filling as they
    /// were. Each point takes these dimensions from the best of 64 further points by one prior mean. The sources take turns, so
    /// where they disagree, all of them are tried.
    pub fn inform_design(&self, space: &SearchSpace, design: Vec<Point>, seed: Seed) -> Vec<Point> {
        let has_prior = |i: usize| {
            let coordinates = space.layout().get(i).cloned().unwrap_or_default();
            coordinates.into_iter().any(|c| self.0.iter().any(|t| t.depends_on(c)))
        };
        let informed: Vec<bool> = (0..space.dimensions().len()).map(has_prior).collect();
        if !informed.contains(&true) {
            return design;
        }
        let draws = space.design(design.len().saturating_mul(DRAWS), seed.derive("lessons", 0));
        let inform = |i: usize, own: Point, draws: &[Point]| {
            let mean = &self.0[i % self.0.len()];
            let valued = draws.iter().map(|p| (p, mean.value(&space.encode(p)))).filter(|(_, w)| !w.is_nan());
            let Some((best, _)) = valued.min_by(|a, b| a.1.total_cmp(&b.1)) else { return own };
            let choose = |((informed, mine), theirs): ((&bool, &_), &_)| {
                if *informed { Clone::clone(theirs) } else { Clone::clone(mine) }
            };
            let values = informed.iter().zip(own.values()).zip(best.values()).map(choose).collect();
            // a constraint may forbid the combination
            space.nearest(values).unwrap_or(own)
        };
        let pairs = design.into_iter().zip(draws.chunks(DRAWS)).enumerate();
        pairs.map(|(i, (own, draws))| inform(i, own, draws)).collect()
    }
}

/// Equal where the prior means are the same objects.
impl PartialEq for Transfer {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

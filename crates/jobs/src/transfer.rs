use std::sync::Arc;

use jobs_core::{Point, PriorMean, SearchSpace, Seed};

/// Draws of which the best by a lesson becomes a design point's.
const DRAWS: usize = 64;

/// What earlier studies teach about a problem: trends the losses are likely to follow. Methods whose surrogate takes trends begin with
/// them; the design of every method does ([`Transfer::inform_design`]).
#[derive(Clone, Debug, Default)]
pub struct Transfer(Vec<Arc<dyn PriorMean>>);

impl Transfer {
    /// These trends, over the encoded points of the problem's space.
    pub fn new(trends: Vec<Arc<dyn PriorMean>>) -> Self {
        Self(trends)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The trends.
    pub fn prior_means(&self) -> &[Arc<dyn PriorMean>] {
        &self.0
    }

    /// Points of a design, each with the dimensions that lessons speak of taken from the best of 64 points of another design, by one lesson
    /// after another: where they disagree, all of them are tried. The other dimensions, of which nothing is known, stay as
    /// space-filling as they were.
    pub fn inform_design(&self, space: &SearchSpace, design: Vec<Point>, seed: Seed) -> Vec<Point> {
        let speaks = |i: usize| {
            let coordinates = space.layout().get(i).cloned().unwrap_or_default();
            coordinates.into_iter().any(|c| self.0.iter().any(|t| t.depends_on(c)))
        };
        let told: Vec<bool> = (0..space.dimensions().len()).map(speaks).collect();
        if !told.contains(&true) {
            return design;
        }
        let draws = space.design(design.len().saturating_mul(DRAWS), seed.derive("lessons", 0));
        let taught = |i: usize, own: Point, draws: &[Point]| {
            let lesson = &self.0[i % self.0.len()];
            let valued = draws.iter().map(|p| (p, lesson.value(&space.encode(p)))).filter(|(_, w)| !w.is_nan());
            let Some((best, _)) = valued.min_by(|a, b| a.1.total_cmp(&b.1)) else { return own };
            let choose = |((told, mine), theirs): ((&bool, &_), &_)| {
                if *told { Clone::clone(theirs) } else { Clone::clone(mine) }
            };
            let values = told.iter().zip(own.values()).zip(best.values()).map(choose).collect();
            // a constraint may forbid the two halves together
            space.point(values).unwrap_or(own)
        };
        let pairs = design.into_iter().zip(draws.chunks(DRAWS)).enumerate();
        pairs.map(|(i, (own, draws))| taught(i, own, draws)).collect()
    }
}

/// Transfer are alike where their trends are the same objects.
impl PartialEq for Transfer {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

//! Configurations that have no run yet, in a space with a finite number of them.

use std::collections::HashSet;

use jobs_core::Point;

use super::{History, RunRecord};

/// Most points to look at. A study with as many runs has other worries.
const MOST: usize = 20_000;

impl History {
    /// Runs whose configuration has been tried, or is not to be.
    pub(super) fn tried(&self) -> impl Iterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status != crate::Status::Withdrawn || self.skipped.contains(&r.id))
    }

    /// Whether a configuration has a run that counts, or was skipped.
    pub fn was_tried(&self, point: &Point) -> bool {
        self.tried().any(|r| r.point == *point)
    }

    /// Whether the user skipped a configuration.
    pub(crate) fn was_skipped(&self, point: &Point) -> bool {
        self.skipped.iter().any(|id| self.run(*id).is_some_and(|r| r.point == *point))
    }

    /// The untried configuration nearest to `from`, by discrete moves and then by encoded distance. `None` where none is left, or where the
    /// space has infinitely many.
    ///
    /// ```
    /// # use jobs::{History, Phase, Problem};
    /// # use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
    /// # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rank'\nkind = 'integer'\nlow = 1\nhigh = 2")?;
    /// # let point = space.design(1, Seed(0)).remove(0);
    /// # let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
    /// let mut history = History::new(Problem::new(space, budget, Target::Best, Seed(0)))?;
    /// history.start(point.clone(), Steps(20), Phase::Search)?;
    /// let other = history.untried_near(&point).ok_or("rank 1 or 2 is left")?;
    /// history.start(other, Steps(20), Phase::Search)?;
    /// assert_eq!(history.untried_near(&point), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn untried_near(&self, from: &Point) -> Option<Point> {
        let space = &self.problem.space;
        if !space.is_finite() {
            return None;
        }
        let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        let tried: HashSet<Vec<u64>> = self.tried().map(|r| bits(&r.x)).collect();
        let start = space.encode(from);
        let far = |x: &[f64]| x.iter().zip(&start).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let mut seen = HashSet::from([bits(&start)]);
        let mut ring = vec![from.clone()];
        while !ring.is_empty() && seen.len() < MOST {
            let around: Vec<Point> = ring.iter().flat_map(|p| space.discrete_neighbours(p)).collect();
            ring = around.into_iter().filter(|p| seen.insert(bits(&space.encode(p)))).collect();
            let open = ring.iter().map(|p| (p, space.encode(p))).filter(|(_, x)| !tried.contains(&bits(x)));
            if let Some((point, _)) = open.min_by(|a, b| far(&a.1).total_cmp(&far(&b.1))) {
                return Some(point.clone());
            }
        }
        None
    }
}

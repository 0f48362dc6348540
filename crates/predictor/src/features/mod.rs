//! What a model sees of a run: its early curve and its configuration, in coordinates that transfer between tasks.
//!
//! | group | columns |
//! | --- | --- |
//! | `last` | loss at the end of the early budget |
//! | `slope` | its rise over the last quarter |
//! | `half` | its rise over the last half |
//! | `bend` | last quarter's fall as a share of the fall since the first quarter |
//! | `adapter ...` | log size, log alpha / rank, log layers, where the space has LoRA names; with transferred relevances, depth |
//! | `own` | presence of the domains that matter, where the space has a simplex |
//! | `amount` | square root of those domains' shares, likewise |
//! | `diversity` | entropy of the mixture, likewise |
//! | `shares` | presence of every domain, with one relevance in common |
//! | `others` | every other encoded coordinate, with one relevance in common |
//!
//! Columns of one group share one relevance in the kernel. All are standardised over the examples.

mod adapter;
mod early_curve;
mod presence;

use jobs_core::{Domain, Example, LearningCurve, Point, PredictorError, SearchSpace, Steps};

use self::adapter::Adapter;
use self::early_curve::{EarlyGrid, Readings};
use self::presence::{FLOOR, OwnDomain, diversity, presence};
use crate::relevance_prior::{Kind, RelevancePrior};
use crate::standardise::Standardiser;

/// Part of the examples' mean early fall added to each run's own in the denominator of `bend`.
const BEND_FLOOR: f64 = 0.2;
/// Least deviation of the adapter's columns and of `own`.
const OWN_FLOOR: f64 = 0.1;

/// A run as the models see it.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    /// Standardised columns.
    pub(crate) row: Vec<f64>,
    /// Last early loss, in its own units.
    pub(crate) last: f64,
    /// Variance of `last` where the curve had to be continued.
    pub(crate) continuation_variance: f64,
}

/// Turns runs of one space into [`Features`].
#[derive(Clone, Debug)]
pub(crate) struct FeatureMap {
    space: SearchSpace,
    grid: EarlyGrid,
    adapter: Adapter,
    shares: Vec<usize>,
    others: Vec<usize>,
    own: Option<OwnDomain>,
    fall: f64,
    standardiser: Standardiser,
    /// Group of each column.
    pub(crate) groups: Vec<usize>,
    /// Mean and standard deviation expected of each group's log relevance.
    pub(crate) expected: Vec<(f64, f64)>,
}

impl FeatureMap {
    /// Learns the map from examples; returns their features and residuals too. The examples must have been checked.
    pub(crate) fn fit(
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        prior: RelevancePrior,
    ) -> Result<(Self, Vec<Features>, Vec<f64>), PredictorError> {
        let grid = EarlyGrid::fit(examples.iter().map(|e| &e.curve), early);
        let readings: Vec<Readings> = examples.iter().map(|e| grid.read(&e.curve)).collect::<Result<_, _>>()?;
        let residuals: Vec<f64> = examples.iter().zip(&readings).map(|(e, r)| e.value - r.losses[3]).collect();
        let fall = readings.iter().map(|r| (r.losses[0] - r.losses[3]).abs()).sum::<f64>();
        let (mut shares, mut others) = (vec![], vec![]);
        for (d, range) in space.dimensions().iter().zip(space.layout()) {
            match d.domain {
                Domain::Simplex { .. } => shares.extend(range.clone()),
                _ => others.extend(range.clone()),
            }
        }
        let adapter = Adapter::of(space, prior);
        let mut map = Self {
            space: space.clone(),
            grid,
            shares,
            others,
            own: None,
            fall: fall / examples.len().max(1) as f64,
            standardiser: Standardiser::fit(&[]),
            groups: vec![],
            expected: vec![],
            adapter,
        };
        if !map.shares.is_empty() {
            map.own = Some(map.own_domain(examples, &readings, &residuals));
        }
        map.lay_out_groups(prior);
        let raw: Vec<Vec<f64>> = examples.iter().zip(&readings).map(|(e, r)| map.raw(&e.point, r)).collect();
        map.standardiser = Standardiser::fit_with_floors(&raw, |j| map.floor(j));
        let features = raw
            .iter()
            .zip(&readings)
            .map(|(row, r)| Features {
                row: map.standardiser.apply(row),
                last: r.losses[3],
                continuation_variance: r.continuation_variance,
            })
            .collect();
        Ok((map, features, residuals))
    }

    fn own_domain(&self, examples: &[Example], readings: &[Readings], residuals: &[f64]) -> OwnDomain {
        let presences: Vec<Vec<f64>> = examples.iter().map(|e| self.presences(&e.point)).collect();
        let adapter = |e: &Example| {
            let mut row = vec![];
            self.adapter.write(&e.point, &mut row);
            row
        };
        let adapters: Vec<Vec<f64>> = examples.iter().map(adapter).collect();
        let last = readings.iter().map(|r| r.losses[3]).collect();
        let values = examples.iter().map(|e| e.value).collect();
        OwnDomain::fit(&presences, &adapters, &[residuals.to_vec(), last, values])
    }

    /// Features of a new run.
    pub(crate) fn of(&self, point: &Point, curve: &LearningCurve) -> Result<Features, PredictorError> {
        if point.space() != &self.space {
            let found = point.space().encoded_len();
            return Err(PredictorError::Dimension { found, expected: self.space.encoded_len() });
        }
        let readings = self.grid.read(curve)?;
        Ok(Features {
            row: self.standardiser.apply(&self.raw(point, &readings)),
            last: readings.losses[3],
            continuation_variance: readings.continuation_variance,
        })
    }

    /// Number of leading columns that have a relevance for themselves.
    pub(crate) fn alone(&self) -> usize {
        4 + self.adapter.len() + 3 * usize::from(self.own.is_some())
    }

    fn lay_out_groups(&mut self, prior: RelevancePrior) {
        let mut kinds = vec![Kind::Last, Kind::Slope, Kind::Slope, Kind::Slope];
        kinds.extend(self.adapter.kinds());
        kinds.extend(self.own.iter().flat_map(|_| [Kind::Mixture; 3]));
        self.groups = (0..kinds.len()).collect();
        self.expected = kinds.into_iter().map(|k| prior.log_relevance(k)).collect();
        for shared in [self.shares.len(), self.others.len()] {
            if shared > 0 {
                self.groups.extend(std::iter::repeat_n(self.expected.len(), shared));
                self.expected.push(prior.log_relevance(Kind::Shared));
            }
        }
    }

    /// Least deviation of a column: curves have units of their own, configurations do not.
    fn floor(&self, column: usize) -> f64 {
        let alone = self.alone();
        match column {
            c if c < 4 => 0.0,
            c if c < alone => OWN_FLOOR,
            _ => FLOOR,
        }
    }

    fn presences(&self, point: &Point) -> Vec<f64> {
        self.shares_of(point).into_iter().map(presence).collect()
    }

    fn shares_of(&self, point: &Point) -> Vec<f64> {
        let x = self.space.encode(point);
        self.shares.iter().map(|&i| x[i]).collect()
    }

    fn raw(&self, point: &Point, readings: &Readings) -> Vec<f64> {
        let [first, half, late, last] = readings.losses;
        let fall = (first - last).abs() + BEND_FLOOR * self.fall;
        let bend = if fall > 0.0 { (late - last) / fall } else { 0.0 };
        let mut row = vec![last, last - late, last - half, bend];
        self.adapter.write(point, &mut row);
        let presences = self.presences(point);
        if let Some(own) = &self.own {
            row.push(own.value(&presences));
            let shares = self.shares_of(point);
            row.push(own.amount(&shares));
            row.push(diversity(&shares));
        }
        row.extend(presences);
        let x = self.space.encode(point);
        row.extend(self.others.iter().map(|&i| x[i]));
        row
    }
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;
    use jobs_core::test_spaces::TestSpace;

    use super::*;

    #[test]
    fn every_column_has_the_prior_of_what_it_is() {
        let space = TestSpace::simplex(2).integer("lora_rank", 1, 64).real("lora_alpha", 1.0, 48.0);
        let space = space.integer("lora_layers", 1, 32).boolean("lora_front_layers").build();
        let examples: Vec<Example> = space
            .design(6, Seed(3))
            .into_iter()
            .enumerate()
            .map(|(i, point)| {
                let curve = LearningCurve::from_pairs([(Steps(50), 2.0 + i as f64), (Steps(100), 1.0)]).unwrap();
                Example { point, curve, value: 0.5 }
            })
            .collect();
        let fit = |prior| FeatureMap::fit(&space, &examples, Steps(100), prior).unwrap().0;
        let means = |prior| fit(prior).expected.iter().map(|e| e.0).collect::<Vec<f64>>();
        // the last loss, three slopes, size, alpha / rank, layers, depth, three of the mixture; all shares, all others
        let known = [0.0, -5.0, -5.0, -5.0, -4.0, -4.0, -2.0, -2.0, -3.5, -3.5, -3.5, -7.0, -7.0];
        assert_eq!(means(RelevancePrior::Transferred), known);
        let unknown = [[-3.5; 10].as_slice(), &[-7.0; 2]].concat();
        assert_eq!(means(RelevancePrior::Weak), unknown);
        for prior in [RelevancePrior::Weak, RelevancePrior::Transferred] {
            let map = fit(prior);
            let row = map.of(&examples[0].point, &examples[0].curve).unwrap().row;
            assert_eq!((row.len(), map.alone()), (map.groups.len(), map.expected.len() - 2));
        }
    }
}

use jobs_core::Seed;
use rand::seq::SliceRandom;

/// Number of draws of each part out of `total`, by the largest remainder method (Hamilton): shares are rounded down, and the rest goes to
/// the largest remainders, the earlier part first. Counts sum to `total` and are within one of the exact share.
fn counts(weights: &[f64], total: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|w| w / sum * total as f64).collect();
    let mut counts: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let rest = total.saturating_sub(counts.iter().sum());
    for i in 0..rest {
        counts[order[i % order.len()]] += 1;
    }
    counts
}

/// One training example of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Index of the domain.
    pub domain: usize,
    /// Index among the training examples of the domain.
    pub example: usize,
}

/// Every draw of a run, in order. Weights, sizes and seed alone determine it, so the step number is the complete data position.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    draws: Vec<Draw>,
    batch: usize,
    passes: Vec<f64>,
}

impl Plan {
    /// A plan of `steps` batches. `sizes` are the numbers of training examples per domain; an exhausted domain restarts in a new order.
    pub fn new(weights: &[f64], sizes: &[usize], steps: u64, batch: usize, seed: Seed) -> Self {
        let counts = counts(weights, steps as usize * batch);
        let mut draws = vec![];
        for (domain, (&count, &size)) in counts.iter().zip(sizes).enumerate() {
            let mut rng = seed.stream("examples", domain as u64);
            while draws.len() < counts[..=domain].iter().sum() {
                let mut order: Vec<usize> = (0..size).collect();
                order.shuffle(&mut rng);
                order.truncate(counts[..=domain].iter().sum::<usize>() - draws.len());
                draws.extend(order.into_iter().map(|example| Draw { domain, example }));
            }
            debug_assert!(count == 0 || size > 0);
        }
        draws.shuffle(&mut seed.stream("mixture", 0));
        let passes = counts.iter().zip(sizes).map(|(&c, &s)| c as f64 / s as f64).collect();
        Self { draws, batch, passes }
    }

    /// The draws of a step, counted from 0.
    pub fn batch(&self, step: u64) -> &[Draw] {
        &self.draws[step as usize * self.batch..(step as usize + 1) * self.batch]
    }

    /// Passes over each domain's examples in the whole run; above 1, examples repeat.
    pub fn passes(&self) -> &[f64] {
        &self.passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact() {
        assert_eq!(counts(&[0.5, 0.25, 0.25], 10), [5, 3, 2]);
        assert_eq!(counts(&[0.0, 1.0], 7), [0, 7]);
        assert_eq!(counts(&[1.0, 1.0, 1.0], 100), [34, 33, 33]);
        for total in 0..50 {
            let weights = [0.123, 0.456, 0.021, 0.4];
            let found = counts(&weights, total);
            assert_eq!(found.iter().sum::<usize>(), total);
            for (c, w) in found.iter().zip(weights) {
                assert!((*c as f64 - w * total as f64).abs() < 1.0);
            }
        }
    }

    #[test]
    fn a_plan_holds_every_draw_once_per_pass() {
        let plan = Plan::new(&[0.75, 0.25], &[10, 100], 20, 4, Seed(1));
        assert_eq!(plan.passes(), [6.0, 0.2]);
        let mut seen = [0; 10];
        let all: Vec<Draw> = (0..20).flat_map(|s| plan.batch(s).to_vec()).collect();
        all.iter().filter(|d| d.domain == 0).for_each(|d| seen[d.example] += 1);
        assert_eq!(seen, [6; 10]);
        let mut second: Vec<usize> = all.iter().filter(|d| d.domain == 1).map(|d| d.example).collect();
        second.sort_unstable();
        second.dedup();
        assert_eq!(second.len(), 20);
        assert_eq!(plan, Plan::new(&[0.75, 0.25], &[10, 100], 20, 4, Seed(1)));
        assert_ne!(plan, Plan::new(&[0.75, 0.25], &[10, 100], 20, 4, Seed(2)));
    }
}

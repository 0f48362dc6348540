//! Which runs the models of a large study are fitted to.

use jobs_core::{Example, Observation};

/// Most observations of a surrogate, and most full runs of a predictor. With more, a fit would take minutes (time grows with the cube),
/// and the search needs to know the good region, not every bad run.
pub const MOST_OBSERVATIONS: usize = 500;

/// All observations, or [`MOST_OBSERVATIONS`] of them, in their order: the half of lowest value, and of the others as many, evenly
/// spaced in the order in which the runs started.
pub fn subset(data: Vec<Observation>) -> Vec<Observation> {
    keep(data, |o| o.y)
}

/// The same of full runs.
pub(crate) fn subset_of_examples(examples: Vec<Example>) -> Vec<Example> {
    keep(examples, |e| e.value)
}

fn keep<T>(items: Vec<T>, value: impl Fn(&T) -> f64) -> Vec<T> {
    if items.len() <= MOST_OBSERVATIONS {
        return items;
    }
    let lowest = MOST_OBSERVATIONS / 2;
    let mut by_value: Vec<usize> = (0..items.len()).collect();
    by_value.sort_by(|&a, &b| value(&items[a]).total_cmp(&value(&items[b])));
    let (best, mut others) = (by_value[..lowest].to_vec(), by_value[lowest..].to_vec());
    others.sort_unstable();
    let spread = MOST_OBSERVATIONS - lowest;
    let spaced = (0..spread).map(|k| others[k * others.len() / spread]);
    let mut is_kept = vec![false; items.len()];
    best.into_iter().chain(spaced).for_each(|i| is_kept[i] = true);
    items.into_iter().zip(is_kept).filter_map(|(item, kept)| kept.then_some(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(n: usize) -> Vec<Observation> {
        (0..n).map(|i| Observation { x: vec![i as f64], y: ((i * 7919) % n) as f64, noise_variance: 0.0 }).collect()
    }

    #[test]
    fn all_of_a_small_study() {
        assert_eq!(subset(data(MOST_OBSERVATIONS)), data(MOST_OBSERVATIONS));
    }

    #[test]
    fn the_lowest_and_an_even_spread_of_a_large_study() {
        let kept = subset(data(5003));
        assert_eq!(kept.len(), MOST_OBSERVATIONS);
        assert!((0..250).all(|value| kept.iter().any(|o| o.y == f64::from(value))), "the 250 lowest are kept");
        assert!(kept.windows(2).all(|pair| pair[0].x[0] < pair[1].x[0]), "in their order");
        let gaps = kept.windows(2).map(|pair| pair[1].x[0] - pair[0].x[0]);
        assert!(gaps.fold(0.0, f64::max) < 60.0, "from all of the study");
    }
}

use crate::comparison::stats::{mean, standard_error};

/// Mean over seeds at some steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanPoint {
    /// Steps used.
    pub steps: f64,
    /// Mean.
    pub mean: f64,
    /// Standard error; 0 for one seed, whose spread is not known.
    pub se: f64,
}

/// Mean of step functions, one per seed, each a list of (steps, value) that holds until the next entry. It begins where all
/// seeds have a value and ends at the last entry of any. It is exact at every entry unless there are more than `most` of them; then at
/// `most` places evenly spaced. Values that are not finite leave gaps.
pub fn mean_curve(seeds: &[Vec<(u64, f64)>], most: usize) -> Vec<MeanPoint> {
    let sorted: Vec<Vec<(u64, f64)>> = seeds.iter().map(|seed| in_order(seed)).collect();
    let firsts: Option<Vec<u64>> = sorted.iter().map(|s| s.first().map(|p| p.0)).collect();
    let Some(start) = firsts.and_then(|f| f.into_iter().max()) else { return vec![] };
    let mut grid: Vec<u64> = sorted.iter().flatten().map(|p| p.0).filter(|s| *s >= start).collect();
    grid.sort_unstable();
    grid.dedup();
    if let (Some(&last), true) = (grid.last(), grid.len() > most.max(2)) {
        let places = most.max(2) as u64 - 1;
        grid = (0..=places).map(|i| start + (last - start) * i / places).collect();
    }
    let point = |steps: u64| {
        let values: Vec<f64> = sorted.iter().filter_map(|seed| value_at(seed, steps)).collect();
        let mean = mean(&values).filter(|m| m.is_finite())?;
        Some(MeanPoint { steps: steps as f64, mean, se: standard_error(&values).unwrap_or(0.0) })
    };
    grid.into_iter().filter_map(point).collect()
}

/// By steps; of entries at the same steps the last given counts.
fn in_order(seed: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mut sorted = seed.to_vec();
    sorted.sort_by_key(|p| p.0);
    sorted
}

fn value_at(seed: &[(u64, f64)], steps: u64) -> Option<f64> {
    let next = seed.partition_point(|p| p.0 <= steps);
    next.checked_sub(1).and_then(|i| seed.get(i)).map(|p| p.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_forward_from_where_all_seeds_have_begun() {
        let seeds = [vec![(10, 4.0), (30, 2.0)], vec![(20, 8.0), (25, 6.0), (40, 0.0)]];
        let curve = mean_curve(&seeds, 100);
        let got: Vec<_> = curve.iter().map(|p| (p.steps, p.mean, p.se)).collect();
        assert_eq!(got, [(20.0, 6.0, 2.0), (25.0, 5.0, 1.0), (30.0, 4.0, 2.0), (40.0, 1.0, 1.0)]);
    }

    #[test]
    fn many_entries_are_thinned_and_keep_both_ends() {
        let seed: Vec<(u64, f64)> = (0..1000).map(|i| (i * 7, 1000.0 - i as f64)).collect();
        let curve = mean_curve(&[seed], 50);
        assert_eq!(curve.len(), 50);
        assert_eq!((curve[0].mean, curve[49].steps, curve[49].mean, curve[49].se), (1000.0, 6993.0, 1.0, 0.0));
    }

    #[test]
    fn a_seed_without_entries_leaves_no_curve_and_infinities_leave_gaps() {
        assert!(mean_curve(&[vec![(1, 1.0)], vec![]], 9).is_empty());
        assert!(mean_curve(&[], 9).is_empty());
        let curve = mean_curve(&[vec![(1, f64::INFINITY), (2, 1.0)]], 9);
        assert_eq!(curve.iter().map(|p| p.steps).collect::<Vec<_>>(), [2.0]);
    }
}

/// Widest range of N that is searched exhaustively.
pub const EXACT_LIMIT: u64 = 1 << 16;

/// Values tried per pass on a wider range.
const GRID: u32 = 1 << 12;

/// The N in `[low, high]` where `f` is least, the smallest of equals; `low` where `f` is nowhere finite.
///
/// Up to [`EXACT_LIMIT`] values every one is tried: nothing is assumed of `f`. On a wider range a grid that is
/// logarithmic from both ends (a bound changes by factors where N or what is left for T does) is refined around its
/// least value until an exhaustive search can end it: exact where `f` has one valley at the grid's resolution of 1 %.
pub(crate) fn argmin(mut low: u64, mut high: u64, f: impl Fn(u64) -> f64) -> u64 {
    while high.saturating_sub(low) >= EXACT_LIMIT {
        let grid = two_sided(low, high);
        let best = least(grid.iter().copied(), &f).unwrap_or(low);
        let i = grid.partition_point(|&n| n < best);
        low = grid[i.saturating_sub(1)];
        high = grid[(i + 1).min(grid.len() - 1)];
    }
    least(low..=high, &f).unwrap_or(low)
}

fn least(candidates: impl Iterator<Item = u64>, f: impl Fn(u64) -> f64) -> Option<u64> {
    let mut best = None;
    for n in candidates {
        let value = f(n);
        if best.is_none_or(|(_, b)| value < b) && value < f64::INFINITY {
            best = Some((n, value));
        }
    }
    best.map(|(n, _)| n)
}

/// Rising integers from `low` to `high`, both included, whose distances to either end grow geometrically.
fn two_sided(low: u64, high: u64) -> Vec<u64> {
    let span = high - low;
    let half = GRID / 2;
    let distance = |i: u32| ((span as f64).powf(f64::from(i) / f64::from(half)) as u64).min(span);
    let mut grid: Vec<u64> = (0..=half).flat_map(|i| [low + distance(i), high - distance(i)]).collect();
    grid.extend([low, low + span / 2, high]);
    grid.sort_unstable();
    grid.dedup();
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exhaustive_search_finds_the_least_of_many_valleys() {
        let f = |n: u64| ((n * 7919) % 4099) as f64;
        let expected = (3..=4000).min_by(|&a, &b| f(a).total_cmp(&f(b))).unwrap();
        assert_eq!(argmin(3, 4000, f), expected);
        assert_eq!(argmin(5, 50, |_| 1.0), 5);
        assert_eq!(argmin(5, 50, |_| f64::NAN), 5);
        assert_eq!(argmin(5, 50, |_| f64::INFINITY), 5);
    }

    #[test]
    fn one_valley_is_found_on_any_range() {
        for bottom in [1u64, 17, 1 << 20, (1 << 52) + 12_345, u64::MAX - 3] {
            let found = argmin(1, u64::MAX, |n| n.abs_diff(bottom) as f64);
            assert!(found.abs_diff(bottom) <= bottom >> 52, "{bottom}: {found}");
        }
    }

    #[test]
    fn a_valley_a_tenth_of_its_place_wide_is_not_stepped_over() {
        let span = 1u64 << 40;
        for from in [50, 5_000, 500_000, span - 500_000] {
            let place = from.min(span - from);
            let valley = from..from + place / 10;
            let slope = |n: u64| if from < span / 2 { span - n } else { n } as f64;
            let found = argmin(1, span, |n| if valley.contains(&n) { -1.0 } else { slope(n) });
            assert!(valley.contains(&found), "{from}: {found}");
        }
    }
}

//! The expected maximum of lines in a standard normal variable (Frazier, Powell and Dayanik 2009, section 3).
//!
//! For lines `a_i + b_i Z` let those on the upper envelope be numbered by slope, neighbours crossing at
//! `c_i = (a_i - a_{i+1}) / (b_{i+1} - b_i)`. Then
//!
//! ```text
//! E max_i (a_i + b_i Z) - max_i a_i = sum_i (b_{i+1} - b_i) h(-|c_i|),     h(z) = phi(z) + z Phi(z)
//! ```
//!
//! All terms are positive, and each is known by its logarithm, so the sum keeps its digits and its gradient where it is zero
//! to double precision.

use numerics::normal::log_h;

/// `ln (E max_i (a_i + b_i Z) - max_i a_i)`, minus infinity where all lines on the envelope are parallel; the derivatives by each
/// `a_i` and `b_i` are written.
pub(super) fn log_gain(a: &[f64], b: &[f64], by_a: &mut [f64], by_b: &mut [f64]) -> f64 {
    by_a.fill(0.0);
    by_b.fill(0.0);
    let lines = envelope(a, b);
    let corners: Vec<Corner> = lines.windows(2).map(|pair| Corner::of(a, b, pair[0], pair[1])).collect();
    let largest = corners.iter().map(|c| c.log_term).fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = corners.iter().map(|c| (c.log_term - largest).exp()).sum();
    for corner in &corners {
        let share = (corner.log_term - largest).exp() / sum;
        by_a[corner.left] += share * corner.by_rise;
        by_a[corner.right] -= share * corner.by_rise;
        by_b[corner.right] += share * corner.by_turn;
        by_b[corner.left] -= share * corner.by_turn;
    }
    largest + sum.ln()
}

/// Where two lines of the envelope meet.
struct Corner {
    left: usize,
    right: usize,
    /// `ln (turn h(-|c|))`, `c = rise / turn`.
    log_term: f64,
    /// Its derivative by `rise = a_left - a_right`.
    by_rise: f64,
    /// Its derivative by `turn = b_right - b_left`.
    by_turn: f64,
}

impl Corner {
    fn of(a: &[f64], b: &[f64], left: usize, right: usize) -> Self {
        let (rise, turn) = (a[left] - a[right], b[right] - b[left]);
        let c = rise / turn;
        let (log_h, slope) = log_h(-c.abs());
        Self {
            left,
            right,
            log_term: turn.ln() + log_h,
            by_rise: -slope * c.signum() / turn,
            by_turn: (1.0 + slope * c.abs()) / turn,
        }
    }
}

/// Indices of the lines on the upper envelope, by slope. NaN and repeated lines are left out.
fn envelope(a: &[f64], b: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..a.len()).filter(|&i| a[i].is_finite() && b[i].is_finite()).collect();
    order.sort_by(|&i, &j| b[i].total_cmp(&b[j]).then(a[i].total_cmp(&a[j])));
    let mut kept: Vec<usize> = vec![];
    let crossing = |i: usize, j: usize| (a[i] - a[j]) / (b[j] - b[i]);
    for i in order {
        // of equal slopes the highest comes last
        if kept.last().is_some_and(|&last| b[last] == b[i]) {
            kept.pop();
        }
        while let [.., before, last] = kept[..]
            && crossing(last, i) <= crossing(before, last)
        {
            kept.pop();
        }
        kept.push(i);
    }
    kept
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;
    use rand::RngExt;

    use super::*;

    fn gain(a: &[f64], b: &[f64]) -> f64 {
        log_gain(a, b, &mut vec![0.0; a.len()], &mut vec![0.0; a.len()]).exp()
    }

    /// By the midpoint rule over 40,000 cells.
    fn by_quadrature(a: &[f64], b: &[f64]) -> f64 {
        let highest = |z: f64| a.iter().zip(b).map(|(a, b)| a + b * z).fold(f64::NEG_INFINITY, f64::max);
        let cells = (0..40_000).map(|i| -10.0 + 5e-4 * (f64::from(i) + 0.5));
        let mean: f64 =
            cells.map(|z| 5e-4 * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * highest(z)).sum();
        mean - highest(0.0)
    }

    #[test]
    fn agrees_with_quadrature() {
        let mut rng = Seed(8).stream("lines", 0);
        for n in [2, 3, 7, 20] {
            for _ in 0..10 {
                let a: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
                let b: Vec<f64> = (0..n).map(|_| rng.random_range(-2.0..2.0)).collect();
                let (ours, theirs) = (gain(&a, &b), by_quadrature(&a, &b));
                assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs}");
            }
        }
    }

    #[test]
    fn derivatives_are_those_of_central_differences() {
        let mut rng = Seed(9).stream("lines", 0);
        for far in [1.0, 30.0] {
            let a: Vec<f64> = (0..8).map(|i| rng.random_range(-0.5..0.5) - if i == 3 { 0.0 } else { far }).collect();
            let b: Vec<f64> = (0..8).map(|_| rng.random_range(-0.5..0.5)).collect();
            let (mut by_a, mut by_b) = ([0.0; 8], [0.0; 8]);
            log_gain(&a, &b, &mut by_a, &mut by_b);
            for i in 0..8 {
                let at = |da: f64, db: f64| {
                    let (mut a, mut b) = (a.clone(), b.clone());
                    a[i] += da;
                    b[i] += db;
                    log_gain(&a, &b, &mut [0.0; 8], &mut [0.0; 8])
                };
                for (analytic, numeric) in [
                    (by_a[i], (at(1e-6, 0.0) - at(-1e-6, 0.0)) / 2e-6),
                    (by_b[i], (at(0.0, 1e-6) - at(0.0, -1e-6)) / 2e-6),
                ] {
                    assert!((analytic - numeric).abs() < 1e-5 * (1.0 + numeric.abs()), "{i}: {analytic} {numeric}");
                }
            }
        }
    }

    #[test]
    fn parallel_lines_gain_nothing() {
        assert_eq!(gain(&[1.0, 2.0], &[0.5, 0.5]), 0.0);
        assert_eq!(gain(&[1.0], &[0.5]), 0.0);
        assert_eq!(gain(&[], &[]), 0.0);
        assert!((gain(&[0.0, 0.0, f64::NAN], &[0.0, 1.0, 0.0]) - 0.398_942_280_401).abs() < 1e-9);
    }
}

/// One term `weight (y - floor a - scale k)^2` of a sum of squares in (a, k).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) floor: f64,
    pub(crate) scale: f64,
    pub(crate) y: f64,
    pub(crate) weight: f64,
}

/// Least squares in (a, k), both at least 0; returns them and the sum.
///
/// The sum is convex: where the free minimum leaves the quadrant, the answer is the better of its two edges.
pub(crate) fn fit_nonnegative(rows: &[Row]) -> (f64, f64, f64) {
    let sum = |term: &dyn Fn(&Row) -> f64| rows.iter().map(|r| r.weight * term(r)).sum::<f64>();
    let (ff, fs, ss) = (sum(&|r| r.floor * r.floor), sum(&|r| r.floor * r.scale), sum(&|r| r.scale * r.scale));
    let (fy, sy) = (sum(&|r| r.floor * r.y), sum(&|r| r.scale * r.y));
    let residual = |a: f64, k: f64| sum(&|r| (r.y - r.floor * a - r.scale * k).powi(2));

    let determinant = ff * ss - fs * fs;
    if determinant > 1e-12 * ff * ss {
        let (a, k) = ((fy * ss - sy * fs) / determinant, (sy * ff - fy * fs) / determinant);
        if a >= 0.0 && k >= 0.0 {
            return (a, k, residual(a, k));
        }
    }
    let edge = |along: f64, squared: f64| if squared > 0.0 { (along / squared).max(0.0) } else { 0.0 };
    let (a, k) = (edge(fy, ff), edge(sy, ss));
    let (only_floor, only_scale) = (residual(a, 0.0), residual(0.0, k));
    if only_floor < only_scale { (a, 0.0, only_floor) } else { (0.0, k, only_scale) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(a: f64, k: f64) -> Vec<Row> {
        [1.0, 4.0, 9.0, 25.0]
            .map(|n: f64| Row { floor: 1.0, scale: n.powf(-0.5), y: a + k * n.powf(-0.5), weight: n })
            .to_vec()
    }

    #[test]
    fn recovers_what_made_the_data() {
        let (a, k, rss) = fit_nonnegative(&rows(0.03, 0.2));
        approx::assert_relative_eq!(a, 0.03, epsilon = 1e-12);
        approx::assert_relative_eq!(k, 0.2, epsilon = 1e-12);
        assert!(rss < 1e-24);
    }

    #[test]
    fn stays_in_the_quadrant_and_is_best_there() {
        for (a, k) in [(-0.05, 0.3), (0.3, -0.2), (-0.1, -0.1)] {
            let data = rows(a, k);
            let (fa, fk, rss) = fit_nonnegative(&data);
            assert!(fa >= 0.0 && fk >= 0.0);
            let at = |a: f64, k: f64| data.iter().map(|r| r.weight * (r.y - a - r.scale * k).powi(2)).sum::<f64>();
            for i in 0..=100 {
                for j in 0..=100 {
                    assert!(rss <= at(f64::from(i) * 0.005, f64::from(j) * 0.005) + 1e-12);
                }
            }
        }
    }
}

use numerics::lbfgs::{Joint, Options, Tolerance, minimise};

use super::chart::Chart;
use super::objective::Objective;
use super::region::Region;

/// An ascent ends where a step gains less than this, relative to `1 + |value|`, or all slopes are as small.
const SMALLEST_GAIN: Tolerance = Tolerance::relative(1e-10);
const SMALLEST_SLOPE: f64 = 1e-7;

/// Ascends in the region, within about `evaluations` gradients, by bounded L-BFGS in the region's [`Chart`].
pub(super) fn ascend(objective: &Objective<'_>, region: &Region, x: &mut [f64], evaluations: usize) {
    let chart = Chart::around(x, region);
    let (low, high) = chart.bounds();
    let (mut at, mut gradient) = (x.to_vec(), vec![0.0; x.len()]);
    let limits = Options { evaluations, gradient: SMALLEST_SLOPE, decrease: SMALLEST_GAIN, ..Options::DEFAULT };
    let descend = |z: &[f64], by_z: &mut [f64]| {
        if !chart.place(z, &mut at) || !objective.space.within_limits(&at) {
            return f64::INFINITY;
        }
        let value = objective.with_gradient(&at, &mut gradient);
        chart.pull_back(&at, &gradient, by_z);
        by_z.iter_mut().for_each(|g| *g = -*g);
        -value
    };
    let found = minimise(&mut Joint::new(descend), chart.coordinates(x), &low, &high, limits);
    if found.value.is_finite() {
        chart.place(&found.x, x);
    }
}

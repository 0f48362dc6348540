use std::ops::Range;

use super::region::Region;

/// Shares are searched by `ln(w + SOFTENING)`: models distinguish small shares by their ratios, and in these coordinates their
/// curvature is even. Larger than any offset of a kernel's warp, so that a share at zero still feels a slope.
const SOFTENING: f64 = 0.01;

/// Local coordinates in which a region is a box, around one point: reals as they are, and of each simplex all shares but
/// the largest, which takes what the others leave.
pub(super) struct Chart {
    reals: Vec<usize>,
    simplexes: Vec<(Range<usize>, usize)>,
}

impl Chart {
    pub(super) fn around(x: &[f64], region: &Region) -> Self {
        let largest =
            |range: &Range<usize>| range.clone().max_by(|&a, &b| x[a].total_cmp(&x[b])).unwrap_or(range.start);
        let simplexes = region.simplexes.iter().map(|range| (range.clone(), largest(range))).collect();
        Self { reals: region.reals.iter().chain(&region.integers).copied().collect(), simplexes }
    }

    fn shares(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.simplexes
            .iter()
            .flat_map(|(range, pivot)| range.clone().filter(move |i| i != pivot).map(move |i| (i, *pivot)))
    }

    /// Lower and upper bounds of the coordinates.
    pub(super) fn bounds(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.shares().count();
        let (mut low, mut high) = (vec![0.0; self.reals.len()], vec![1.0; self.reals.len()]);
        low.extend(std::iter::repeat_n(SOFTENING.ln(), n));
        high.extend(std::iter::repeat_n((1.0 + SOFTENING).ln(), n));
        (low, high)
    }

    /// The coordinates of a point of the region.
    pub(super) fn coordinates(&self, x: &[f64]) -> Vec<f64> {
        let reals = self.reals.iter().map(|&i| x[i]);
        reals.chain(self.shares().map(|(i, _)| (x[i] + SOFTENING).ln())).collect()
    }

    /// Writes the point at these coordinates; `false` where the largest share would be negative.
    pub(super) fn place(&self, z: &[f64], x: &mut [f64]) -> bool {
        let (reals, shares) = z.split_at(self.reals.len());
        self.reals.iter().zip(reals).for_each(|(&i, z)| x[i] = *z);
        self.simplexes.iter().for_each(|(_, pivot)| x[*pivot] = 1.0);
        for ((i, pivot), z) in self.shares().zip(shares) {
            // at the bound exactly zero, not a rounding error of it
            x[i] = if *z <= SOFTENING.ln() { 0.0 } else { z.exp() - SOFTENING };
            x[pivot] -= x[i];
        }
        self.simplexes.iter().all(|(_, pivot)| x[*pivot] >= 0.0)
    }

    /// The gradient by the coordinates from that by the point.
    pub(super) fn pull_back(&self, x: &[f64], gradient: &[f64], out: &mut [f64]) {
        let (reals, shares) = out.split_at_mut(self.reals.len());
        self.reals.iter().zip(reals).for_each(|(&i, o)| *o = gradient[i]);
        for ((i, pivot), o) in self.shares().zip(shares) {
            *o = (x[i] + SOFTENING) * (gradient[i] - gradient[pivot]);
        }
    }
}

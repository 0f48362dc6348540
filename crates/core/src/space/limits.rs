//! Limits of the shares of a mixture: `low <= sum of some shares <= high`, and parts that may be left out.

use super::SHARE_TOLERANCE;

/// By how much shares that are given may break a limit. Those that a space makes break none.
const GIVEN: f64 = 1e-9;
/// Rounds over the multipliers of several sums at most. What is missing is made up by a step towards the centre.
const ROUNDS: usize = 200;
/// Steps of a one-dimensional search at most.
const MOST_STEPS: usize = 80;
/// Most parts that may be left out: each set of them has limits of its own.
const MOST_OPTIONAL: usize = 6;
/// A search ends where it moves by less than this.
const STILL: f64 = 1e-13;

/// The limits of one mixture. A polytope, or a union of polytopes where parts may be left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) parts: Vec<String>,
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) sums: Vec<Sum>,
    /// Parts whose share may be 0 where `low` is more.
    pub(super) optional: Vec<bool>,
    centre: Vec<f64>,
    /// By the parts that are left out, those within the others' limits.
    polytopes: Vec<(Vec<bool>, Self)>,
}

/// Limits of the sum of several shares.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sum {
    pub(super) members: Vec<usize>,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Sum {
    fn of(&self, w: &[f64]) -> f64 {
        self.members.iter().map(|&i| w[i]).sum()
    }
}

impl Limits {
    /// No limits yet.
    pub(super) fn none(parts: &[String]) -> Self {
        let k = parts.len();
        let (low, high) = (vec![0.0; k], vec![1.0; k]);
        Self {
            parts: parts.to_vec(),
            low,
            high,
            sums: vec![],
            optional: vec![false; k],
            centre: vec![],
            polytopes: vec![],
        }
    }

    /// # Errors
    /// Limits that no mixture satisfies.
    pub(super) fn checked(mut self) -> Result<Self, String> {
        if let Some(i) = (0..self.low.len()).find(|&i| self.low[i] > self.high[i]) {
            let (part, low, high) = (&self.parts[i], self.low[i], self.high[i]);
            return Err(format!("wants a share of `{part}` of at least {low} and at most {high}"));
        }
        let (lowest, highest) = (self.low.iter().sum::<f64>(), self.high.iter().sum::<f64>());
        if lowest > 1.0 + GIVEN && !self.optional.contains(&true) {
            return Err(format!("has lowest shares that sum to {lowest}, expected at most 1"));
        }
        if highest < 1.0 - GIVEN {
            return Err(format!("has highest shares that sum to {highest}, expected at least 1"));
        }
        // a part that may be as small as one likes need not be left out
        (0..self.low.len()).for_each(|i| self.optional[i] &= self.low[i] > 0.0);
        let optional: Vec<usize> = (0..self.low.len()).filter(|&i| self.optional[i]).collect();
        if optional.len() > MOST_OPTIONAL {
            return Err(format!(
                "has {} optional parts with a lowest share, expected at most {MOST_OPTIONAL}",
                optional.len()
            ));
        }
        for subset in 0..1usize << optional.len() {
            let mut out = vec![false; self.low.len()];
            optional.iter().enumerate().for_each(|(bit, &i)| out[i] = subset >> bit & 1 == 1);
            self.polytopes.extend(self.centred(&out).map(|only| (out, only)));
        }
        let (_, first) = self.polytopes.first().ok_or("has limits that no mixture satisfies all of")?;
        self.centre = first.centre.clone();
        Ok(self)
    }

    /// The polytope in which these parts are left out and the others are in; `None` where it is empty.
    fn centred(&self, out: &[bool]) -> Option<Self> {
        let mut only = Self { optional: vec![false; out.len()], polytopes: vec![], ..self.clone() };
        for (i, _) in out.iter().enumerate().filter(|(_, out)| **out) {
            (only.low[i], only.high[i]) = (0.0, 0.0);
        }
        // the mean of the points nearest to the vertices is inside wherever there is an inside
        let k = out.len();
        only.centre = vec![0.0; k];
        for j in 0..k {
            let mut vertex = vec![0.0; k];
            vertex[j] = 1.0;
            only.approach(&mut vertex);
            only.centre.iter_mut().zip(&vertex).for_each(|(c, v)| *c += v / k as f64);
        }
        only.holds(&only.centre, 1e-7).then_some(only)
    }

    /// The first limit that shares break: what is limited, its value, and what is expected.
    pub(super) fn broken(&self, w: &[f64]) -> Option<(String, f64, String)> {
        let wrong = |v: f64, low: f64, high: f64| {
            let low = (v < low - GIVEN).then(|| format!("at least {low}"));
            low.or((v > high + GIVEN).then(|| format!("at most {high}")))
        };
        for (i, &v) in w.iter().enumerate().filter(|(i, v)| !(self.optional[*i] && **v == 0.0)) {
            if let Some(expected) = wrong(v, self.low[i], self.high[i]) {
                let or = if self.optional[i] { " or 0" } else { "" };
                return Some((self.parts[i].clone(), v, format!("a share of {expected}{or}")));
            }
        }
        self.sums.iter().find_map(|sum| {
            let expected = wrong(sum.of(w), sum.low, sum.high)?;
            let names: Vec<&str> = sum.members.iter().map(|&i| self.parts[i].as_str()).collect();
            Some((names.join(" + "), sum.of(w), expected))
        })
    }

    /// In a few words, for messages.
    pub(super) fn words(&self) -> Vec<String> {
        let range = |what: String, low: f64, high: f64| match (low > 0.0, high < 1.0) {
            (true, true) => Some(format!("{low} <= {what} <= {high}")),
            (true, false) => Some(format!("{what} >= {low}")),
            (false, true) => Some(format!("{what} <= {high}")),
            (false, false) => None,
        };
        let part = |i: usize| {
            let text = range(self.parts[i].clone(), self.low[i], self.high[i])?;
            Some(if self.optional[i] { format!("{text} or 0") } else { text })
        };
        let sum = |sum: &Sum| {
            let names: Vec<&str> = sum.members.iter().map(|&i| self.parts[i].as_str()).collect();
            range(names.join(" + "), sum.low, sum.high)
        };
        (0..self.parts.len()).filter_map(part).chain(self.sums.iter().filter_map(sum)).collect()
    }

    /// Whether all limits hold to within `by`, and the shares sum to 1.
    pub(super) fn holds(&self, w: &[f64], by: f64) -> bool {
        let within = |v: f64, low: f64, high: f64| v >= low - by && v <= high + by;
        let each = w.iter().enumerate();
        let mut parts = each.map(|(i, &v)| (self.optional[i] && v == 0.0) || within(v, self.low[i], self.high[i]));
        parts.all(|fits| fits)
            && (w.iter().sum::<f64>() - 1.0).abs() <= SHARE_TOLERANCE / 2.0
            && self.sums.iter().all(|sum| {
                // a sum that is fixed can only be met up to rounding
                let by = if sum.high - sum.low < GIVEN { by.max(1e-12) } else { by };
                sum.members.iter().all(|&i| w[i].is_finite()) && {
                    let s = sum.of(w);
                    s >= sum.low - by && s <= sum.high + by
                }
            })
    }

    /// The nearest shares that keep all limits; those that do are kept bit for bit. A part that may be left out is, below half of its
    /// lowest share.
    pub(super) fn project(&self, w: &mut [f64]) {
        if self.holds(w, 0.0) {
            return;
        }
        if !self.optional.contains(&true) {
            self.approach(w);
            return self.settle(w);
        }
        let out: Vec<bool> = (0..w.len()).map(|i| self.optional[i] && w[i] < self.low[i] / 2.0).collect();
        let found = self.polytopes.iter().find(|(parts, _)| *parts == out).or(self.polytopes.first());
        if let Some((_, only)) = found {
            only.approach(w);
            only.settle(w);
        }
    }

    /// Shares drawn from those of a flat Dirichlet distribution: lowest shares are added to it, and where another limit is broken, they
    /// are pulled towards the centre by a random part of the way inside.
    pub(super) fn shrink(&self, w: &mut [f64], mut uniform: impl FnMut() -> f64) {
        if let Some(i) = self.optional.iter().position(|optional| *optional) {
            // each subset of parts has its own polytope: the nearest one, with some parts left out on purpose
            for (j, v) in w.iter_mut().enumerate().skip(i) {
                *v = if self.optional[j] && uniform() < 0.25 { 0.0 } else { *v };
            }
            return self.project(w);
        }
        let rest = (1.0 - self.low.iter().sum::<f64>()).max(0.0);
        w.iter_mut().zip(&self.low).for_each(|(v, low)| *v = low + rest * *v);
        let depth = uniform().powf(1.0 / (w.len().max(2) - 1) as f64);
        if !self.holds(w, 0.0) {
            let reach = self.reach(w);
            w.iter_mut().zip(&self.centre).for_each(|(v, c)| *v = c + reach * depth * (*v - c));
            self.settle(w);
        }
    }

    /// How far the way from the centre to `w` goes inside, as a share of it.
    fn reach(&self, w: &[f64]) -> f64 {
        let along = |from: f64, to: f64, low: f64, high: f64| {
            let bound = if to > from { high } else { low };
            if to == from { 1.0 } else { ((bound - from) / (to - from)).clamp(0.0, 1.0) }
        };
        let parts = (0..w.len()).map(|i| along(self.centre[i], w[i], self.low[i], self.high[i]));
        let sums = self.sums.iter().map(|s| along(s.of(&self.centre), s.of(w), s.low, s.high));
        parts.chain(sums).fold(1.0, f64::min)
    }

    /// The nearest point of the polytope, up to rounding: `w = box(v - sum_j mu_j 1_j)`, where a multiplier is 0 or makes its sum meet a
    /// limit. The dual is maximised by coordinates, which converges since the primal is strictly convex (Tseng 2001).
    fn approach(&self, w: &mut [f64]) {
        let mut multipliers = vec![0.0; self.sums.len()];
        let wished = w.to_vec();
        for _ in 0..if self.sums.len() < 2 { self.sums.len() } else { ROUNDS } {
            let before = multipliers.clone();
            for j in 0..self.sums.len() {
                multipliers[j] = self.multiplier(j, &wished, &mut multipliers.clone());
            }
            if multipliers.iter().zip(&before).all(|(a, b)| (a - b).abs() < STILL) {
                break;
            }
        }
        w.copy_from_slice(&self.shifted(&wished, &multipliers));
    }

    /// The shares at these multipliers.
    fn shifted(&self, wished: &[f64], multipliers: &[f64]) -> Vec<f64> {
        let mut w = wished.to_vec();
        for (sum, by) in self.sums.iter().zip(multipliers) {
            sum.members.iter().for_each(|&i| w[i] -= by);
        }
        self.onto_box(&mut w);
        w
    }

    /// The multiplier of a sum, given the others: the root of a falling, piecewise linear function, by false position (Illinois).
    fn multiplier(&self, j: usize, wished: &[f64], multipliers: &mut [f64]) -> f64 {
        let mut sum_at = |by: f64| {
            multipliers[j] = by;
            self.sums[j].of(&self.shifted(wished, multipliers))
        };
        let free = sum_at(0.0);
        let limit = free.clamp(self.sums[j].low, self.sums[j].high);
        let (mut near, mut far) = ((0.0, free - limit), ((free - limit).signum() * 1e-3, 0.0));
        if near.1 == 0.0 {
            return 0.0;
        }
        for _ in 0..MOST_STEPS {
            far.1 = sum_at(far.0) - limit;
            if far.1 * near.1 <= 0.0 {
                break;
            }
            (near, far.0) = (far, 4.0 * far.0);
        }
        let mut last = 0.0f64;
        for _ in 0..MOST_STEPS {
            if far.1 == 0.0 || near.1.abs() < f64::EPSILON || (far.0 - near.0).abs() < STILL {
                break;
            }
            let middle = near.0 - near.1 * (far.0 - near.0) / (far.1 - near.1);
            let value = sum_at(middle) - limit;
            if value * near.1 > 0.0 {
                near = (middle, value);
                far.1 *= if last > 0.0 { 0.5 } else { 1.0 };
                last = 1.0;
            } else {
                far = (middle, value);
                near.1 *= if last < 0.0 { 0.5 } else { 1.0 };
                last = -1.0;
            }
        }
        if far.1.abs() <= near.1.abs() { far.0 } else { near.0 }
    }

    /// The nearest shares within their own limits that sum to 1: `w_i = clamp(v_i - theta, low_i, high_i)`, with theta by Newton's method
    /// between bounds.
    fn onto_box(&self, w: &mut [f64]) {
        let at = |theta: f64, i: usize, w: &[f64]| (w[i] - theta).clamp(self.low[i], self.high[i]);
        let limited = || w.iter().zip(self.low.iter().zip(&self.high));
        let mut under = limited().map(|(v, (_, high))| v - high).fold(f64::INFINITY, f64::min);
        let mut over = limited().map(|(v, (low, _))| v - low).fold(f64::NEG_INFINITY, f64::max);
        let is_free = |theta: f64, i: usize| (self.low[i]..self.high[i]).contains(&(w[i] - theta));
        let mut theta = 0.5 * (under + over);
        for _ in 0..MOST_STEPS {
            let excess = (0..w.len()).map(|i| at(theta, i, w)).sum::<f64>() - 1.0;
            if excess.abs() < f64::EPSILON || over - under < STILL {
                break;
            }
            if excess > 0.0 {
                under = theta
            } else {
                over = theta
            }
            let free = (0..w.len()).filter(|&i| is_free(theta, i)).count();
            let next = theta + excess / free as f64;
            theta = if next > under && next < over { next } else { 0.5 * (under + over) };
        }
        // what is left of rounding goes to the shares that no limit holds
        let free: Vec<usize> = (0..w.len()).filter(|&i| is_free(theta, i)).collect();
        let moved: Vec<f64> = (0..w.len()).map(|i| at(theta, i, w)).collect();
        let left = (1.0 - moved.iter().sum::<f64>()) / free.len().max(1) as f64;
        w.copy_from_slice(&moved);
        free.iter().for_each(|&i| w[i] = (w[i] + left).clamp(self.low[i], self.high[i]));
    }

    /// Moves shares by no more than is needed for all limits to hold to the last bit.
    fn settle(&self, w: &mut [f64]) {
        for _ in 0..4 {
            if self.holds(w, 0.0) {
                return;
            }
            self.sums.iter().for_each(|sum| self.even(sum, w));
        }
        let (from, mut share) = (w.to_vec(), 1e-15);
        while share < 1.0 {
            let between = |(a, c): (&f64, &f64)| a + share * (c - a);
            let moved: Vec<f64> = from.iter().zip(&self.centre).map(between).collect();
            if self.holds(&moved, 0.0) {
                return w.copy_from_slice(&moved);
            }
            share *= 4.0;
        }
        if !self.holds(w, GIVEN) {
            w.copy_from_slice(&self.centre);
        }
    }

    /// Moves what a sum exceeds its limit by, a rounding error, between the largest share inside and outside: small ones stay, above all
    /// those at 0.
    fn even(&self, sum: &Sum, w: &mut [f64]) {
        let s = sum.of(w);
        let off = if s > sum.high { s - sum.high } else { (s - sum.low).min(0.0) };
        let largest = |inside: bool| {
            let those = (0..w.len()).filter(|i| sum.members.contains(i) == inside && self.high[*i] > self.low[*i]);
            those.max_by(|&a, &b| w[a].total_cmp(&w[b]))
        };
        if off != 0.0
            && let (Some(inside), Some(outside)) = (largest(true), largest(false))
        {
            let by = off + f64::EPSILON.copysign(off);
            (w[inside], w[outside]) = (w[inside] - by, w[outside] + by);
        }
    }
}

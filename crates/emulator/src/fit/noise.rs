//! Run-to-run noise from near-duplicate runs.

use jobs_core::{Domain, Point, RunTable, Value};

use super::super::NoiseReport;
use super::super::noise::Noise;
use super::super::scaling::rounded;
use super::data::{Data, Row, median, quantile};

/// Two runs are near-duplicates if their distance is at most this; see [`distance`].
const NEAR: f64 = 1.5;
/// Total variation of shares that counts as distance 1.
const SHARES_UNIT: f64 = 0.05;
/// Part of a number's range that counts as distance 1; of the logarithm's range where the range is wide.
const NUMBER_UNIT: (f64, f64) = (0.1, 0.05);
/// Prior of the level: about one hundredth of the median loss (log-normal with this standard deviation).
const LEVEL_PRIOR: (f64, f64) = (0.01, 0.7);
/// Prior of the rise, from the pairs of all six Llama-3-8B tasks together.
const RISE_PRIOR: (f64, f64) = (0.04, 0.5);
/// Priors of the jitter per unit of loss above the reference and per unit of excess.
const JITTER_RISE_PRIOR: (f64, f64) = (0.03, 0.5);
const JITTER_EXCESS_PRIOR: (f64, f64) = (0.08, 0.5);
/// The jitter that is always there, as a part of the level.
const JITTER_LEVEL: f64 = 0.2;
/// Neighbouring evaluations are partly redundant: weight of one in the jitter's likelihood.
const EVALUATION_WEIGHT: f64 = 0.3;
/// Evaluations' worth of the prior "no memory".
const MEMORY_PRIOR: f64 = 10.0;
/// Candidates per parameter, spread evenly over +-3 prior standard deviations.
const GRID: usize = 61;

/// Two runs of almost one configuration.
struct Pair<'a> {
    a: &'a Row,
    b: &'a Row,
    best: (f64, f64),
}

/// Standard deviation of the best loss of a run near the best recorded ones, as a fit estimates it from pairs of runs of almost one
/// configuration; `None` where the table holds no such pair.
pub fn noise_of_runs(table: &RunTable) -> Option<f64> {
    let rows = Data::however_little(table, &[]).ok()?.rows;
    let bests: Vec<f64> = rows.iter().filter_map(|r| r.best).collect();
    let (_, report) = fit_noise(&rows, &bests);
    (report.pairs > 0).then_some(report.sd_at_best)
}

/// Estimates the noise by maximum a posteriori over a grid.
///
/// The differences of the two best losses of a pair are N(0, 2 sd(g)^2) at their mean g. Differences of configuration are part of them,
/// so the estimate errs upwards.
pub(super) fn fit_noise(rows: &[Row], bests: &[f64]) -> (Noise, NoiseReport) {
    let pairs = near_duplicates(rows);
    let reference = bests.iter().copied().fold(f64::INFINITY, f64::min);
    let middle = median(bests.to_vec()).unwrap_or(reference);
    let above = |p: &Pair| (0.5 * (p.best.0 + p.best.1) - reference).max(0.0);

    let scale = middle.abs().max(1e-9);
    let differences: Vec<(f64, [f64; 2])> = pairs.iter().map(|p| (p.best.0 - p.best.1, [scale, above(p)])).collect();
    let [level, rise] = two_scales(&differences, 1.0, [LEVEL_PRIOR, RISE_PRIOR]);
    let level = level * scale;

    let jitter_level = JITTER_LEVEL * level;
    let mut shapes: Vec<(f64, [f64; 2])> = vec![];
    let mut series: Vec<Vec<(f64, [f64; 2])>> = vec![];
    for p in &pairs {
        let one: Vec<(f64, [f64; 2])> = excess_differences(p).map(|(d, e)| (d, [above(p), e])).collect();
        shapes.extend(&one);
        series.push(one);
    }
    let [jitter_rise, jitter_excess] = two_scales(&shapes, EVALUATION_WEIGHT, [JITTER_RISE_PRIOR, JITTER_EXCESS_PRIOR]);
    let noise = Noise {
        level: rounded(level),
        rise: rounded(rise),
        reference: rounded(reference),
        jitter_level: rounded(jitter_level),
        jitter_rise: rounded(jitter_rise),
        jitter_excess: rounded(jitter_excess),
        memory: rounded(memory(&series, jitter_rise, jitter_excess)),
    };
    let squares: f64 = differences.iter().map(|(d, _)| 0.5 * d * d).sum();
    let upper = quantile(bests.to_vec(), 0.9).unwrap_or(reference);
    let report = NoiseReport {
        pairs: pairs.len(),
        pair_sd: (!pairs.is_empty()).then(|| (squares / pairs.len() as f64).sqrt()),
        sd_at_best: noise.sd(reference),
        sd_at_median: noise.sd(middle),
        sd_at_upper_decile: noise.sd(upper),
    };
    (noise, report)
}

fn near_duplicates(rows: &[Row]) -> Vec<Pair<'_>> {
    let mut pairs = vec![];
    for (i, a) in rows.iter().enumerate() {
        for b in &rows[..i] {
            if let (Some(x), Some(y)) = (a.best, b.best)
                && distance(&a.point, &b.point) <= NEAR
            {
                pairs.push(Pair { a, b, best: (x, y) });
            }
        }
    }
    pairs
}

/// Distance between two points in units of "hardly different": infinite if a boolean or category differs.
fn distance(a: &Point, b: &Point) -> f64 {
    let mut sum = 0.0;
    for ((x, y), d) in a.values().iter().zip(b.values()).zip(a.space().dimensions()) {
        sum += match (x, y) {
            (Value::Simplex(s), Value::Simplex(t)) => {
                0.5 * s.iter().zip(t).map(|(s, t)| (s - t).abs()).sum::<f64>() / SHARES_UNIT
            }
            (Value::Real(x), Value::Real(y)) => number_distance(&d.domain, *x, *y),
            (Value::Integer(x), Value::Integer(y)) => number_distance(&d.domain, *x as f64, *y as f64),
            (x, y) if x == y => 0.0,
            _ => f64::INFINITY,
        };
    }
    sum
}

fn number_distance(domain: &Domain, x: f64, y: f64) -> f64 {
    match domain.bounds() {
        Some((low, high, log)) if low > 0.0 && (log || high / low >= 10.0) => {
            (x / y).ln().abs() / (high / low).ln() / NUMBER_UNIT.1
        }
        Some((low, high, _)) => (x - y).abs() / (high - low) / NUMBER_UNIT.0,
        None => 0.0,
    }
}

/// (difference of the excesses, their mean) at each step both curves of a pair have.
fn excess_differences<'a>(p: &'a Pair) -> impl Iterator<Item = (f64, f64)> + 'a {
    let (a, b) = (p.a.curve.iter().flatten(), p.b.curve.iter().flatten());
    a.zip(b).filter_map(move |(a, b)| {
        let (a, b) = ((*a)? - p.best.0, (*b)? - p.best.1);
        Some((a - b, 0.5 * (a + b)))
    })
}

/// MAP of (u, v) in `d ~ N(0, 2 ((u x)^2 + (v y)^2))` for rows (d, [x, y]) with log-normal priors (median, log-sd).
fn two_scales(rows: &[(f64, [f64; 2])], weight: f64, prior: [(f64, f64); 2]) -> [f64; 2] {
    let candidate = |k: usize, i: usize| {
        let t = 6.0 * i as f64 / (GRID - 1) as f64 - 3.0;
        (prior[k].0 * (prior[k].1 * t).exp(), 0.5 * t * t)
    };
    let mut found = (f64::INFINITY, [prior[0].0, prior[1].0]);
    for i in 0..GRID {
        for j in 0..GRID {
            let ((u, cost_u), (v, cost_v)) = (candidate(0, i), candidate(1, j));
            let loss = |(d, [x, y]): &(f64, [f64; 2])| {
                let variance = 2.0 * ((u * x).powi(2) + (v * y).powi(2)) + 1e-12;
                0.5 * d * d / variance + 0.5 * variance.ln()
            };
            let cost = cost_u + cost_v + weight * rows.iter().map(loss).sum::<f64>();
            if cost < found.0 {
                found = (cost, [u, v]);
            }
        }
    }
    found.1
}

/// Lag-one correlation of the standardised differences, shrunk to none, within [0, 0.9].
fn memory(series: &[Vec<(f64, [f64; 2])>], rise: f64, excess: f64) -> f64 {
    let (mut products, mut squares) = (0.0, MEMORY_PRIOR);
    for one in series {
        let sd = |[x, y]: [f64; 2]| (2.0 * ((rise * x).powi(2) + (excess * y).powi(2))).sqrt().max(1e-6);
        let z: Vec<f64> = one.iter().map(|&(d, xy)| d / sd(xy)).collect();
        products += z.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
        squares += z.iter().map(|z| z * z).sum::<f64>();
    }
    (products / squares).clamp(0.0, 0.9)
}

use std::collections::BTreeMap;

use super::{Fig5Meta, Fig5Y, OPTIMUM};
use crate::comparison::render::curves::{MeanPoint, mean_curve};
use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::quantile;
use plot::style::{LABEL_SIZE, NOTE, SHADE, TICK_SIZE, method_style};
use plot::{Anchor, Axis, Fill, Frame, Panel, Stroke, Svg, Text, marks, text_width};

/// More points than this in a panel nobody can see.
const MOST_POINTS: usize = 160;
/// The range of y takes in this share of the curves' length after this share of the budget; before, they may lie above.
const SEEN: f64 = 0.93;
const AFTER: f64 = 0.2;
/// Markers per curve.
const MARKERS: usize = 4;

/// One panel's content.
pub(super) struct Cell<'a> {
    pub(super) task: &'a str,
    full_runs: u64,
    meta: &'a Fig5Meta,
    y: Fig5Y,
    optimum: Option<f64>,
    /// In the order of the legend.
    curves: Vec<(&'a str, Vec<MeanPoint>)>,
}

impl<'a> Cell<'a> {
    pub(super) fn new(rows: &[ComparisonRow], meta: &'a Fig5Meta, full_runs: u64, task: &'a str, y: Fig5Y) -> Self {
        let optimum = meta.optima.get(task).copied();
        let zero = if y == Fig5Y::Regret { optimum.unwrap_or(0.0) } else { 0.0 };
        let curve = |method: &str| {
            let mut seeds: BTreeMap<u64, Vec<(u64, f64)>> = BTreeMap::new();
            let own = rows.iter().filter(|r| r.task == task && r.full_runs == full_runs && r.method == method);
            own.for_each(|r| seeds.entry(r.seed).or_default().push((r.steps, r.oracle - zero)));
            mean_curve(&seeds.into_values().collect::<Vec<_>>(), MOST_POINTS)
        };
        let curves = meta.methods.iter().map(|m| (m.as_str(), curve(m))).collect();
        Self { task, full_runs, meta, y, optimum, curves }
    }

    pub(super) fn total(&self) -> f64 {
        let charged = self.points().map(|p| p.steps).fold(0.0, f64::max);
        charged.max(self.full_runs.saturating_mul(self.meta.full_steps) as f64)
    }

    fn points(&self) -> impl Iterator<Item = &MeanPoint> {
        self.curves.iter().flat_map(|(_, curve)| curve)
    }

    /// From the optimum to where most of the curves' length lies below, so that late differences fill the panel.
    pub(super) fn y_axis(&self) -> Axis {
        let total = self.total();
        let places = (0..=60).map(|i| total * (AFTER + (1.0 - AFTER) * f64::from(i) / 60.0));
        let along: Vec<f64> =
            places.flat_map(|x| self.curves.iter().filter_map(move |(_, c)| at(c, x))).map(|p| p.mean).collect();
        let finals = self.curves.iter().filter_map(|(_, c)| c.last());
        let worst = finals.map(|p| p.mean + p.se).fold(f64::NEG_INFINITY, f64::max);
        let high = quantile(&along, SEEN).unwrap_or(1.0).max(worst);
        let least = self.points().map(|p| p.mean - p.se).fold(f64::INFINITY, f64::min);
        match self.y {
            Fig5Y::Loss => {
                let low = self.optimum.map_or(least, |o| o.min(least));
                Axis::linear(low - 0.06 * (high - low), high + 0.06 * (high - low), 4)
            }
            Fig5Y::Regret => {
                let lowest = self.points().map(|p| p.mean).fold(f64::INFINITY, f64::min);
                Axis::log(lowest.max(high / 300.0) / 1.3, high * 1.15)
            }
        }
    }

    pub(super) fn draw(&self, svg: &mut Svg, panel: &Panel) {
        let learning = self.meta.learning.get(&self.full_runs).map(|l| *l as f64);
        if let Some(learning) = learning {
            marks::shade(svg, panel, (0.0, learning), Fill { colour: SHADE, opacity: 1.0 });
        }
        panel.grid(svg);
        svg.clipped(outside(panel.frame, 3.0), |svg| self.curves(svg, panel));
        if let Some(learning) = learning {
            learning_note(svg, panel, learning);
        }
        panel.axes(svg);
        if self.points().next().is_none() {
            let middle = (panel.frame.x + panel.frame.width / 2.0, panel.frame.y + panel.frame.height / 2.0);
            svg.text(middle, "no runs", Text::new(LABEL_SIZE, Anchor::Middle).colour(NOTE));
        }
    }

    fn curves(&self, svg: &mut Svg, panel: &Panel) {
        if let (Fig5Y::Loss, Some(optimum)) = (self.y, self.optimum) {
            marks::level(svg, panel, optimum, OPTIMUM);
        }
        for (method, curve) in self.curves.iter().rev() {
            let band: Vec<_> = curve.iter().map(|p| (p.steps, (p.mean - p.se, p.mean + p.se))).collect();
            let band: Vec<_> = marks::stairs(&band).into_iter().map(|(x, (low, high))| (x, low, high)).collect();
            marks::band(svg, panel, &band, Fill { colour: method_style(method).colour, opacity: 0.16 });
        }
        for (i, (method, curve)) in self.curves.iter().enumerate().rev() {
            let style = method_style(method);
            let means: Vec<_> = curve.iter().map(|p| (p.steps, p.mean)).collect();
            marks::line(svg, panel, &marks::stairs(&means), Stroke::dashed(style.colour, style.width, style.dash));
            // Each method's markers at places of their own, so that those of equal curves do not hide each other.
            let offset = (i as f64 + 0.5) / self.curves.len() as f64;
            let places = (0..MARKERS).map(|k| self.total() * (k as f64 + offset) / MARKERS as f64);
            let marked: Vec<_> = places.filter_map(|x| at(curve, x).map(|p| (x, p.mean))).collect();
            marks::scatter(svg, panel, &marked, style.marker, 3.2, style.colour);
        }
    }
}

/// The curve's value at some steps; `None` before it begins or after it ends.
fn at(curve: &[MeanPoint], steps: f64) -> Option<&MeanPoint> {
    if curve.last().is_none_or(|last| last.steps < steps) {
        return None;
    }
    curve.partition_point(|p| p.steps <= steps).checked_sub(1).and_then(|i| curve.get(i))
}

/// "learning", upwards at the left edge: the one place no curve goes early on is below it.
fn learning_note(svg: &mut Svg, panel: &Panel, learning: f64) {
    let (size, text) = (TICK_SIZE - 1.5, "learning");
    let (right, _) = panel.at((learning, panel.y.low));
    if right - panel.frame.x > 1.3 * size && panel.frame.height > 1.5 * text_width(text, size) {
        let place = (panel.frame.x + size + 1.0, panel.frame.bottom() - 0.16 * panel.frame.height);
        svg.text(place, text, Text::new(size, Anchor::Start).upwards().colour(NOTE));
    }
}

fn outside(frame: Frame, by: f64) -> Frame {
    // Markers on the last step and the lowest loss may stand over the edge; nothing may stand over the title.
    Frame { x: frame.x, y: frame.y, width: frame.width + by, height: frame.height + by }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{meta, row, rows};
    use super::*;

    #[test]
    fn late_differences_fill_the_panel() {
        let mut rows = rows();
        rows.push(row("gsm8k", 50, "jobs", 0, 100, 90.0));
        rows.push(row("gsm8k", 50, "jobs", 1, 100, 90.0));
        let meta = meta();
        let cell = Cell::new(&rows, &meta, 50, "gsm8k", Fig5Y::Loss);
        let axis = cell.y_axis();
        assert!(axis.low < 1.1 && axis.low > 0.9 && axis.high < 2.3, "{} {}", axis.low, axis.high);
        assert!(cell.curves.iter().all(|(_, curve)| curve.last().is_some_and(|p| p.mean < axis.high)));
    }

    #[test]
    fn curves_have_values_only_where_they_have_begun_and_not_ended() {
        let curve = [MeanPoint { steps: 10.0, mean: 2.0, se: 0.0 }, MeanPoint { steps: 20.0, mean: 1.0, se: 0.0 }];
        let means = [9.0, 10.0, 19.0, 20.0, 21.0].map(|s| at(&curve, s).map(|p| p.mean));
        assert_eq!(means, [None, Some(2.0), Some(2.0), Some(1.0), None]);
    }
}

//! Parallel coordinates of the configurations.

use jobs_core::Domain;
use plot::style::{GRID, INK, NOTE, TICK_SIZE};
use plot::{Anchor, Stroke, Svg, Text, marks, text_width};

use super::charts::{BEST, EARLY};
use super::view::{Shown, View};

/// Most parts of a mixture with an axis of their own: those of which any run has most.
const MOST_PARTS: usize = 20;

/// One axis.
struct Coordinate {
    name: String,
    low: String,
    high: String,
    /// Index in the encoded point.
    index: usize,
    /// Value at the top of the axis; for shares, the largest one.
    most: f64,
}

/// One line per run: early runs in grey, full runs coloured by rank (dark: good), the best on top.
pub(super) fn chart(view: &View<'_>) -> Svg {
    let axes = coordinates(view);
    let room = axes.iter().map(|a| text_width(&a.name, TICK_SIZE)).fold(0.0, f64::max) + 14.0;
    let (left, right, top, height) = (24.0, 24.0, 26.0, 230.0);
    let width = (axes.len().saturating_sub(1) as f64 * 50.0).max(420.0) + left + right;
    let mut svg = Svg::new(width, top + height + 22.0 + room);
    let across = (width - left - right) / axes.len().saturating_sub(1).max(1) as f64;
    let at = |i: usize, v: f64| (left + i as f64 * across, top + height * (1.0 - v.clamp(0.0, 1.0)));
    for (i, a) in axes.iter().enumerate() {
        svg.polyline(&[at(i, 0.0), at(i, 1.0)], Stroke::solid(GRID, 1.5));
        let (x, bottom) = at(i, 0.0);
        let small = Text::new(TICK_SIZE - 2.0, Anchor::Middle).colour(NOTE);
        svg.text((x, top - 8.0), &a.high, small);
        svg.text((x, bottom + 13.0), &a.low, small);
        svg.text((x + 4.0, bottom + 20.0), &a.name, Text::new(TICK_SIZE, Anchor::End).upwards().colour(INK));
    }
    let line = |x: &[f64]| axes.iter().enumerate().map(|(i, a)| at(i, x[a.index] / a.most)).collect::<Vec<_>>();
    let (metric, digits) = (view.loaded.metric(), view.all_digits());
    let drawn = |svg: &mut Svg, r: &Shown<'_>, stroke| {
        svg.hover(&r.hover(metric, digits), |svg| svg.polyline(&line(&r.record.x), stroke));
    };
    let is_best = |r: &Shown<'_>| r.record.id == view.best.run;
    for r in view.runs.iter().filter(|r| r.value.is_none() && !is_best(r)) {
        drawn(&mut svg, r, Stroke::solid(EARLY, 0.5));
    }
    let ranked = view.ranked();
    for (i, r) in ranked.iter().enumerate().rev().filter(|(_, r)| !is_best(r)) {
        let share = i as f64 / ranked.len().max(2) as f64;
        drawn(&mut svg, r, Stroke::solid(marks::heat(0.15 + 0.75 * share), 1.3));
    }
    if let Some(best) = view.runs.iter().find(|r| is_best(r)) {
        drawn(&mut svg, best, Stroke::solid(BEST, 2.6));
    }
    svg
}

fn coordinates(view: &View<'_>) -> Vec<Coordinate> {
    let space = &view.loaded.problem.space;
    let mut axes = vec![];
    for (d, range) in space.dimensions().iter().zip(space.layout()) {
        let mut axis = |name: String, low: String, high: String, index: usize, most: f64| {
            axes.push(Coordinate { name, low, high, index, most });
        };
        match &d.domain {
            Domain::Simplex { parts } => {
                let most = |index: usize| view.runs.iter().map(|r| r.record.x[index]).fold(0.01, f64::max);
                let mut largest: Vec<f64> = range.clone().map(most).collect();
                largest.sort_by(|a, b| b.total_cmp(a));
                let least = largest.get(MOST_PARTS - 1).copied().unwrap_or(0.0);
                for (part, index) in parts.iter().zip(range.clone()).filter(|(_, index)| most(*index) >= least) {
                    let most = most(index);
                    axis(part.clone(), "0".into(), format!("{:.0} %", 100.0 * most), index, most);
                }
            }
            Domain::Categorical { choices } => {
                for (choice, index) in choices.iter().zip(range.clone()) {
                    axis(choice.clone(), "no".into(), "yes".into(), index, 1.0);
                }
            }
            Domain::Fixed { .. } => {}
            Domain::Ordered { .. } => {
                let (low, high) = d.domain.ends().unwrap_or_default();
                axis(d.name.clone(), low.to_string(), high.to_string(), range.start, 1.0);
            }
            Domain::Boolean => axis(d.name.clone(), "no".into(), "yes".into(), range.start, 1.0),
            Domain::Real { low, high, .. } => axis(d.name.clone(), low.to_string(), high.to_string(), range.start, 1.0),
            Domain::Integer { low, high, .. } => {
                axis(d.name.clone(), low.to_string(), high.to_string(), range.start, 1.0)
            }
        }
    }
    axes
}

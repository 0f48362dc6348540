//! The mixtures of the best full runs.

use plot::style::{Colour, TICK_SIZE};
use plot::{Anchor, Fill, Frame, Svg, Text, text_width};

use super::view::{Shown, View};

/// Parts of a mixture: the palettes of Okabe & Ito and of Tol, ordered so that neighbours differ.
const PARTS: [Colour; 11] = [
    Colour(0, 114, 178),
    Colour(230, 159, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(86, 180, 233),
    Colour(213, 94, 0),
    Colour(240, 228, 66),
    Colour(136, 34, 85),
    Colour(68, 170, 153),
    Colour(153, 153, 51),
    Colour(51, 34, 136),
];

/// All parts without a colour of their own.
const REST: Colour = Colour(150, 150, 156);
/// Most runs shown.
const ROWS: usize = 10;

/// The parts that have a bar of their own, the largest first: at most as many as there are colours.
fn shown_parts(runs: &[&Shown<'_>], dimension: &str, parts: usize) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> = (0..parts).map(|part| (mean(runs, dimension, part), part)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut shown: Vec<usize> = order.into_iter().take(PARTS.len()).map(|(_, part)| part).collect();
    // in the order of the study file where all are shown
    if parts <= PARTS.len() {
        shown.sort_unstable();
    }
    shown
}

fn mean(runs: &[&Shown<'_>], dimension: &str, part: usize) -> f64 {
    let share = |r: &&Shown<'_>| r.record.point.shares(dimension).and_then(|s| s.get(part).copied()).unwrap_or(0.0);
    runs.iter().map(share).sum::<f64>()
}

/// Bars with a legend. Of many parts, the largest have colours, and the others are one grey bar.
pub(super) fn chart(view: &View<'_>, dimension: &str, parts: &[String]) -> Svg {
    let (row, left, width) = (22.0, 128.0, 340.0);
    let (ranked, digits): (Vec<_>, _) = (view.ranked().into_iter().take(ROWS).collect(), view.digits());
    let shown = shown_parts(&ranked, dimension, parts.len());
    let mut names: Vec<String> = shown.iter().map(|&part| parts[part].clone()).collect();
    if parts.len() > shown.len() {
        names.push(format!("{} others", parts.len() - shown.len()));
    }
    let keys = keys(&names, 470.0);
    let height = ranked.len() as f64 * row + 14.0 + keys.last().map_or(0.0, |k| k.1) + 26.0;
    let mut svg = Svg::new(490.0, height);
    for (i, r) in ranked.iter().enumerate() {
        let (top, mut x) = (6.0 + i as f64 * row, left);
        let label = format!("run {}: {}", r.record.id, digits.write(r.value.unwrap_or(f64::NAN)));
        let style = Text::new(TICK_SIZE, Anchor::End);
        let style = if r.record.id == view.best.run { style.bold() } else { style };
        svg.text((left - 8.0, top + 13.0), &label, style);
        let shares = r.record.point.shares(dimension).unwrap_or_default();
        let own = shown.iter().map(|&part| shares.get(part).copied().unwrap_or(0.0));
        let rest = shares.iter().sum::<f64>() - own.clone().sum::<f64>();
        for ((share, name), k) in own.chain([rest]).zip(&names).zip(0..) {
            let frame = Frame { x, y: top, width: share.max(0.0) * width, height: row - 5.0 };
            let words = format!("run {}: {name} {:.1} %", r.record.id, 100.0 * share);
            svg.hover(&words, |svg| svg.rectangle(frame, Fill { colour: colour(k), opacity: 1.0 }));
            x += share.max(0.0) * width;
        }
    }
    let top = ranked.len() as f64 * row + 20.0;
    for (k, (x, y)) in keys.iter().enumerate() {
        let frame = Frame { x: *x, y: top + y, width: 11.0, height: 11.0 };
        svg.rectangle(frame, Fill { colour: colour(k), opacity: 1.0 });
        svg.text((x + 16.0, top + y + 10.0), &names[k], Text::new(TICK_SIZE, Anchor::Start));
    }
    svg
}

fn colour(k: usize) -> Colour {
    PARTS.get(k).copied().unwrap_or(REST)
}

/// Positions of the legend entries, in rows.
fn keys(names: &[String], width: f64) -> Vec<(f64, f64)> {
    let (mut x, mut y, mut places) = (6.0, 0.0, vec![]);
    for name in names {
        let own = 34.0 + text_width(name, TICK_SIZE);
        if x + own > width && x > 6.0 {
            (x, y) = (6.0, y + 18.0);
        }
        places.push((x, y));
        x += own;
    }
    places
}

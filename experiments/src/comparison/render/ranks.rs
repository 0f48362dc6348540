//! The critical-difference diagram: mean ranks on a line, methods that Nemenyi's test does not tell apart joined by bars.

use std::path::Path;

use plot::style::{INK, LABEL_SIZE, NOTE, TITLE_SIZE, method_style};
use plot::{Anchor, Fill, Stroke, Svg, Text, save, text_width};

use crate::comparison::summary::RankRow;

const WIDTH: f64 = 900.0;
const SIDE: f64 = 210.0;
const LINE: f64 = 19.0;

/// Draws `ranks.svg` into a folder: a diagram per budget, one below the other.
///
/// # Errors
/// If a file cannot be written.
pub fn ranks(rows: &[RankRow], folder: &Path) -> anyhow::Result<()> {
    Ok(save(&ranks_picture(rows), "Mean ranks and critical differences", folder, "ranks")?)
}

/// The picture.
pub fn ranks_picture(rows: &[RankRow]) -> Svg {
    let budgets: Vec<&[RankRow]> = rows.chunk_by(|a, b| a.full_runs == b.full_runs).collect();
    let height = |of: &[RankRow]| 96.0 + LINE * (of.len().div_ceil(2) as f64 + groups(of).len() as f64 * 0.5);
    let total: f64 = budgets.iter().map(|b| height(b)).sum();
    let mut svg = Svg::new(WIDTH, total.max(40.0) + 10.0);
    let mut top = 0.0;
    for budget in budgets {
        draw(&mut svg, budget, top);
        top += height(budget);
    }
    svg
}

fn draw(svg: &mut Svg, rows: &[RankRow], top: f64) {
    let Some(first) = rows.first() else { return };
    // methods that are not shown have ranks, too
    let worst = rows.iter().map(|r| r.mean_rank.ceil()).fold(rows.len().max(2) as f64, f64::max);
    let at = |rank: f64| SIDE + (rank - 1.0) / (worst - 1.0) * (WIDTH - 2.0 * SIDE);
    let title = format!("C = {} full runs", first.full_runs);
    svg.text((14.0, top + 22.0), &title, Text::new(TITLE_SIZE, Anchor::Start).bold());
    let axis = top + 62.0;
    let ink = Stroke::solid(INK, 1.0);
    if let Some(cd) = first.critical_difference {
        let (y, end) = (top + 24.0, at(1.0 + cd));
        svg.polyline(&[(at(1.0), y), (end, y)], Stroke::solid(INK, 1.6));
        for x in [at(1.0), end] {
            svg.polyline(&[(x, y - 4.0), (x, y + 4.0)], ink);
        }
        let note = format!("critical difference {cd:.2} ({} blocks)", first.blocks);
        svg.text((end + 10.0, y + 4.0), &note, Text::new(LABEL_SIZE - 1.5, Anchor::Start).colour(NOTE));
    }
    svg.polyline(&[(at(1.0), axis), (at(worst), axis)], ink);
    for tick in 1..=worst as usize {
        let x = at(tick as f64);
        svg.polyline(&[(x, axis - 5.0), (x, axis)], ink);
        svg.text((x, axis - 9.0), &tick.to_string(), Text::new(LABEL_SIZE - 2.0, Anchor::Middle));
    }
    let groups = groups(rows);
    let below = axis + 10.0 + LINE * 0.5 * groups.len() as f64;
    let left = rows.len().div_ceil(2);
    for (i, row) in rows.iter().enumerate() {
        let style = method_style(&row.method);
        let line = Stroke::solid(style.colour, style.width.min(1.6));
        let text = format!("{} {:.2}", style.label, row.mean_rank);
        let x = at(row.mean_rank);
        let (y, end, anchor, gap) = if i < left {
            (below + LINE * (i as f64 + 0.5), SIDE - 24.0, Anchor::End, -6.0)
        } else {
            (below + LINE * ((rows.len() - 1 - i) as f64 + 0.5), WIDTH - SIDE + 24.0, Anchor::Start, 6.0)
        };
        svg.polyline(&[(x, axis), (x, y), (end, y)], line);
        svg.disc((x, axis), 2.6, Fill { colour: style.colour, opacity: 1.0 }, None);
        debug_assert!(text_width(&text, LABEL_SIZE) < WIDTH);
        svg.text((end + gap, y + 4.5), &text, Text::new(LABEL_SIZE, anchor));
    }
    for (i, (from, to)) in groups.iter().enumerate() {
        let y = axis + 8.0 + LINE * 0.5 * i as f64;
        svg.polyline(&[(at(*from) - 4.0, y), (at(*to) + 4.0, y)], Stroke::solid(INK, 3.2));
    }
}

/// Longest runs of neighbours in rank that lie within the critical difference.
fn groups(rows: &[RankRow]) -> Vec<(f64, f64)> {
    let Some(cd) = rows.first().and_then(|r| r.critical_difference) else { return vec![] };
    let ranks: Vec<f64> = rows.iter().map(|r| r.mean_rank).collect();
    let mut groups: Vec<(f64, f64)> = vec![];
    for (i, &from) in ranks.iter().enumerate() {
        let to = ranks[i..].iter().copied().take_while(|r| r - from <= cd).last().unwrap_or(from);
        if to > from && groups.last().is_none_or(|g| to > g.1) {
            groups.push((from, to));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(method: &str, mean_rank: f64) -> RankRow {
        RankRow { full_runs: 15, method: method.into(), mean_rank, blocks: 10, critical_difference: Some(1.0) }
    }

    #[test]
    fn neighbours_within_the_difference_are_joined_once() {
        let rows = [row("jobs", 1.0), row("boca", 1.8), row("tpe", 2.6), row("random", 4.0)];
        assert_eq!(groups(&rows), [(1.0, 1.8), (1.8, 2.6)]);
        let document = ranks_picture(&rows).document("");
        assert!(document.contains(">JoBS (ours) 1.00<") && document.contains("critical difference 1.00 (10 blocks)"));
        ranks_picture(&[]);
    }
}

//! The error of every predictor on every table, as dots with whiskers.

use plot::style::{Colour, INK, LABEL_SIZE, Marker, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

use super::rows::Row;

/// One colour and marker per protocol.
const LOOKS: [(Colour, Marker); 6] = [
    (Colour(213, 94, 0), Marker::Circle),
    (Colour(0, 114, 178), Marker::Square),
    (Colour(0, 158, 115), Marker::Diamond),
    (Colour(204, 121, 167), Marker::Up),
    (Colour(230, 159, 0), Marker::Down),
    (Colour(110, 110, 110), Marker::Plus),
];
/// Most tables drawn, and how many side by side.
const TABLES: usize = 12;
const COLUMNS: usize = 3;
/// Errors beyond so many times the least are drawn at the edge.
const WIDEST: f64 = 6.0;

/// The figure for the rows of one kind of split.
pub(super) fn picture(rows: &[&Row]) -> Svg {
    let (tables, predictors) = (distinct(rows, |r| &r.table), distinct(rows, |r| &r.predictor));
    let mut protocols: Vec<(usize, u64)> = rows.iter().map(|r| (r.n, r.early)).collect();
    protocols.sort_unstable();
    protocols.dedup();
    protocols.truncate(LOOKS.len());
    let tables = &tables[..tables.len().min(TABLES)];
    let names: Vec<&str> = predictors.iter().rev().copied().collect();
    let y = Axis::names(&names);
    let columns = tables.len().clamp(1, COLUMNS);
    let room = Panel::room_left(&y);
    let mut grid = PanelGrid {
        rows: tables.len().div_ceil(COLUMNS).max(1),
        columns,
        panel: (240.0, 16.0 * names.len().max(4) as f64),
        gap: (24.0, Panel::room_below() + 34.0),
        sides: (room + 10.0, 18.0),
        ends: (34.0, Panel::room_below() + LABEL_SIZE + 18.0),
    };
    let entry = |(i, (n, early)): (usize, &(usize, u64))| {
        let (colour, marker) = LOOKS[i];
        let text = format!("N = {n}, {early} steps");
        Entry { key: Key::Line(Stroke::solid(colour, 1.2), Some(marker)), text }
    };
    let legend = Legend::new(protocols.iter().enumerate().map(entry).collect(), grid.page().0 - 20.0);
    grid.ends.1 += legend.height();
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, table) in tables.iter().enumerate() {
        let here: Vec<&Row> = rows.iter().filter(|r| r.table == *table).copied().collect();
        let y = if i % COLUMNS == 0 { y.clone() } else { Axis { ticks: unlabelled(&y), ..y.clone() } };
        let panel = Panel { frame: grid.frame(i / COLUMNS, i % COLUMNS), x: x_axis(&here), y };
        panel.grid(&mut svg);
        draw(&mut svg, &panel, &here, &protocols, &names);
        panel.axes(&mut svg);
        panel.title(&mut svg, task_label(table));
    }
    let inner = grid.inner();
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 5.0;
    let splits = rows.first().map_or(0, |r| r.splits);
    let how = rows.first().map_or("", |r| r.split.as_str());
    let label = format!(
        "RMSE of the final loss (mean and standard error over {splits} {how} splits; cut at {WIDEST} times the least)"
    );
    svg.text((inner.x + inner.width / 2.0, below), &label, Text::new(LABEL_SIZE, Anchor::Middle));
    legend.draw(&mut svg, (10.0, below + 8.0));
    svg
}

fn draw(svg: &mut Svg, panel: &Panel, rows: &[&Row], protocols: &[(usize, u64)], names: &[&str]) {
    for row in rows {
        let Some(k) = protocols.iter().position(|p| *p == (row.n, row.early)) else { continue };
        let Some(place) = names.iter().position(|n| *n == row.predictor) else { continue };
        let (colour, marker) = LOOKS[k];
        // protocols side by side within the predictor's slot, the first on top
        let shift = (k as f64 + 0.5) / protocols.len() as f64 - 0.5;
        let (y, x) = (place as f64 - 0.7 * shift, row.rmse.min(panel.x.high));
        let ends = [(row.rmse - row.rmse_se).min(panel.x.high), (row.rmse + row.rmse_se).min(panel.x.high)];
        marks::line(svg, panel, &[(ends[0], y), (ends[1], y)], Stroke::solid(INK, 0.9));
        marks::scatter(svg, panel, &[(x, y)], marker, 3.2, colour);
    }
}

fn x_axis(rows: &[&Row]) -> Axis {
    let least = rows.iter().map(|r| r.rmse).fold(f64::INFINITY, f64::min);
    let most = rows.iter().map(|r| r.rmse + r.rmse_se).filter(|v| v.is_finite()).fold(0.0, f64::max);
    Axis::linear(0.0, if least.is_finite() { most.min(WIDEST * least) * 1.05 } else { 1.0 }, 4)
}

fn unlabelled(axis: &Axis) -> Vec<plot::Tick> {
    axis.ticks.iter().map(|t| plot::Tick { value: t.value, label: String::new() }).collect()
}

/// In order of appearance.
fn distinct<'a>(rows: &[&'a Row], of: impl Fn(&'a Row) -> &'a String) -> Vec<&'a str> {
    let mut all: Vec<&str> = vec![];
    for row in rows {
        if !all.contains(&of(row).as_str()) {
            all.push(of(row));
        }
    }
    all
}

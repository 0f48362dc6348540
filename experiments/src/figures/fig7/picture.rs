//! The picture.

use super::rows::{Row, SEEN};
use plot::style::{INK, LABEL_SIZE, method_style, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

pub(super) fn picture(rows: &[Row]) -> Svg {
    let tasks: Vec<&str> = rows.chunk_by(|a, b| a.task == b.task).map(|c| c[0].task.as_str()).collect();
    let columns = tasks.len().clamp(1, 3);
    let grid = PanelGrid {
        rows: tasks.len().div_ceil(columns),
        columns,
        panel: (220.0, 200.0),
        gap: (60.0, 56.0),
        sides: (76.0, 20.0),
        ends: (36.0, 86.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, task) in tasks.iter().enumerate() {
        let frame = grid.frame(i / columns, i % columns);
        let panel = Panel { frame, x: Axis::linear(0.0, 1.0, 4), y: Axis::linear(0.0, 1.0, 4) };
        panel.grid(&mut svg);
        marks::line(&mut svg, &panel, &[(0.0, 0.0), (1.0, 1.0)], Stroke::dashed(INK, 1.0, &[4.0, 3.0]));
        for (n, like) in SEEN {
            let style = method_style(like);
            let own = rows.iter().filter(|r| r.task == *task && r.full_runs == n);
            let points: Vec<(f64, f64)> = own.map(|r| (r.nominal, r.covered)).collect();
            marks::line(&mut svg, &panel, &points, Stroke::solid(style.colour, 1.8));
            marks::scatter(&mut svg, &panel, &points, style.marker, 3.6, style.colour);
        }
        panel.axes(&mut svg);
        panel.title(&mut svg, task_label(task));
    }
    let inner = grid.inner();
    let middle = (inner.x + inner.width / 2.0, inner.y + inner.height / 2.0);
    svg.text((22.0, middle.1), "share of values inside", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 3.0;
    svg.text((middle.0, below), "probability of the interval", Text::new(LABEL_SIZE, Anchor::Middle));
    let entry = |(n, like): (usize, &str)| {
        let style = method_style(like);
        Entry {
            key: Key::Line(Stroke::solid(style.colour, 1.8), Some(style.marker)),
            text: format!("{n} full runs seen"),
        }
    };
    Legend::new(SEEN.into_iter().map(entry).collect(), width - 20.0).draw(&mut svg, (10.0, below + 12.0));
    svg
}

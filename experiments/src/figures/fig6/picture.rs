//! The picture.

use super::rows::Row;
use plot::style::{LABEL_SIZE, method_style, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

pub(super) fn picture(rows: &[Row], tasks: &[String]) -> Svg {
    let grid = PanelGrid {
        rows: 1,
        columns: 2,
        panel: (340.0, 240.0),
        gap: (80.0, 0.0),
        sides: (76.0, 16.0),
        ends: (36.0, 92.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    let high = rows.iter().map(|r| r.mean_regret + r.se_regret.unwrap_or(0.0)).fold(0.0, f64::max) * 1.08;
    let styles = ["jobs", "bo-logei", "mf-ucb"];
    for (i, varied) in ["steps of an early run", "full runs first"].into_iter().enumerate() {
        let mut values: Vec<u64> = rows.iter().filter(|r| r.varied == varied).map(|r| r.value).collect();
        values.sort_unstable();
        values.dedup();
        let labels: Vec<String> = values.iter().map(u64::to_string).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let panel = Panel { frame: grid.frame(0, i), x: Axis::names(&labels), y: Axis::linear(0.0, high, 4) };
        panel.grid(&mut svg);
        for (task, like) in tasks.iter().zip(styles) {
            let style = method_style(like);
            let own: Vec<&Row> = rows.iter().filter(|r| r.varied == varied && r.task == *task).collect();
            let at = |r: &Row| values.iter().position(|v| *v == r.value).unwrap_or(0) as f64;
            let points: Vec<(f64, f64)> = own.iter().map(|r| (at(r), r.mean_regret)).collect();
            for r in &own {
                let se = r.se_regret.unwrap_or(0.0);
                let ends = [(at(r), r.mean_regret - se), (at(r), r.mean_regret + se)];
                marks::line(&mut svg, &panel, &ends, Stroke::solid(style.colour, 1.2));
            }
            let stroke = Stroke { colour: style.colour, width: 2.0, dash: style.dash };
            marks::line(&mut svg, &panel, &points, stroke);
            marks::scatter(&mut svg, &panel, &points, style.marker, 4.0, style.colour);
        }
        panel.axes(&mut svg);
        panel.title(&mut svg, varied);
    }
    let middle = grid.inner().y + grid.inner().height / 2.0;
    svg.text((22.0, middle), "final regret", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    let entry = |(task, like): (&String, &str)| {
        let style = method_style(like);
        let stroke = Stroke { colour: style.colour, width: 2.0, dash: style.dash };
        Entry { key: Key::Line(stroke, Some(style.marker)), text: task_label(task).to_owned() }
    };
    Legend::new(tasks.iter().zip(styles).map(entry).collect(), width - 20.0).draw(&mut svg, (10.0, height - 40.0));
    svg
}

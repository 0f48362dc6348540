//! Left the bound against N, right the regret the searches ended with.

use plot::style::{Colour, INK, LABEL_SIZE, Marker, NOTE, TICK_SIZE, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

use super::rows::{BoundRow, ONLINE, Summary};

const PAPER: Colour = Colour(0, 114, 178);
const OTHER: Colour = Colour(204, 121, 167);
const REACHED: Colour = Colour(213, 94, 0);
const DECIDED: [(Colour, Marker); 2] = [(Colour(0, 158, 115), Marker::Diamond), (OTHER, Marker::Square)];
const FAINT: Colour = Colour(200, 200, 205);

pub(super) fn picture(bound: &[BoundRow], summary: &[Summary]) -> Svg {
    let most = bound.iter().map(|r| r.n).max().unwrap_or(1) as f64;
    let mut grid = PanelGrid {
        rows: 1,
        columns: 2,
        panel: (380.0, 260.0),
        gap: (90.0, 0.0),
        sides: (80.0, 20.0),
        ends: (36.0, Panel::room_below() + LABEL_SIZE + 24.0),
    };
    let line = |colour, dash: &'static [f64], marker, text: &str| Entry {
        key: Key::Line(Stroke { colour, width: 1.8, dash }, marker),
        text: text.into(),
    };
    let entries = vec![
        line(PAPER, &[], Some(Marker::Circle), "bound, error as noise (the paper)"),
        line(OTHER, &[6.0, 3.0], Some(Marker::Square), "bound, error as misspecification"),
        line(REACHED, &[], Some(Marker::Circle), "regret reached, mean of tasks"),
        line(FAINT, &[], None, "single tasks"),
        line(DECIDED[0].0, &[], Some(DECIDED[0].1), "N chosen online, by the paper's bound"),
        line(DECIDED[1].0, &[], Some(DECIDED[1].1), "N chosen online, by the other bound"),
    ];
    let legend = Legend::new(entries, grid.page().0 - 20.0);
    grid.ends.1 += legend.height();
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    bounds(&mut svg, grid.frame(0, 0), bound, most);
    reached(&mut svg, grid.frame(0, 1), summary, most);
    let below = grid.inner().bottom() + Panel::room_below() + LABEL_SIZE + 4.0;
    for column in 0..2 {
        let frame = grid.frame(0, column);
        let text = "N: full runs the predictor learns from";
        svg.text((frame.x + frame.width / 2.0, below), text, Text::new(LABEL_SIZE, Anchor::Middle));
    }
    legend.draw(&mut svg, (10.0, below + 10.0));
    svg
}

/// Which bound, and how it is drawn.
type Kind = (fn(&BoundRow) -> f64, Colour, &'static [f64], Marker);

/// Both bounds as multiples of their least value, their minima marked.
fn bounds(svg: &mut Svg, frame: plot::Frame, bound: &[BoundRow], most: f64) {
    let panel = Panel { frame, x: Axis::linear(0.0, most + 1.0, 5), y: Axis::linear(0.9, 2.0, 5) };
    panel.grid(svg);
    let clip = panel.frame;
    let kinds: [Kind; 2] =
        [(|r| r.misspecified, OTHER, &[6.0, 3.0], Marker::Square), (|r| r.bound, PAPER, &[], Marker::Circle)];
    for (of, colour, dash, shape) in kinds {
        let Some(least) = bound.iter().min_by(|a, b| of(a).total_cmp(&of(b))) else { continue };
        let points: Vec<(f64, f64)> = bound.iter().map(|r| (r.n as f64, of(r) / of(least))).collect();
        svg.clipped(clip, |svg| marks::line(svg, &panel, &points, Stroke { colour, width: 1.8, dash }));
        marks::scatter(svg, &panel, &[(least.n as f64, 1.0)], shape, 4.5, colour);
        marks::note(svg, &panel, (least.n as f64, 0.925), &format!("N = {}", least.n), Anchor::Middle);
    }
    panel.axes(svg);
    panel.title(svg, "Average-regret bound");
    let middle = frame.y + frame.height / 2.0;
    svg.text((frame.x - 50.0, middle), "bound / its least value", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
}

/// Regret against fixed N by task and on average, with whiskers of a standard error; the online choice at its mean N.
fn reached(svg: &mut Svg, frame: plot::Frame, summary: &[Summary], most: f64) {
    let positive = summary.iter().map(|s| s.regret).filter(|r| *r > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(l, h), r| (l.min(r), h.max(r)));
    let panel = Panel { frame, x: Axis::linear(0.0, most + 1.0, 5), y: Axis::log(low * 0.8, high * 1.25) };
    panel.grid(svg);
    let mut tasks: Vec<&str> = summary.iter().map(|s| s.task.as_str()).collect();
    tasks.dedup();
    for task in tasks {
        let here = summary.iter().filter(|s| s.task == task);
        let fixed: Vec<&Summary> = here.clone().filter(|s| s.choice.parse::<u64>().is_ok()).collect();
        let points: Vec<(f64, f64)> = fixed.iter().map(|s| (s.full_runs, s.regret)).collect();
        let main = task == "mean" || summary.iter().all(|s| s.task == task);
        let (colour, width) = if main { (REACHED, 2.2) } else { (FAINT, 1.1) };
        marks::line(svg, &panel, &points, Stroke::solid(colour, width));
        if main {
            for s in &fixed {
                let ends = [(s.full_runs, s.regret - s.regret_se), (s.full_runs, s.regret + s.regret_se)];
                marks::line(svg, &panel, &ends, Stroke::solid(INK, 1.0));
            }
            marks::scatter(svg, &panel, &points, Marker::Circle, 3.8, REACHED);
        } else if let Some((x, y)) = points.last() {
            let place = panel.at((*x, *y));
            let text = Text::new(TICK_SIZE - 2.0, Anchor::Start).colour(NOTE).halo();
            svg.text((place.0 + 5.0, place.1 + 3.0), task_label(task), text);
        }
        for (name, (colour, marker)) in ONLINE.iter().zip(DECIDED) {
            let size = if main { 5.0 } else { 2.8 };
            for s in here.clone().filter(|s| s.choice == *name) {
                marks::scatter(svg, &panel, &[(s.full_runs, s.regret)], marker, size, colour);
            }
        }
    }
    panel.axes(svg);
    panel.title(svg, "Regret reached on the emulators");
    let middle = frame.y + frame.height / 2.0;
    svg.text((frame.x - 55.0, middle), "regret (loss - optimum)", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
}

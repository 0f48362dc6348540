use plot::style::{Colour, LABEL_SIZE, Marker};
use plot::{Anchor, Axis, Entry, Fill, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

use super::rows::Summary;

const RANDOM: Colour = Colour(110, 110, 110);
const OPTIMISED: Colour = Colour(213, 94, 0);
const DASH: &[f64] = &[5.0, 3.0];

/// A panel per predictor: error and claimed error against the full runs added.
pub(super) fn picture(summary: &[Summary]) -> Svg {
    let mut predictors: Vec<&str> = summary.iter().map(|s| s.predictor).collect();
    predictors.dedup();
    let high = summary.iter().map(|s| (s.rmse + s.rmse_se).max(s.claimed + s.claimed_se)).fold(0.0, f64::max);
    let most = summary.iter().map(|s| s.added).max().unwrap_or(0) as f64;
    let y = Axis::linear(0.0, high * 1.1, 4);
    let mut grid = PanelGrid {
        rows: 1,
        columns: predictors.len().max(1),
        panel: (270.0, 220.0),
        gap: (48.0, 0.0),
        sides: (76.0, 20.0),
        ends: (34.0, Panel::room_below() + LABEL_SIZE + 22.0),
    };
    let legend = Legend::new(entries(), grid.page().0 - 20.0);
    grid.ends.1 += legend.height();
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, predictor) in predictors.iter().enumerate() {
        let panel = Panel { frame: grid.frame(0, i), x: Axis::linear(-0.3, most + 0.3, 5), y: y.clone() };
        let own: Vec<&Summary> = summary.iter().filter(|s| s.predictor == *predictor).collect();
        draw(&mut svg, &panel, predictor, &own);
    }
    let inner = grid.inner();
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 4.0;
    let text = "full runs from within the search added to the space-filling ones";
    svg.text((inner.x + inner.width / 2.0, below), text, Text::new(LABEL_SIZE, Anchor::Middle));
    svg.text(
        (inner.x - 50.0, inner.y + inner.height / 2.0),
        "RMSE of the final loss",
        Text::new(LABEL_SIZE, Anchor::Middle).upwards(),
    );
    legend.draw(&mut svg, (10.0, below + 10.0));
    svg
}

fn entries() -> Vec<Entry> {
    let entry = |colour, dash: &'static [f64], marker, text: &str| Entry {
        key: Key::Line(Stroke { colour, width: 1.9, dash }, Some(marker)),
        text: text.into(),
    };
    vec![
        entry(OPTIMISED, &[], Marker::Circle, "optimised configurations: error"),
        entry(OPTIMISED, DASH, Marker::Diamond, "error claimed"),
        entry(RANDOM, &[], Marker::Circle, "random configurations: error"),
        entry(RANDOM, DASH, Marker::Diamond, "error claimed"),
    ]
}

/// The panel of one predictor.
fn draw(svg: &mut Svg, panel: &Panel, predictor: &str, summary: &[&Summary]) {
    panel.grid(svg);
    for (asked, colour) in [("random", RANDOM), ("optimised", OPTIMISED)] {
        let own: Vec<&Summary> = summary.iter().filter(|s| s.asked == asked).copied().collect();
        line(svg, panel, &own, colour, DASH, Marker::Diamond, |s| (s.claimed, s.claimed_se));
        line(svg, panel, &own, colour, &[], Marker::Circle, |s| (s.rmse, s.rmse_se));
    }
    panel.axes(svg);
    panel.title(svg, predictor);
}

/// Values with a band of one standard error.
fn line(
    svg: &mut Svg,
    panel: &Panel,
    own: &[&Summary],
    colour: Colour,
    dash: &'static [f64],
    shape: Marker,
    of: fn(&Summary) -> (f64, f64),
) {
    let band: Vec<(f64, f64, f64)> = own
        .iter()
        .map(|s| {
            let (v, se) = of(s);
            (s.added as f64, v - se, v + se)
        })
        .collect();
    marks::band(svg, panel, &band, Fill { colour, opacity: 0.14 });
    let points: Vec<(f64, f64)> = own.iter().map(|s| (s.added as f64, of(s).0)).collect();
    marks::line(svg, panel, &points, Stroke { colour, width: 1.9, dash });
    marks::scatter(svg, panel, &points, shape, 3.4, colour);
}

use budget::{ErrorForm, ErrorLaw};
use plot::style::{Colour, INK, LABEL_SIZE, Marker};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

use super::rows::{ErrorRow, FitRow, MEAN, form_name};
use crate::comparison::results_folder::distinct;

/// Colours and markers, predictor by predictor.
const LOOKS: [(Colour, Marker); 11] = [
    (Colour(213, 94, 0), Marker::Circle),
    (Colour(0, 114, 178), Marker::Square),
    (Colour(86, 180, 233), Marker::Diamond),
    (Colour(0, 158, 115), Marker::Up),
    (Colour(230, 159, 0), Marker::Down),
    (Colour(136, 34, 85), Marker::Cross),
    (Colour(204, 121, 167), Marker::Plus),
    (Colour(51, 34, 136), Marker::Square),
    (Colour(153, 153, 51), Marker::Circle),
    (Colour(110, 110, 110), Marker::Up),
    (Colour(170, 170, 175), Marker::Down),
];
/// The laws' lines.
const LAWS: [(ErrorForm, Colour, &[f64]); 3] = [
    (ErrorForm::Root, Colour(110, 110, 110), &[2.0, 2.0]),
    (ErrorForm::FloorAndRoot, Colour(0, 114, 178), &[6.0, 3.0]),
    (ErrorForm::Power, Colour(0, 158, 115), &[]),
];

/// Left the error of every predictor, right the first predictor's with the three laws.
pub(super) fn picture(rows: &[ErrorRow], fits: &[FitRow]) -> Svg {
    let tables = distinct(rows, |r| &r.table);
    let table = if tables.contains(&MEAN) { MEAN } else { tables.first().copied().unwrap_or(MEAN) };
    let rows: Vec<&ErrorRow> = rows.iter().filter(|r| r.table == table).collect();
    let fits: Vec<&FitRow> = fits.iter().filter(|f| f.table == table).collect();
    let mut predictors: Vec<&str> = vec![];
    for row in &rows {
        if !predictors.contains(&row.predictor.as_str()) {
            predictors.push(&row.predictor);
        }
    }
    let mut grid = PanelGrid {
        rows: 1,
        columns: 2,
        panel: (390.0, 290.0),
        gap: (84.0, 0.0),
        sides: (74.0, 20.0),
        ends: (34.0, Panel::room_below() + LABEL_SIZE + 22.0),
    };
    let legend = Legend::new(entries(&predictors, &fits), grid.page().0 - 20.0);
    grid.ends.1 += legend.height();
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    errors(&mut svg, grid.frame(0, 0), &rows, &predictors, table);
    if let Some(first) = predictors.first() {
        laws(&mut svg, grid.frame(0, 1), &rows, &fits, first);
    }
    let below = grid.inner().bottom() + Panel::room_below() + LABEL_SIZE + 4.0;
    for column in 0..2 {
        let frame = grid.frame(0, column);
        let text = "N: full runs learned from";
        svg.text((frame.x + frame.width / 2.0, below), text, Text::new(LABEL_SIZE, Anchor::Middle));
        let middle = (frame.x - 48.0, frame.y + frame.height / 2.0);
        svg.text(middle, "RMSE of the final loss", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    }
    legend.draw(&mut svg, (10.0, below + 10.0));
    svg
}

/// The legend: every predictor, and the laws with how much worse each fits the first predictor than the best law does.
fn entries(predictors: &[&str], fits: &[&FitRow]) -> Vec<Entry> {
    let of_predictor = |(i, name): (usize, &&str)| {
        let (colour, marker) = LOOKS[i % LOOKS.len()];
        Entry { key: Key::Line(Stroke::solid(colour, 1.5), Some(marker)), text: (*name).to_owned() }
    };
    let of_law = |(form, colour, dash): &(ErrorForm, Colour, &'static [f64])| {
        let fit = predictors.first().and_then(|first| fit(fits, first, *form));
        let above = fit.map_or_else(String::new, |f| format!(", AICc +{:.1}", f.aicc_above_best));
        let stroke = Stroke { colour: *colour, width: 1.8, dash };
        Entry { key: Key::Line(stroke, None), text: format!("{}{above}", form_name(*form)) }
    };
    predictors.iter().enumerate().map(of_predictor).chain(LAWS.iter().map(of_law)).collect()
}

fn fit<'a>(fits: &[&'a FitRow], predictor: &str, form: ErrorForm) -> Option<&'a FitRow> {
    fits.iter().find(|f| f.predictor == predictor && f.form == form_name(form)).copied()
}

/// The error of every predictor against N, the first predictor on top.
fn errors(svg: &mut Svg, frame: plot::Frame, rows: &[&ErrorRow], predictors: &[&str], table: &str) {
    let most = rows.iter().map(|r| r.n).max().unwrap_or(1) as f64;
    let (low, high) = range(rows);
    let panel = Panel { frame, x: Axis::linear(0.0, most + 2.0, 5), y: Axis::log(low * 0.85, high * 1.1) };
    panel.grid(svg);
    for (i, name) in predictors.iter().enumerate().rev() {
        let (colour, marker) = LOOKS[i % LOOKS.len()];
        let points: Vec<(f64, f64)> =
            rows.iter().filter(|r| r.predictor == *name).map(|r| (r.n as f64, r.rmse)).collect();
        marks::line(svg, &panel, &points, Stroke::solid(colour, if i == 0 { 2.2 } else { 1.3 }));
        marks::scatter(svg, &panel, &points, marker, 3.2, colour);
    }
    panel.axes(svg);
    panel.title(svg, &format!("Every predictor ({table})"));
}

/// The error of one predictor with the three laws.
fn laws(svg: &mut Svg, frame: plot::Frame, rows: &[&ErrorRow], fits: &[&FitRow], predictor: &str) {
    let own: Vec<&ErrorRow> = rows.iter().filter(|r| r.predictor == predictor).copied().collect();
    let (low, high) = range(&own);
    let most = own.iter().map(|r| r.n).max().unwrap_or(1) as f64;
    let least = own.iter().map(|r| r.n).min().unwrap_or(1).max(1);
    let panel =
        Panel { frame, x: Axis::linear(0.0, most + 2.0, 5), y: Axis::linear(0.0, high * 1.15_f64.max(low / high), 5) };
    panel.grid(svg);
    for (form, colour, dash) in LAWS {
        let Some(f) = fit(fits, predictor, form) else { continue };
        let law = ErrorLaw::power(f.floor, f.scale, f.exponent);
        let points: Vec<(f64, f64)> = (least as u64..=most as u64).map(|n| (n as f64, law.at(n))).collect();
        svg.clipped(panel.frame, |svg| marks::line(svg, &panel, &points, Stroke { colour, width: 1.8, dash }));
    }
    for row in &own {
        let ends = [(row.n as f64, row.rmse - row.rmse_se), (row.n as f64, row.rmse + row.rmse_se)];
        marks::line(svg, &panel, &ends, Stroke::solid(INK, 1.1));
        marks::scatter(svg, &panel, &[(row.n as f64, row.rmse)], Marker::Circle, 3.6, LOOKS[0].0);
    }
    panel.axes(svg);
    panel.title(svg, &format!("The law of `{predictor}`"));
}

fn range(rows: &[&ErrorRow]) -> (f64, f64) {
    let finite = rows.iter().map(|r| r.rmse).filter(|v| v.is_finite() && *v > 0.0);
    finite.fold((f64::INFINITY, 0.0), |(low, high), v| (low.min(v), high.max(v)))
}

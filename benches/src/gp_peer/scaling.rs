use std::path::Path;

use anyhow::Context;
use benches::{SPACE, observations};
use cpu_time::ThreadTime;
use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Cholesky, Gp, KernelSpec, MAX_OBSERVATIONS};
use jobs_core::{Maximiser, Posterior, SearchSpace, Seed, Surrogate};
use plot::style::{Colour, INK, LABEL_SIZE, Marker, NOTE};
use plot::{Anchor, Axis, Frame, Panel, Stroke, Svg, Text, marks};

const SIZES: [usize; 7] = [50, 100, 200, 500, 1000, 1500, MAX_OBSERVATIONS];
/// Seconds that quick parts are repeated for; the shortest time counts.
const PATIENCE: f64 = 0.3;
/// Parts in the order of the table's columns, with their colours.
const PARTS: [(&str, Colour); 7] = [
    ("first fit", Colour(178, 24, 43)),
    ("fit with five more", Colour(239, 138, 98)),
    ("maximise", Colour(33, 102, 172)),
    ("likelihood, gradient", Colour(118, 42, 131)),
    ("factorise", Colour(27, 120, 55)),
    ("append one", Colour(140, 81, 10)),
    ("posterior, gradient", Colour(77, 77, 77)),
];

/// Writes `scaling.csv`, seconds by number of observations, and its plot to a folder.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    let mut rows = vec![];
    for n in SIZES {
        let row = (n, measure(n)?);
        println!("n {n:>5}: {}", row.1.map(|t| format!("{t:.2e} s")).join(", "));
        rows.push(row);
    }
    let mut table = format!("n,{}\n", PARTS.map(|(name, _)| name.replace(", ", " with ")).join(","));
    for (n, times) in &rows {
        table += &format!("{n},{}\n", times.map(|t| format!("{t:.4e}")).join(","));
    }
    let path = folder.join("scaling.csv");
    std::fs::write(&path, table).with_context(|| format!("cannot write {}", path.display()))?;
    plot::save(&picture(&rows), "Seconds of the Gaussian process against observations", folder, "scaling")?;
    Ok(())
}

fn measure(n: usize) -> anyhow::Result<[f64; PARTS.len()]> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    let (points, data) = observations(&space, n, Seed(20));
    let fewer = n - 5;
    let (model, first_fit) = once(|| {
        let mut model = Gp::for_space(&space, KernelSpec::default());
        model.fit(&data[..fewer], Seed(0)).map(|()| model)
    });
    let model = model?;
    let (refitted, fit) = once(|| {
        let mut model = model.clone();
        model.fit(&data, Seed(0)).map(|()| model)
    });
    let full = refitted?;
    let ucb = Ucb::new(Beta::Fixed(4.0));
    let (found, maximise) = once(|| MixedMaximiser::default().maximise(&space, &full, &ucb, &points[..5], Seed(2)));
    found?;
    let at = full.hyperparameters();
    let parameters: Vec<f64> = at.kernel.iter().copied().chain([at.log_noise]).collect();
    let likelihood = shortest(|| full.log_posterior(&parameters));
    let mut matrix = full.kernel().gram(&data.iter().map(|o| o.x.clone()).collect::<Vec<_>>());
    (0..n).for_each(|i| matrix[i * n + i] += 1e-2);
    let factorise = shortest(|| Cholesky::new(&matrix, n).map(|l| l.log_determinant()));
    let mut grown = full.clone();
    grown.condition_on(&data[..n - 1])?;
    let mut append = f64::INFINITY;
    for _ in 0..5 {
        let mut model = grown.clone();
        let (done, seconds) = once(|| model.condition_on(&data));
        done?;
        append = append.min(seconds);
    }
    let (mut d_mean, mut d_variance) = (vec![0.0; full.dimension()], vec![0.0; full.dimension()]);
    let posterior = shortest(|| full.predict_with_gradient(&data[0].x, &mut d_mean, &mut d_variance));
    Ok([first_fit, fit, maximise, likelihood, factorise, append, posterior])
}

/// A value and the processor's seconds it took.
fn once<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let clock = ThreadTime::now();
    let value = work();
    (value, clock.elapsed().as_secs_f64())
}

fn shortest<T>(mut work: impl FnMut() -> T) -> f64 {
    let (mut best, mut spent) = (f64::INFINITY, 0.0);
    while spent < PATIENCE {
        let seconds = once(|| std::hint::black_box(work())).1;
        best = best.min(seconds);
        spent += seconds.max(1e-9);
    }
    best
}

/// Both axes logarithmic; the thin line grows with the cube.
fn picture(rows: &[(usize, [f64; PARTS.len()])]) -> Svg {
    let mut svg = Svg::new(720.0, 430.0);
    let frame = Frame { x: 86.0, y: 24.0, width: 440.0, height: 340.0 };
    let low = rows.iter().flat_map(|r| r.1).fold(f64::INFINITY, f64::min);
    let high = rows.iter().flat_map(|r| r.1).fold(0.0, f64::max);
    let (first, last) = (SIZES[0] as f64, SIZES[SIZES.len() - 1] as f64);
    let panel = Panel { frame, x: Axis::log(first, last), y: Axis::log(0.5 * low, 2.0 * high) };
    panel.grid(&mut svg);
    let cube = |n: f64| rows.last().map_or(1.0, |r| r.1[4]) * (n / last).powi(3);
    marks::line(&mut svg, &panel, &[(200.0, cube(200.0)), (last, cube(last))], Stroke::dashed(NOTE, 1.0, &[4.0, 3.0]));
    let mut ends: Vec<(f64, &str, Colour)> = vec![];
    for (part, &(name, colour)) in PARTS.iter().enumerate() {
        let line: Vec<(f64, f64)> = rows.iter().map(|(n, times)| (*n as f64, times[part])).collect();
        marks::line(&mut svg, &panel, &line, Stroke::solid(colour, 1.8));
        marks::scatter(&mut svg, &panel, &line, Marker::Circle, 4.0, colour);
        if let Some(&end) = line.last() {
            ends.push((panel.at(end).1, name, colour));
        }
    }
    panel.axes(&mut svg);
    // names beside the lines' ends, pushed apart where they would touch
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = f64::NEG_INFINITY;
    for (y, name, colour) in ends {
        let y = y.max(lowest + 17.0);
        svg.text((frame.right() + 12.0, y + 4.0), name, Text::new(LABEL_SIZE, Anchor::Start).colour(colour));
        lowest = y;
    }
    let middle = frame.x + 0.5 * frame.width;
    svg.text((middle, frame.bottom() + 50.0), "observations n", Text::new(LABEL_SIZE, Anchor::Middle).colour(INK));
    let up = Text::new(LABEL_SIZE, Anchor::Middle).upwards().colour(INK);
    svg.text((20.0, frame.y + 0.5 * frame.height), "seconds, one thread", up);
    svg
}

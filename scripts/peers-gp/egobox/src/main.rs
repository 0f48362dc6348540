//! egobox with its default settings, for scripts/bench-peers: reads one JSON request per line and answers with one line.
//!
//! `{"types": [["float", low, high] | ["int", low, high], ...], "x": [[...], ...], "y": [...], "seed": 1, "cobyla": false}` ->
//! `{"cpu": seconds, "wall": seconds, "x": [...]}`: one suggestion: fit and search of the criterion.
//!
//! `{"fit": true, "x": [[...], ...], "y": [...]}` -> `{"cpu", "log_length_scales", "log_variance", "log_noise", "log_likelihood"}`: the
//! model by itself, with the settings of the suggestions, over `x` and `y` as they are.

use std::io::{BufRead, Write};
use std::time::Instant;

use cpu_time::ProcessTime;
use egobox_ego::{EGO_GP_OPTIM_MAX_EVAL, EGO_GP_OPTIM_N_START, EgorServiceBuilder, InfillOptimizer, XType};
use egobox_gp::Kriging;
use linfa::Dataset;
use linfa::traits::Fit;
use ndarray::{Array1, Array2, Axis};
use serde_json::{Value, json};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn types(value: &Value) -> Vec<XType> {
    let each = value.as_array().into_iter().flatten().map(|t| {
        let (low, high) = (t[1].as_f64().unwrap_or(0.0), t[2].as_f64().unwrap_or(1.0));
        if t[0] == "int" { XType::Int(low as i32, high as i32) } else { XType::Float(low, high) }
    });
    each.collect()
}

/// Points as rows, and outcomes.
fn data(request: &Value) -> Result<(Array2<f64>, Array1<f64>), Box<dyn std::error::Error>> {
    let rows: Vec<Vec<f64>> = request["x"].as_array().into_iter().flatten().map(numbers).collect();
    let width = rows.first().map_or(0, Vec::len);
    Ok((Array2::from_shape_vec((rows.len(), width), rows.concat())?, Array1::from_vec(numbers(&request["y"]))))
}

/// egobox scales x and y to variance 1 (divisor n - 1), and its correlation is `exp(-1/2 sum theta_k^2 d_k^2)`. Its likelihood
/// is `-n log10 variance - log10 |R|` of the scaled outcomes; constants are added here.
fn fit(request: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let (x, y) = data(request)?;
    let (n, nugget) = (y.len() as f64, 100.0 * f64::EPSILON);
    let (spread, scale) = (x.std_axis(Axis(0), 1.0), y.std(1.0));
    let cpu = ProcessTime::now();
    let params = Kriging::params().n_start(EGO_GP_OPTIM_N_START).max_eval(EGO_GP_OPTIM_MAX_EVAL).nugget(nugget);
    let model = params.fit(&Dataset::new(x, y))?;
    let cpu = cpu.elapsed().as_secs_f64();
    let scales = model.theta().iter().zip(&spread).map(|(theta, sd)| (if *sd == 0.0 { 1.0 } else { *sd } / theta).ln());
    let constants = 0.5 * n * (std::f64::consts::TAU.ln() + 1.0) + n * scale.ln();
    Ok(json!({
        "cpu": cpu,
        "log_length_scales": scales.collect::<Vec<f64>>(),
        "log_variance": model.variance().ln(),
        "log_noise": (nugget * model.variance()).ln(),
        "log_likelihood": 0.5 * std::f64::consts::LN_10 * model.likelihood() - constants,
    }))
}

fn suggest(request: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let types = types(&request["types"]);
    let (x, y) = data(request)?;
    let y = y.insert_axis(Axis(1));
    let seed = request["seed"].as_u64().unwrap_or(0);
    let cobyla = request["cobyla"] == true;
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let configured = EgorServiceBuilder::optimize().configure(|c| {
        let c = c.seed(seed);
        if cobyla { c.infill_optimizer(InfillOptimizer::Cobyla) } else { c }
    });
    let egor = configured.min_within_mixint_space(&types)?;
    let found = egor.suggest(&x, &y);
    let (cpu, wall) = (cpu.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64());
    Ok(json!({"cpu": cpu, "wall": wall, "x": found.row(0).to_vec()}))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::init();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = if request["fit"] == true { fit(&request) } else { suggest(&request) };
        let answer = answer.unwrap_or_else(|e| json!({"error": e.to_string()}));
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

//! egobox with its default settings as a peer of bench-peers: reads one JSON request a line, answers with one line.
//!
//! `{"types": [["float", low, high] | ["int", low, high], ...], "x": [[...], ...], "y": [...], "seed": 1, "cobyla": false}` ->
//! `{"cpu": seconds, "wall": seconds, "x": [...]}`: one suggestion, fit and search of the criterion together.

use std::io::{BufRead, Write};
use std::time::Instant;

use cpu_time::ProcessTime;
use egobox_ego::{EgorServiceBuilder, InfillOptimizer, XType};
use ndarray::{Array1, Array2};
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

fn suggest(request: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let rows: Vec<Vec<f64>> = request["x"].as_array().into_iter().flatten().map(numbers).collect();
    let types = types(&request["types"]);
    let x = Array2::from_shape_vec((rows.len(), types.len()), rows.concat())?;
    let y = Array1::from_vec(numbers(&request["y"])).insert_axis(ndarray::Axis(1));
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
        let answer = suggest(&serde_json::from_str(&line?)?).unwrap_or_else(|e| json!({"error": e.to_string()}));
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

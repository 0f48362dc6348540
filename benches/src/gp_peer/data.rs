use benches::{SPACE, observations};
use jobs_core::{Domain, SearchSpace, Seed};
use serde_json::{Value, json};

/// The space by encoded coordinates: name, kind and, of integers, bounds. Encoded values are all in [0, 1].
pub(crate) fn coordinates(space: &SearchSpace) -> Vec<Value> {
    let mut all = vec![];
    for d in space.dimensions() {
        match &d.domain {
            Domain::Simplex { parts } => {
                all.extend(parts.iter().map(|p| json!({"name": format!("{}.{p}", d.name), "kind": "share"})));
            }
            Domain::Real { low, high, .. } => {
                all.push(json!({"name": d.name, "kind": "real", "low": low, "high": high}));
            }
            Domain::Integer { low, high, .. } => {
                all.push(json!({"name": d.name, "kind": "integer", "low": low, "high": high}));
            }
            Domain::Ordered { choices } => {
                all.push(json!({"name": d.name, "kind": "integer", "low": 0, "high": choices.len() - 1}));
            }
            Domain::Fixed { .. } => {}
            Domain::Boolean => all.push(json!({"name": d.name, "kind": "boolean"})),
            Domain::Categorical { choices } => {
                let of = |c| json!({"name": format!("{}={c}", d.name), "kind": "choice"});
                all.extend(choices.iter().map(of));
            }
        }
    }
    all
}

/// Prints `{"coordinates", "x", "y"}`.
pub(crate) fn print(n: usize) -> anyhow::Result<()> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    let (_, data) = observations(&space, n, Seed(20));
    let x: Vec<&[f64]> = data.iter().map(|o| o.x.as_slice()).collect();
    let y: Vec<f64> = data.iter().map(|o| o.y).collect();
    println!("{}", json!({"coordinates": coordinates(&space), "x": x, "y": y}));
    Ok(())
}

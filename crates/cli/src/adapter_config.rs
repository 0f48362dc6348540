//! Compares the arguments for PEFT with the adapter that a trial run wrote: what is handed over has to be what was trained.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::peft::Peft;

const NAME: &str = "adapter_config.json";
/// Folders below a checkpoint that are searched.
const DEEPEST: usize = 4;

/// The newest `adapter_config.json` in a folder or below it.
pub fn find(folder: &Path) -> Option<PathBuf> {
    let newest = |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).ok();
    found(folder, DEEPEST).into_iter().max_by_key(newest)
}

fn found(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut all = vec![];
    for path in fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())) {
        if path.is_dir() && depth > 0 {
            all.extend(found(&path, depth - 1));
        } else if path.file_name().is_some_and(|n| n == NAME) {
            all.push(path);
        }
    }
    all
}

/// What differs between the arguments and an `adapter_config.json`, one message each. `layers` is the model's number of layers.
///
/// # Errors
/// A file that cannot be read or is not JSON.
pub fn differences(peft: &Peft, path: &Path, layers: Option<u32>) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let config: BTreeMap<String, Value> = serde_json::from_str(&text)
        .map_err(|e| format!("{}: not the configuration of an adapter: {e}", path.display()))?;
    let differs = |(name, best): (&String, &Value)| {
        let trained = config.get(name).unwrap_or(&Value::Null);
        let message = format!("`{name}`: the trainer used {trained}, `jobs best` would say {best}");
        (!same(name, best, trained, layers)).then_some(message)
    };
    Ok(peft.arguments.iter().filter_map(differs).collect())
}

fn same(name: &str, best: &Value, trained: &Value, layers: Option<u32>) -> bool {
    match (name, trained) {
        // PEFT adapts all layers where none are named
        ("layers_to_transform", Value::Null) => layers.is_some_and(|n| sorted(best).len() == n as usize),
        // a pattern, which only the model can resolve
        ("target_modules", Value::String(_)) => true,
        ("layers_to_transform" | "target_modules", _) => sorted(best) == sorted(trained),
        _ => match (best.as_f64(), trained.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
            _ => best == trained,
        },
    }
}

/// The entries as text; a single layer may stand for a list.
fn sorted(value: &Value) -> Vec<String> {
    let mut all: Vec<String> = match value {
        Value::Array(items) => items.iter().map(Value::to_string).collect(),
        other => vec![other.to_string()],
    };
    all.sort();
    all
}

//! How a folder of results was made.

use std::fmt::Write as _;

use serde_json::Value;

use super::table::escape;

/// Command, commit, seeds, machine, time and the methods' settings, folded.
pub(super) fn provenance(manifest: &Value) -> String {
    let seeds = match &manifest["seeds"] {
        Value::Array(seeds) if seeds.len() > 3 => {
            format!("{} to {} ({})", seeds[0], seeds[seeds.len() - 1], seeds.len())
        }
        other => words(other),
    };
    let mut out = String::from("<details><summary>How it was made</summary>\n<div class=wide><table class=settings>\n");
    let rows = [
        ("command", words(&manifest["command"])),
        ("commit", words(&manifest["git"]["commit"])),
        ("rows kept from", words(&manifest["kept"])),
        ("extends", words(&manifest["extends"]["command"])),
        ("wall time of that, seconds", words(&manifest["extends"]["wall_seconds"])),
        ("seeds", seeds),
        ("settings hash", words(&manifest["config_sha256"])),
        ("machine", words(&manifest["device"])),
        ("wall time, seconds", words(&manifest["wall_seconds"])),
    ];
    for (what, value) in rows.into_iter().filter(|r| !r.1.is_empty()) {
        let _ = writeln!(out, "<tr><th>{what}</th><td>{}</td></tr>", escape(&value));
    }
    for method in manifest["settings"]["methods"].as_array().into_iter().flatten() {
        let (name, settings) = (words(&method["name"]), words(&method["settings"]));
        let _ = writeln!(out, "<tr><th>{}</th><td>{}</td></tr>", escape(&name), escape(&settings));
    }
    out + "</table></div></details>\n"
}

fn words(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let text: Vec<String> =
                items.iter().map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned)).collect();
            text.join(" ")
        }
        Value::String(s) => s.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

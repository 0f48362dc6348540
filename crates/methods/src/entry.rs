use jobs::{Method, MethodError, Problem};
use serde_json::Value;

use crate::MethodSettings;

/// Version of the algorithms behind the settings.
///
/// Raise it whenever the proposals of any method change under the same settings: cached results are keyed by it. The test
/// `golden_proposals` fails until it is raised.
pub const ALGORITHM_VERSION: u32 = 1;

/// A row of a table of methods: a name and the settings behind it.
#[derive(Clone, Copy)]
pub struct MethodEntry {
    /// Name in figures, tables and `--methods`.
    pub name: &'static str,
    /// Former names, still accepted.
    pub aliases: &'static [&'static str],
    /// What the method is, in one line.
    pub description: &'static str,
    /// Everything that decides its proposals.
    pub settings: fn() -> MethodSettings,
}

impl MethodEntry {
    /// A row without former names.
    pub const fn new(name: &'static str, description: &'static str, settings: fn() -> MethodSettings) -> Self {
        Self { name, aliases: &[], description, settings }
    }

    /// The row with these former names.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Whether this is its name or a former one.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The method, ready for a problem.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where the method does not fit the problem; a budget that cannot be split.
    pub fn make(&self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        (self.settings)().make(self.name, problem)
    }

    /// The settings as JSON.
    pub fn settings_json(&self) -> Value {
        // plain data with string keys: serialisation cannot fail
        serde_json::to_value((self.settings)()).unwrap_or_default()
    }

    /// Key of cached results: [`ALGORITHM_VERSION`] and the settings as JSON with sorted keys. Two entries with the same key
    /// propose the same on the same problem.
    pub fn cache_key(&self) -> String {
        format!("v{ALGORITHM_VERSION} {}", canonical(&self.settings_json()))
    }

    /// The settings in words.
    pub fn describe(&self) -> String {
        (self.settings)().to_string()
    }
}

/// JSON with the keys of every object in order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let fields = fields.into_iter().map(|(key, v)| format!("{}:{}", Value::from(key.as_str()), canonical(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_has_sorted_keys() {
        let value = serde_json::json!({"b": [1.5, {"z": null, "a": "x\"y"}], "a": true});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1.5,{"a":"x\"y","z":null}]}"#);
    }
}

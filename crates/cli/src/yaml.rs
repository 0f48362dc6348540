//! JSON values as YAML. Words that YAML might take for something else are quoted, as JSON quotes them.

use serde_json::Value;

/// The document.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    put(&mut out, value, 0);
    out
}

fn put(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                *out += &format!("{indent}{}:", word(name));
                under(out, value, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                *out += &format!("{indent}-");
                under(out, item, depth + 1);
            }
        }
        scalar => *out += &format!("{indent}{}\n", plain(scalar)),
    }
}

fn under(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if fields.is_empty() => *out += " {}\n",
        Value::Array(items) if items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            *out += &format!(" [{}]\n", items.join(", "));
        }
        Value::Object(_) | Value::Array(_) => {
            out.push('\n');
            put(out, value, depth);
        }
        scalar => *out += &format!(" {}\n", plain(scalar)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        other => other.to_string(),
    }
}

fn word(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let taken =
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"].contains(&text.to_lowercase().as_str());
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let special = text.to_lowercase().starts_with(".inf") || text.to_lowercase().starts_with(".nan");
    if first && !taken && !special && text.chars().all(harmless) {
        text.to_owned()
    } else {
        Value::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_numbers_lists_and_nests() {
        let value = json!({"a": {"maths": 0.5, "no": 1}, "list": ["q_proj", "5", "a: b"], "none": null, "empty": {}, "t": true,
            "rows": [{"x": 1}]});
        let expected = "a:\n  maths: 0.5\n  \"no\": 1\nempty: {}\nlist: [q_proj, \"5\", \"a: b\"]\nnone: null\nrows:\n  -\n    x: 1\nt: true\n";
        assert_eq!(write(&value), expected);
    }
}

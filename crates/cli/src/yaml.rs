//! JSON values as YAML. Strings that YAML could read as another type are quoted.

use serde_json::Value;

/// The value as a YAML document.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    out
}

fn write_value(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                *out += &format!("{indent}{}:", quoted(name));
                write_after_key(out, value, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                *out += &format!("{indent}-");
                write_after_key(out, item, depth + 1);
            }
        }
        scalar => *out += &format!("{indent}{}\n", plain(scalar)),
    }
}

fn write_after_key(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if fields.is_empty() => *out += " {}\n",
        Value::Array(items) if items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            *out += &format!(" [{}]\n", items.join(", "));
        }
        Value::Object(_) | Value::Array(_) => {
            out.push('\n');
            write_value(out, value, depth);
        }
        scalar => *out += &format!(" {}\n", plain(scalar)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(number) => decimal(&number.to_string()),
        other => other.to_string(),
    }
}

/// PyYAML reads a number with an exponent as text unless it has a point and the exponent a sign.
fn decimal(number: &str) -> String {
    let Some((digits, exponent)) = number.split_once('e') else { return number.to_owned() };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

fn quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let reserved =
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"].contains(&text.to_lowercase().as_str());
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let special = text.to_lowercase().starts_with(".inf") || text.to_lowercase().starts_with(".nan");
    if first && !reserved && !special && text.chars().all(safe) {
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
    fn strings_numbers_lists_and_nesting() {
        let value = json!({"a": {"maths": 0.5, "no": 1}, "list": ["q_proj", "5", "a: b"], "none": null, "empty": {}, "t": true,
            "rows": [{"x": 1}]});
        let expected = "a:\n  maths: 0.5\n  \"no\": 1\nempty: {}\nlist: [q_proj, \"5\", \"a: b\"]\nnone: null\nrows:\n  -\n    x: 1\nt: true\n";
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn numbers_with_exponents_are_numbers_to_pyyaml() {
        let value = json!({"a": 1e-6, "b": 1e16, "c": -1.5e-7, "d": 0.25, "e": 3});
        assert_eq!(write(&value), "a: 1.0e-6\nb: 1.0e+16\nc: -1.5e-7\nd: 0.25\ne: 3\n");
    }
}

use rand::{Rng, RngExt};
use serde_json::{Map, Value};

use super::special::{NUMBERS, pick, string};

/// The JSON with one value, member or element changed; `None` where it is not JSON.
pub(super) fn change(input: &[u8], rng: &mut impl Rng) -> Option<Vec<u8>> {
    let mut root: Value = serde_json::from_slice(input).ok()?;
    let elsewhere = place(&mut root.clone(), rng).clone();
    let value = place(&mut root, rng);
    match (rng.random_range(0..3), &mut *value) {
        (1, Value::Object(members)) => member(members, &elsewhere, rng),
        (1, Value::Array(elements)) => element(elements, &elsewhere, rng),
        _ => *value = other(value, &elsewhere, rng),
    }
    serde_json::to_vec(&root).ok()
}

/// A value within `root`: at each step down, one of the members or elements. Values near the root are more likely.
fn place<'a>(root: &'a mut Value, rng: &mut impl Rng) -> &'a mut Value {
    let children = match root {
        Value::Object(members) => members.len(),
        Value::Array(elements) => elements.len(),
        _ => 0,
    };
    if children == 0 || rng.random_range(0..5) == 0 {
        return root;
    }
    let chosen = rng.random_range(0..children);
    match root {
        Value::Object(members) => {
            let name = members.keys().nth(chosen).cloned().unwrap_or_default();
            place(&mut members[&name], rng)
        }
        Value::Array(elements) => place(&mut elements[chosen], rng),
        leaf => leaf,
    }
}

/// What may stand instead of a value.
fn other(value: &Value, elsewhere: &Value, rng: &mut impl Rng) -> Value {
    match rng.random_range(0..10) {
        0 => Value::Null,
        1 => Value::Bool(rng.random()),
        2 => Value::Array(vec![]),
        3 => Value::Object(Map::new()),
        4 => string(rng).into(),
        5 => elsewhere.clone(),
        6 => Value::Array(vec![value.clone(); rng.random_range(1..3)]),
        _ => {
            let word = pick(&NUMBERS, rng);
            serde_json::from_str(word).unwrap_or_else(|_| word.into())
        }
    }
}

fn member(members: &mut Map<String, Value>, elsewhere: &Value, rng: &mut impl Rng) {
    let Some(name) = members.keys().nth(rng.random_range(0..members.len().max(1))).cloned() else {
        members.insert(string(rng), elsewhere.clone());
        return;
    };
    match rng.random_range(0..4) {
        0 | 1 => drop(members.remove(&name)),
        2 => {
            let value = members.remove(&name).unwrap_or_default();
            members.insert(string(rng), value);
        }
        _ => drop(members.insert(name, elsewhere.clone())),
    }
}

fn element(elements: &mut Vec<Value>, elsewhere: &Value, rng: &mut impl Rng) {
    if elements.is_empty() {
        elements.push(elsewhere.clone());
        return;
    }
    let (i, j) = (rng.random_range(0..elements.len()), rng.random_range(0..elements.len()));
    match rng.random_range(0..4) {
        0 => drop(elements.remove(i)),
        1 => elements.insert(j, elements[i].clone()),
        2 => elements.swap(i, j),
        _ => elements.truncate(i),
    }
}

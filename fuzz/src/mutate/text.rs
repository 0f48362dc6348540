use std::ops::Range;

use rand::{Rng, RngExt};

use super::special::{NUMBERS, pick, string};

/// One change of a text.
pub(super) fn change(text: &str, rng: &mut impl Rng) -> String {
    match rng.random_range(0..10) {
        0..4 => replaced(text, &numbers(text), pick(&NUMBERS, rng), rng),
        4 => replaced(text, &quoted(text), &string(rng), rng),
        5 => replaced(text, &words(text), &string(rng), rng),
        6 => nested(text, rng),
        _ => lines(text, rng),
    }
}

/// The text with one of these places replaced.
fn replaced(text: &str, places: &[Range<usize>], by: &str, rng: &mut impl Rng) -> String {
    if places.is_empty() {
        return text.to_owned() + by;
    }
    let place = places[rng.random_range(0..places.len())].clone();
    [&text[..place.start], by, &text[place.end..]].concat()
}

/// Where a run of characters of this kind is.
fn runs(text: &str, inside: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = vec![];
    for (i, c) in text.char_indices().filter(|(_, c)| inside(*c)) {
        match found.last_mut().filter(|last| last.end == i) {
            Some(last) => last.end = i + c.len_utf8(),
            None => found.push(i..i + c.len_utf8()),
        }
    }
    found
}

fn numbers(text: &str) -> Vec<Range<usize>> {
    runs(text, |c| c.is_ascii_digit() || matches!(c, '.' | '-'))
}

fn words(text: &str) -> Vec<Range<usize>> {
    runs(text, |c| c.is_ascii_alphanumeric() || c == '_')
}

/// What stands between two quotation marks.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let marks: Vec<usize> = text.match_indices('"').map(|(i, _)| i).collect();
    marks.windows(2).map(|pair| pair[0] + 1..pair[1]).collect()
}

/// Brackets nested deeper than a parser should follow, at the place of a number.
fn nested(text: &str, rng: &mut impl Rng) -> String {
    let depth = pick(&[3, 100, 130, 5000, 100_000], rng);
    let (open, close) = pick(&[("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("(", ")")], rng);
    let deep = [open.repeat(depth), "1".into(), close.repeat(depth)].concat();
    replaced(text, &numbers(text), &deep, rng)
}

/// A line removed, repeated, moved or emptied; members of TOML and rows of CSV are lines.
fn lines(text: &str, rng: &mut impl Rng) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return "\n".into();
    }
    let (i, j) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
    match rng.random_range(0..6) {
        0 | 1 => drop(lines.remove(i)),
        2 => lines.insert(j, lines[i]),
        3 => lines.swap(i, j),
        4 => lines[i] = "\r\n",
        _ => {
            let some = lines[i.min(j)..=i.max(j)].to_vec();
            lines.splice(i..i, some);
        }
    }
    lines.concat()
}

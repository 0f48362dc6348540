//! Values that readers forget.

use rand::{Rng, RngExt};

/// Numbers at the edges of their types, and words for what is no number.
pub(super) const NUMBERS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "0.5",
    "-0.0",
    "1e308",
    "-1e308",
    "1e-320",
    "1e999",
    "255",
    "65536",
    "65537",
    "1000000",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "NaN",
    "-Infinity",
];

/// Texts that are empty, long, no name, or have a meaning in patterns, templates, paths and terminals.
pub(super) const STRINGS: [&str; 24] = [
    "",
    " ",
    "\n",
    "\u{0}",
    "é",
    "🙂",
    "\u{feff}",
    "e\u{301}",
    "a\tb",
    "../..",
    "(",
    "[",
    "*",
    "(?=",
    "(a*)*b",
    "\\",
    "{{ x",
    "{% for",
    "<absent>",
    "U8",
    "F64",
    "\u{1b}[2J",
    "q_proj",
    "model.layers.99999999999999999999.mlp",
];

pub(super) fn pick<T: Copy>(all: &[T], rng: &mut impl Rng) -> T {
    all[rng.random_range(0..all.len())]
}

/// One of [`STRINGS`], sometimes repeated up to 64 KiB.
pub(super) fn string(rng: &mut impl Rng) -> String {
    let repeats = if rng.random_range(0..20) == 0 { 2000 } else { 1 };
    pick(&STRINGS, rng).repeat(repeats)
}

//! Changes of a valid file.
//!
//! | module | changes |
//! | --- | --- |
//! | `bytes` | flipped bits, cuts, repeated and spliced ranges, bytes that are not UTF-8 |
//! | `text` | numbers and strings replaced, lines removed, repeated and moved, deep nesting |
//! | `json` | members and elements replaced, removed, renamed, repeated |
//! | `wrapped` | JSON inside a file with lengths or checksums, which are made right again |

mod bytes;
mod json;
mod special;
mod text;
mod wrapped;

use rand::{Rng, RngExt};

pub use self::wrapped::chained;

/// What a file is, for changes that keep most of it valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Lines of text: TOML, CSV, plain text.
    Text,
    /// One JSON value.
    Json,
    /// A JSON value per line.
    JsonLines,
    /// A safetensors file: the length of a JSON header, the header, numbers.
    Safetensors,
    /// A checkpoint of the trainer: a safetensors file with a state and a checksum in its header.
    Checkpoint,
    /// A journal: numbered lines of JSON with chained checksums.
    Journal,
}

/// Longest input in bytes: repeated changes must not grow it without bound.
const LONGEST: usize = 1 << 20;

/// One to four changes of `seed`; pieces of `other` may be put in.
pub fn mutate(seed: &[u8], other: &[u8], shape: Shape, rng: &mut impl Rng) -> Vec<u8> {
    let mut input = seed.to_vec();
    for _ in 0..1 + rng.random_range(0..2) * rng.random_range(0..4) {
        input = once(&input, other, shape, rng);
        input.truncate(LONGEST);
    }
    input
}

fn once(input: &[u8], other: &[u8], shape: Shape, rng: &mut impl Rng) -> Vec<u8> {
    let structured = match (shape, rng.random_range(0..10)) {
        (_, 0..2) => None,
        (Shape::Text, _) | (_, 2..4) => Some(text::change(&String::from_utf8_lossy(input), rng).into_bytes()),
        (Shape::Json, _) => json::change(input, rng),
        (Shape::JsonLines, _) => wrapped::json_line(input, rng),
        (Shape::Safetensors, _) => wrapped::safetensors(input, rng),
        (Shape::Checkpoint, _) => wrapped::checkpoint(input, rng),
        (Shape::Journal, _) => wrapped::journal(input, rng),
    };
    structured.unwrap_or_else(|| bytes::change(input, other, rng))
}

/// A range within `0..length`, most often short.
fn range(length: usize, rng: &mut impl Rng) -> std::ops::Range<usize> {
    let start = rng.random_range(0..=length);
    let most = if rng.random_range(0..4) == 0 { length } else { 16 };
    let end = start + rng.random_range(0..=most.min(length - start));
    start..end
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;

    use super::*;

    #[test]
    fn the_same_stream_gives_the_same_input_and_inputs_differ() {
        let seed = br#"{"a": [1, 2.5, "x"], "b": {"c": null}}"#;
        let input = |i| mutate(seed, b"other", Shape::Json, &mut Seed(3).stream("test", i));
        let all: std::collections::HashSet<Vec<u8>> = (0..200).map(input).collect();
        assert_eq!(input(7), input(7));
        assert!(all.len() > 120, "{} of 200 inputs are distinct", all.len());
    }

    #[test]
    fn an_empty_file_can_be_changed() {
        for shape in [Shape::Text, Shape::Json, Shape::JsonLines, Shape::Safetensors, Shape::Checkpoint, Shape::Journal]
        {
            for i in 0..100 {
                mutate(b"", b"", shape, &mut Seed(1).stream("test", i));
            }
        }
    }
}

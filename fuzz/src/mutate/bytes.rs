use rand::{Rng, RngExt};

use super::range;
use super::special::pick;

/// Not UTF-8: a lone continuation, an overlong form, a surrogate, a cut sequence, a byte order mark of UTF-16; and a zero byte.
const NOT_TEXT: [&[u8]; 6] = [b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf0\x9f\x99", b"\xff\xfe", b"\0"];

/// One change of bytes; pieces of `other` may be put in.
pub(super) fn change(input: &[u8], other: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let place = range(input.len(), rng);
    let (before, inside, after) = (&input[..place.start], &input[place.clone()], &input[place.end..]);
    match rng.random_range(0..8) {
        0 | 1 => flipped(input, rng),
        2 => before.to_vec(),
        3 => [before, after].concat(),
        4 => [before, inside, inside, after].concat(),
        5 => [before, pick(&NOT_TEXT, rng), after].concat(),
        6 => [before, &other[range(other.len(), rng)], after].concat(),
        _ => [before, &other[range(other.len(), rng).start..]].concat(),
    }
}

/// Some bits of the file are changed.
fn flipped(input: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        if !out.is_empty() {
            let at = rng.random_range(0..out.len());
            out[at] ^= 1 << rng.random_range(0..8);
        }
    }
    out
}

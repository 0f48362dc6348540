use std::fmt::Write;

use rand::{Rng, RngExt};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json;

/// A file of JSON lines with one of them changed.
pub(super) fn json_line(input: &[u8], rng: &mut impl Rng) -> Option<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = input.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let chosen = rng.random_range(0..lines.len());
    lines[chosen] = json::change(&lines[chosen], rng)?;
    Some(lines.join(&b'\n'))
}

/// The length of the header, the header and the numbers of a safetensors file.
fn parts(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(u64::from_le_bytes(*input.first_chunk()?)).ok()?;
    input[8..].split_at_checked(length)
}

fn joined(header: &[u8], numbers: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, numbers].concat()
}

/// A safetensors file with its header changed, and the right length in front.
pub(super) fn safetensors(input: &[u8], rng: &mut impl Rng) -> Option<Vec<u8>> {
    let (header, numbers) = parts(input)?;
    Some(joined(&json::change(header, rng)?, numbers))
}

/// Lists of matrices in a checkpoint of the trainer.
const LISTS: [&str; 4] = ["parameters", "first", "second", "best"];

/// A checkpoint of the trainer with its state or its header changed, and the checksum made right.
pub(super) fn checkpoint(input: &[u8], rng: &mut impl Rng) -> Option<Vec<u8>> {
    let (header, numbers) = parts(input)?;
    let mut header: Value = if rng.random_range(0..3) == 0 {
        serde_json::from_slice(&json::change(header, rng)?).ok()?
    } else {
        serde_json::from_slice(header).ok()?
    };
    let (_, state) = header["__metadata__"]["run"].as_str()?.split_once(' ')?;
    let state = String::from_utf8(json::change(state.as_bytes(), rng)?).ok()?;
    let mut sum = crc32fast::Hasher::new();
    sum.update(state.as_bytes());
    for name in LISTS {
        for name in (0..).map(|i| format!("{name}.{i}")).take_while(|name| header.get(name).is_some()) {
            let end = |i: usize| usize::try_from(header[&name]["data_offsets"][i].as_u64()?).ok();
            sum.update(name.as_bytes());
            sum.update(numbers.get(end(0)?..end(1)?)?);
        }
    }
    header["__metadata__"]["run"] = format!("{:08x} {state}", sum.finalize()).into();
    Some(joined(header.to_string().as_bytes(), numbers))
}

/// A journal with the JSON of one line changed, or lines removed, repeated or swapped, and the checksums made right: what a reader must
/// check beyond them.
pub(super) fn journal(input: &[u8], rng: &mut impl Rng) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(input).ok()?;
    let lines = text.lines().map(|line| Some(line.splitn(3, ' ').nth(2)?.to_owned()));
    let mut lines: Vec<String> = lines.collect::<Option<_>>()?;
    if lines.is_empty() {
        return None;
    }
    let (i, j) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
    match rng.random_range(0..6) {
        0 => drop(lines.remove(i)),
        1 => lines.insert(j, lines[i].clone()),
        2 => lines.swap(i, j),
        _ => lines[i] = String::from_utf8(json::change(lines[i].as_bytes(), rng)?).ok()?,
    }
    Some(chained(&lines).into_bytes())
}

/// A journal of these JSON values, with the chain of checksums that `jobs` writes.
pub fn chained(lines: &[String]) -> String {
    let (mut digits, mut text) = (String::new(), String::new());
    for (number, json) in lines.iter().enumerate() {
        let sum = Sha256::new().chain_update(&digits).chain_update(json).finalize();
        digits = sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        // writing to a string cannot fail
        let _ = writeln!(text, "{number} {digits} {json}");
    }
    text
}

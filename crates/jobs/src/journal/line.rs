//! Lines of a journal, and the chain that joins them.
//!
//! | version | a line |
//! | --- | --- |
//! | 2 | number of the line from 0, 16 hexadecimal digits, JSON, each after a blank |
//! | 1 (read only) | 8 hexadecimal digits of the CRC-32 of the JSON, a blank, the JSON |
//!
//! The digits of version 2 are the first 8 bytes of `SHA-256(digits of the line before, JSON)`: a line that is missing, repeated, moved
//! or changed breaks the chain at that place.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The end of a chain: how many lines it has, and the digits of the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) lines: u64,
    pub(super) digits: String,
}

impl Chain {
    /// The next line, with its line feed; the chain then ends with it.
    pub(super) fn encode(&mut self, value: &impl Serialize) -> String {
        // our own types hold no maps with other keys than strings, so this cannot fail
        let json = serde_json::to_string(value).unwrap_or_default();
        let number = self.lines;
        self.extend(&json);
        format!("{number} {} {json}\n", self.digits)
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// What is wrong with it, or with the lines before it.
    pub(super) fn decode<T: DeserializeOwned>(&mut self, line: &[u8]) -> Result<T, String> {
        let text = std::str::from_utf8(line).map_err(|e| format!("not text: {e}"))?;
        let mut parts = text.splitn(3, ' ');
        let (Some(number), Some(digits), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("no checksum: expected the line's number, 16 digits of its checksum and JSON".into());
        };
        let number: u64 = number.parse().map_err(|_| format!("`{number}` is not the number of a line"))?;
        if number > self.lines {
            let missing = number - self.lines;
            return Err(format!(
                "this is line {number} of the journal, expected {}: {missing} missing before it",
                self.lines
            ));
        }
        if number < self.lines {
            return Err(format!(
                "this is line {number} of the journal, expected {}: it is repeated or moved",
                self.lines
            ));
        }
        let mut next = self.clone();
        next.extend(json);
        if next.digits != digits {
            return Err(format!(
                "the checksum is {}, the line says {digits}: this line, or the order of those before it, was changed",
                next.digits
            ));
        }
        *self = next;
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    fn extend(&mut self, json: &str) {
        let hash = Sha256::new().chain_update(&self.digits).chain_update(json).finalize();
        self.digits = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        self.lines += 1;
    }
}

/// Reads a line of version 1.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode_unchained<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(line).map_err(|e| format!("not text: {e}"))?;
    let (crc, json) = text.split_once(' ').ok_or("no checksum")?;
    let expected = u32::from_str_radix(crc, 16).map_err(|_| format!("`{crc}` is not a checksum"))?;
    let found = crc32fast::hash(json.as_bytes());
    if found != expected {
        return Err(format!("the checksum is {found:08x}, the line says {expected:08x}"));
    }
    serde_json::from_str(json).map_err(|e| e.to_string())
}

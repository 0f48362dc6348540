//! One journal line: eight hexadecimal digits of the CRC-32 of the JSON, a blank, the JSON, a line feed.

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) fn encode(value: &impl Serialize) -> String {
    // these types hold no maps with keys other than strings, so serialisation cannot fail
    let json = serde_json::to_string(value).unwrap_or_default();
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

pub(super) fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(line).map_err(|e| format!("not text: {e}"))?;
    let (crc, json) = text.split_once(' ').ok_or("it has no checksum")?;
    let expected = u32::from_str_radix(crc, 16).map_err(|_| format!("`{crc}` is not a checksum"))?;
    let found = crc32fast::hash(json.as_bytes());
    if found != expected {
        return Err(format!("the checksum is {found:08x}, expected {expected:08x} as at the start of the line"));
    }
    serde_json::from_str(json).map_err(|e| e.to_string())
}

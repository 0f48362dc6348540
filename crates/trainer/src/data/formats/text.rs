use std::path::Path;

use super::text_of;
use crate::data::Example;
use crate::error::LlmError;

/// Documents separated by blank lines.
pub(super) fn paragraphs(path: &Path) -> Result<Vec<Example>, LlmError> {
    let text = text_of(path)?.replace("\r\n", "\n");
    Ok(text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(|p| Example::new("", p)).collect())
}

/// WikiText-2: paragraphs of at least 100 bytes, without headings.
pub(super) fn wikitext(path: &Path) -> Result<Vec<Example>, LlmError> {
    let text = text_of(path)?;
    let paragraphs = text.lines().map(str::trim).filter(|l| l.len() >= 100 && !l.starts_with('='));
    Ok(paragraphs.map(|l| Example::new("", l)).collect())
}

/// End of a story in the published file.
const END: &str = "<|endoftext|>";

/// Stories that end with [`END`]. Without it, stories follow each other on the next line, and blank lines separate paragraphs.
pub(super) fn stories(path: &Path) -> Result<Vec<Example>, LlmError> {
    let text = text_of(path)?;
    if text.contains(END) {
        let stories = text.split(END).map(str::trim).filter(|s| !s.is_empty());
        return Ok(stories.map(|s| Example::new("", s)).collect());
    }
    let mut stories: Vec<String> = vec![];
    let mut blank_before = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank_before = true;
            continue;
        }
        match stories.last_mut() {
            Some(story) if blank_before => *story += &format!("\n\n{line}"),
            _ => stories.push(line.to_owned()),
        }
        blank_before = false;
    }
    Ok(stories.into_iter().map(|s| Example::new("", s)).collect())
}

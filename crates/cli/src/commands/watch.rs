use std::io::{IsTerminal, stdout};
use std::time::Duration;

use super::status::{text, view};
use crate::args::WatchArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::output::emit;

/// Clears the terminal and goes to its first line.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
/// Longest time between two looks.
const LONGEST: f64 = 86_400.0;

/// `jobs watch`
pub(super) fn run(args: &WatchArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    if !(args.every > 0.0 && args.every <= LONGEST) {
        let problem = format_args!("--every is {}, expected seconds above 0 and up to {LONGEST}", args.every);
        return Err(Kind::Input.error(problem));
    }
    let (every, in_place) = (Duration::from_secs_f64(args.every), stdout().is_terminal() && !json);
    let mut shown = String::new();
    loop {
        let now = view(loaded, false)?;
        let next = if json { serde_json::to_string(&now)? + "\n" } else { text(&now) };
        if next != shown {
            if in_place {
                clear()?;
            }
            emit(&next)?;
            shown = next;
        }
        if now.finished || now.stopped.is_some() {
            return Ok(());
        }
        std::thread::sleep(every);
    }
}

/// Not through [`emit`], which lets no escape sequence reach the terminal.
fn clear() -> anyhow::Result<()> {
    use std::io::Write;
    Ok(stdout().lock().write_all(CLEAR.as_bytes())?)
}

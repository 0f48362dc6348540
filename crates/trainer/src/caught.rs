//! Panics of a library as errors: a damaged file must give one line, not a stack trace.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether a panic on this thread is caught and needs no message of its own.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Calls a library, and gives the message of its panic as an error. Nothing is printed.
///
/// What `call` changes must not be used after an error.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let outer = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    QUIET.set(outer);
    result.map_err(|payload| words(payload.as_ref()).replace(['\n', '\r'], " "))
}

/// The message of a panic.
fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_one_line() {
        assert_eq!(caught(|| 3), Ok(3));
        assert_eq!(caught(|| -> u8 { panic!("fixed") }), Err("fixed".into()));
        let two = 2;
        assert_eq!(caught(|| -> u8 { panic!("line 1\nline {two}") }), Err("line 1 line 2".into()));
    }

    #[test]
    fn other_panics_are_still_printed() {
        let _ = caught(|| panic!("quiet"));
        assert!(!QUIET.get());
        let nested = caught(|| caught(|| panic!("inner")).is_err() && QUIET.get());
        assert_eq!(nested, Ok(true));
    }
}

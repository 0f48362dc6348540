//! fig5: validation loss of the recommendation against the steps used, for every method on every task.

use methods::METHODS;

use crate::comparison::args::Fig5Args;
use crate::comparison::emulated;

/// Runs fig5: all methods on all tasks.
///
/// # Errors
/// A mistake in the arguments, or cells that failed.
pub fn run(args: Fig5Args) -> anyhow::Result<()> {
    if args.live {
        return crate::live::run(args);
    }
    emulated::run("fig5", METHODS, &[], 0, args)
}

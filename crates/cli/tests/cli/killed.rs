//! kill -9 at any moment loses nothing.

use std::time::Duration;

use super::{Folder, emulated};

/// Kills in all.
const KILLS: usize = 100;

/// Studies of 60 emulated runs are killed at 100 random moments in all; each ends with the journal, byte for byte, and the answer
/// of the study that nobody disturbed. When a process dies depends on the machine; what must hold does not.
#[test]
fn a_study_killed_at_a_hundred_moments_ends_as_if_undisturbed() {
    let (mut kills, mut state) = (0, 0x2545_f491_4f6c_dd1d_u64);
    let mut moment = || {
        // xorshift64*: any numbers will do
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        Duration::from_micros((state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % 90_000)
    };
    // of the 60 runs of `jobs` most are early ones
    for (method, full_runs, seed) in
        [("random", 60, 1), ("bo-ucb", 60, 2), ("jobs", 22, 3), ("random", 60, 4), ("mf-ucb", 30, 5)]
            .iter()
            .cycle()
            .take(12)
    {
        if kills >= KILLS {
            break;
        }
        let undisturbed = Folder::with(&emulated(method, *full_runs, *seed, ""));
        undisturbed.ok(&["run"]);
        // the same study, in which steps take time
        let folder = Folder::with(&emulated(method, *full_runs, *seed, "step_ms = 0.04"));
        loop {
            let mut child = folder
                .command(&["run"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            // some are left alone for longer, so that the study gets on on slow machines too
            std::thread::sleep(moment() * if kills % 4 == 0 { 6 } else { 1 });
            if child.try_wait().unwrap().is_none() && kills < KILLS {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                continue;
            }
            let status = child.wait().unwrap();
            assert!(status.success(), "{method}: {status}");
            break;
        }
        assert_eq!(folder.journal(), undisturbed.journal(), "{method} after {kills} kills");
        assert_eq!(folder.json(&["best"]), undisturbed.json(&["best"]), "{method}");
    }
    assert_eq!(kills, KILLS);
}

//! When things happened, in a file next to the journal. The journal itself has no times: a replay gives the same study whenever it is
//! made. The file may be deleted.
//!
//! ```text
//! SECONDS-SINCE-1970 run USED        a `jobs run` began, with so many steps used
//! SECONDS-SINCE-1970 ask RUN
//! SECONDS-SINCE-1970 tell RUN
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use jobs::{Observer, Report, Study, Trial};

use crate::loaded_study::LoadedStudy;

/// Appends to the file. A failed write is harmless: `jobs status` then shows no times.
pub(crate) struct Times(Option<PathBuf>);

impl Times {
    /// Notes that a `jobs run` begins.
    pub(crate) fn begin(loaded: &LoadedStudy, study: &Study) -> Self {
        let times = Self::of(loaded);
        times.note("run", study.history().spent().0);
        times
    }

    /// Without a note.
    pub(crate) fn of(loaded: &LoadedStudy) -> Self {
        Self(path(loaded))
    }

    /// Notes that something happened now.
    pub(crate) fn note(&self, what: &str, number: u64) {
        let Some(path) = &self.0 else { return };
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(format!("{} {what} {number}\n", now()).as_bytes()));
    }
}

impl Observer for Times {
    fn asked(&mut self, _study: &Study, trial: &Trial) -> Result<(), String> {
        self.note("ask", trial.run.0);
        Ok(())
    }

    fn told(&mut self, _study: &Study, report: &Report) -> Result<(), String> {
        self.note("tell", report.run.0);
        Ok(())
    }
}

/// What the file holds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Noted {
    /// When the first run was asked for.
    pub(crate) began: Option<u64>,
    /// When the last result came.
    pub(crate) last_result: Option<u64>,
    /// When the latest `jobs run` began, with the steps used then.
    pub(crate) session: Option<(u64, u64)>,
    /// When each run was last asked for or reported.
    pub(crate) runs: BTreeMap<u64, u64>,
}

impl Noted {
    /// Reads the file; lines that are damaged are skipped.
    pub(crate) fn read(loaded: &LoadedStudy) -> Self {
        Self::parse(&path(loaded).and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut noted = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [time, what, number] = words.as_slice() else { continue };
            let (Ok(time), Ok(number)) = (time.parse(), number.parse()) else { continue };
            match *what {
                "run" => noted.session = Some((time, number)),
                "ask" | "tell" => {
                    noted.began.get_or_insert(time);
                    noted.runs.insert(number, time);
                    if *what == "tell" {
                        noted.last_result = Some(time);
                    }
                }
                _ => {}
            }
        }
        noted
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn path(loaded: &LoadedStudy) -> Option<PathBuf> {
    Some(loaded.runs().ok()?.join("times"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lines_are_skipped() {
        let noted = Noted::parse("10 run 0\n11 ask 0\nx\n12 ask\n20 tell 0\n21 run 100\n22 ask 1\n2");
        let runs = BTreeMap::from([(0, 20), (1, 22)]);
        assert_eq!(noted, Noted { began: Some(11), last_result: Some(20), session: Some((21, 100)), runs });
    }
}

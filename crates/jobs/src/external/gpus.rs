use std::collections::HashMap;

use crate::RunId;

/// The GPUs of a machine that runs may use, and which run has which.
///
/// A GPU is what `CUDA_VISIBLE_DEVICES` takes: a number, a UUID (`GPU-...`) or a MIG device (`MIG-...`). A run keeps its GPUs until it
/// is forgotten, so no two runs at once share one.
///
/// ```
/// use jobs::external::Gpus;
///
/// let gpus = Gpus::parse(["2", "5", "7"].map(str::to_owned), 1)?;
/// assert_eq!(gpus.runs_at_once(), 3);
/// assert!(Gpus::parse(["2", "2"].map(str::to_owned), 1).unwrap_err().contains("twice"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpus {
    all: Vec<String>,
    per_run: usize,
    held: HashMap<RunId, Vec<String>>,
}

impl Gpus {
    /// These GPUs, so many for each run.
    ///
    /// # Errors
    /// A list that is empty or names a GPU twice, an entry that is no GPU, or more GPUs for a run than there are; in words that follow
    /// the name of the list.
    pub fn parse(all: impl IntoIterator<Item = String>, per_run: usize) -> Result<Self, String> {
        let mut named: Vec<String> = vec![];
        for gpu in all {
            let gpu = canonical(&gpu).ok_or_else(|| {
                format!(
                    "contains \"{}\", expected a number such as 0, or a name that begins with GPU- or MIG-",
                    gpu.escape_debug()
                )
            })?;
            if named.contains(&gpu) {
                return Err(format!("contains {gpu} twice, expected each GPU once"));
            }
            named.push(gpu);
        }
        match named.len() {
            0 => Err("is empty, expected at least one GPU".into()),
            n if per_run == 0 || per_run > n => {
                Err(format!("has {n} GPUs, and a run is to have {per_run} of them; expected 1 to {n}"))
            }
            _ => Ok(Self { all: named, per_run, held: HashMap::new() }),
        }
    }

    /// Runs that can have their GPUs at the same time.
    pub fn runs_at_once(&self) -> usize {
        self.all.len() / self.per_run
    }

    /// GPUs of a run.
    pub fn per_run(&self) -> usize {
        self.per_run
    }

    /// Gives a run the first free ones, as a value of `CUDA_VISIBLE_DEVICES`; `None` where too few are free.
    pub(super) fn take(&mut self, run: RunId) -> Option<String> {
        let is_free = |gpu: &&String| !self.held.values().flatten().any(|held| held == *gpu);
        let free: Vec<String> = self.all.iter().filter(is_free).take(self.per_run).cloned().collect();
        if free.len() < self.per_run {
            return None;
        }
        let visible = free.join(",");
        self.held.insert(run, free);
        Some(visible)
    }

    /// Notes which GPUs a run has that an earlier process started.
    pub(super) fn note(&mut self, run: RunId, visible: &str) {
        self.held.insert(run, visible.split(',').map(str::to_owned).collect());
    }

    /// Frees the GPUs of a run.
    pub(super) fn free(&mut self, run: RunId) {
        self.held.remove(&run);
    }
}

/// A GPU's name without blanks and leading zeros; `None` where it is none.
fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(name) = text.strip_prefix("GPU-").or(text.strip_prefix("MIG-")) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '/';
        return (!name.is_empty() && name.chars().all(is_plain)).then(|| text.to_owned());
    }
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse::<u16>().ok().map(|number| number.to_string())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(all: &[&str], per_run: usize) -> Result<Gpus, String> {
        Gpus::parse(all.iter().map(|gpu| (*gpu).to_owned()), per_run)
    }

    #[test]
    fn runs_at_once_never_share_a_gpu() {
        let mut gpus = parse(&["2", "5", "7", "GPU-8f3a", "MIG-GPU-8f3a/1/0"], 2).unwrap();
        assert_eq!(gpus.runs_at_once(), 2);
        assert_eq!(gpus.take(RunId(0)).as_deref(), Some("2,5"));
        assert_eq!(gpus.take(RunId(1)).as_deref(), Some("7,GPU-8f3a"));
        assert_eq!(gpus.take(RunId(2)), None);
        gpus.free(RunId(0));
        gpus.note(RunId(9), "5");
        assert_eq!(
            gpus.take(RunId(2)).as_deref(),
            Some("2,MIG-GPU-8f3a/1/0"),
            "5 is held by a run of an earlier process"
        );
    }

    #[test]
    fn bad_lists_are_refused() {
        for (all, per_run, said) in [
            (&[][..], 1, "is empty"),
            (&["2", "02"], 1, "contains 2 twice"),
            (&["2", "-1"], 1, "contains \"-1\""),
            (&["cuda:0"], 1, "contains \"cuda:0\""),
            (&["GPU-"], 1, "contains \"GPU-\""),
            (&["GPU-1;rm"], 1, "contains \"GPU-1;rm\""),
            (&["0,1"], 1, "contains \"0,1\""),
            (&["70000"], 1, "contains \"70000\""),
            (&["0", "1"], 3, "has 2 GPUs, and a run is to have 3"),
            (&["0", "1"], 0, "expected 1 to 2"),
        ] {
            let error = parse(all, per_run).unwrap_err();
            assert!(error.contains(said), "{all:?}: {error}");
        }
    }
}

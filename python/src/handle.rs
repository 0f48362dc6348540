//! An open study.

use std::path::PathBuf;
use std::sync::Mutex;

use jobs::RunId;
use jobs_cli::best::best;
use jobs_cli::best_configuration::BestConfiguration;
use jobs_cli::by_hand;
use jobs_cli::failure::Kind;
use jobs_cli::loaded_study::LoadedStudy;
use jobs_cli::open_study::{Opened, open_to_ask};
use jobs_cli::report;
use jobs_core::Steps;
use pyo3::prelude::*;
use serde_json::json;

use crate::errors::exception;
use crate::view;

/// A study that is open for writing. No other process can write to it until it is closed.
#[pyclass(frozen, module = "jobs._jobs")]
pub struct Handle(Mutex<Option<Open>>);

struct Open {
    loaded: LoadedStudy,
    opened: Opened,
}

impl Handle {
    /// Does something with the open study, while other Python threads run.
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut Open) -> anyhow::Result<T> + Send) -> PyResult<T> {
        let done = py.detach(|| {
            let mut open =
                self.0.lock().map_err(|_| anyhow::anyhow!("an earlier call failed inside; open the study again"))?;
            work(open.as_mut().ok_or_else(|| Kind::Input.error("the study is closed"))?)
        });
        done.map_err(|e| exception(&e))
    }
}

#[pymethods]
impl Handle {
    /// Opens the study of a study file, or begins it.
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let open = py.detach(|| {
            let loaded = LoadedStudy::read(&path)?;
            let opened = open_to_ask(&loaded)?;
            anyhow::Ok(Open { loaded, opened })
        });
        Ok(Self(Mutex::new(Some(open.map_err(|e| exception(&e))?))))
    }

    /// The next run to train, as JSON; `None` where the budget is used or pending runs have to finish first.
    fn ask(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, |open| {
            let asked = by_hand::ask(&open.loaded, &mut open.opened)?;
            asked.map(|trial| Ok(view::trial(&open.loaded, &open.opened, &trial)?.to_string())).transpose()
        })
    }

    /// The runs without a result, as a JSON list.
    fn pending(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |open| {
            let pending = by_hand::pending(&open.opened.study);
            let trials: anyhow::Result<Vec<_>> =
                pending.iter().map(|trial| view::trial(&open.loaded, &open.opened, trial)).collect();
            Ok(json!(trials?).to_string())
        })
    }

    /// Why `ask` returned `None`.
    fn nothing_to_ask(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |open| Ok(by_hand::nothing_to_ask(&open.opened.study).to_string()))
    }

    /// Records the lines that a trainer would write of a run; the step it reached.
    fn tell(&self, py: Python<'_>, run: u64, lines: String) -> PyResult<u64> {
        self.with(py, |open| {
            let name = format!("reports of run {run}");
            Ok(by_hand::tell(&open.loaded, &mut open.opened, RunId(run), &name, &lines, None)?.0)
        })
    }

    /// Withdraws a run; the steps that are free again.
    fn forget(&self, py: Python<'_>, run: u64) -> PyResult<u64> {
        self.with(py, |open| Ok(by_hand::forget(&mut open.opened, RunId(run))?.1.0))
    }

    /// Gives the study a budget of so many steps, also in its file; the steps left.
    fn extend(&self, py: Python<'_>, total: u64) -> PyResult<u64> {
        self.with(py, |open| {
            let left = by_hand::extend(&open.loaded, &mut open.opened, Steps(total))?;
            open.loaded = LoadedStudy::read(&open.loaded.path)?;
            Ok(left.0)
        })
    }

    /// The recommended configuration, as JSON; `None` before a run has a value.
    fn best(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, |open| {
            let best = BestConfiguration::of(&open.loaded, &open.opened.study)?;
            Ok(best.map(|best| serde_json::to_string(&best)).transpose()?)
        })
    }

    /// All runs, as a JSON list.
    fn runs(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |open| Ok(view::runs(&open.loaded, open.opened.study.history()).to_string()))
    }

    /// Name, metric, budget and what is used of it, as JSON.
    fn summary(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |open| {
            let (h, loaded) = (open.opened.study.history(), &open.loaded);
            let budget = &h.problem().budget;
            let summary = json!({
                "name": loaded.name(), "metric": loaded.metric(), "maximise": loaded.direction.maximise, "seed": loaded.file.seed,
                "method": loaded.file.method.name, "spent": h.spent(), "total": budget.total, "full": budget.full, "early": budget.early,
                "runs": h.runs().len(), "path": loaded.path,
            });
            Ok(summary.to_string())
        })
    }

    /// The report as one HTML page.
    fn report(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |open| {
            let best = best(&open.loaded, &open.opened.study)?;
            let best = best.ok_or_else(|| Kind::Nothing.error("no run has a value yet"))?;
            report::page(&open.loaded, &open.opened.study, &best)
        })
    }

    /// Releases the study's lock.
    fn close(&self, py: Python<'_>) {
        py.detach(|| drop(self.0.lock().map(|mut open| open.take())));
    }
}

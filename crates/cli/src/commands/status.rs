use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jobs::{History, JournalHeader, Observer, Phase, Report, RunRecord, Status, Study, Trial};
use serde::{Deserialize, Serialize};

use crate::args::StatusArgs;
use crate::failure::Kind;
use crate::output::{columns, show};
use crate::read_study::read_history;
use crate::study_file::LoadedStudy;

/// Rows of the table, where not all are asked for.
const ROWS: usize = 12;
/// Cells of the bar.
const BAR: usize = 30;

#[derive(Serialize, Deserialize)]
struct View {
    study: String,
    method: String,
    metric: String,
    spent: u64,
    total: u64,
    runs: usize,
    by_status: BTreeMap<String, usize>,
    by_phase: BTreeMap<String, usize>,
    best: Option<Row>,
    rows: Vec<Row>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Row {
    run: u64,
    phase: Phase,
    status: Status,
    step: u64,
    to: u64,
    /// In the metric's own terms.
    last: Option<f64>,
    best: Option<f64>,
}

/// `jobs status`
pub(super) fn run(args: &StatusArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    if !args.all
        && let Some(view) = Kept::current(loaded)?
    {
        return show(json, &view, || text(&view));
    }
    let history = match read_history(loaded) {
        Ok(history) => history,
        Err(e) if Kind::Nothing.is(&e) && !json => {
            let total = loaded.problem.budget.total;
            return crate::output::emit(&format!(
                "{}: nothing has been run yet, 0 of {total} steps; `jobs run` begins\n",
                loaded.name()
            ));
        }
        Err(e) => return Err(e),
    };
    let view = View::of(loaded, &history, if args.all { usize::MAX } else { ROWS });
    show(json, &view, || text(&view))
}

impl View {
    fn of(loaded: &LoadedStudy, h: &History, rows: usize) -> Self {
        let (mut by_status, mut by_phase): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
        for r in h.runs() {
            *by_status.entry(word(r.status).into()).or_default() += 1;
            *by_phase.entry(r.phase.to_string()).or_default() += 1;
        }
        let skip = h.runs().len().saturating_sub(rows);
        Self {
            study: loaded.name(),
            method: loaded.file.method.name.clone(),
            metric: loaded.metric().to_owned(),
            spent: h.spent().0,
            total: h.problem().budget.total.0,
            runs: h.runs().len(),
            by_status,
            by_phase,
            best: h.best_finished().map(|(r, _)| row(loaded, h, r)),
            rows: h.runs()[skip..].iter().map(|r| row(loaded, h, r)).collect(),
        }
    }
}

/// The status as the driving process left it, so that looking at a long journal takes no time. It counts only as long as the
/// journal is as long as it was, and of the same study; the journal is the truth.
#[derive(Serialize, Deserialize)]
struct Kept {
    header: JournalHeader,
    journal_bytes: u64,
    view: View,
}

impl Kept {
    fn current(loaded: &LoadedStudy) -> anyhow::Result<Option<View>> {
        let (journal, kept) = (loaded.journal()?, loaded.runs()?.join("status.json"));
        let read = || {
            let bytes = fs::metadata(&journal).ok()?.len();
            let kept: Self = serde_json::from_slice(&fs::read(&kept).ok()?).ok()?;
            (kept.journal_bytes == bytes && kept.header == loaded.header()).then_some(kept.view)
        };
        Ok(read())
    }
}

/// Keeps the status beside the journal. Where that fails nothing is lost: `jobs status` reads the journal then.
pub(super) struct StatusFile<'a> {
    loaded: &'a LoadedStudy,
    path: PathBuf,
    journal: PathBuf,
}

impl<'a> StatusFile<'a> {
    pub(super) fn of(loaded: &'a LoadedStudy) -> anyhow::Result<Self> {
        Ok(Self { loaded, path: loaded.runs()?.join("status.json"), journal: loaded.journal()? })
    }

    fn write(&self, study: &Study) {
        let Ok(journal) = fs::metadata(&self.journal) else { return };
        let view = View::of(self.loaded, study.history(), ROWS);
        let kept = Kept { header: self.loaded.header(), journal_bytes: journal.len(), view };
        let part = self.path.with_extension("part");
        if let Ok(text) = serde_json::to_vec(&kept) {
            let _ = fs::write(&part, text).and_then(|()| fs::rename(&part, &self.path));
        }
    }
}

impl Observer for StatusFile<'_> {
    fn asked(&mut self, study: &Study, _trial: &Trial) -> Result<(), String> {
        self.write(study);
        Ok(())
    }

    fn told(&mut self, study: &Study, _report: &Report) -> Result<(), String> {
        self.write(study);
        Ok(())
    }
}

fn row(loaded: &LoadedStudy, history: &History, r: &RunRecord) -> Row {
    let turn = |v: f64| loaded.direction.turn(v);
    Row {
        run: r.id.0,
        phase: r.phase,
        status: r.status,
        step: r.step.0,
        to: r.to.0,
        last: r.curve.last().map(|(_, v)| turn(v)),
        best: history.problem().target.of(&r.curve).map(turn),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "running",
        Status::Paused => "paused",
        Status::Finished => "finished",
        Status::Diverged => "diverged",
    }
}

fn text(view: &View) -> String {
    let share = view.spent as f64 / view.total.max(1) as f64;
    let full = ((share * BAR as f64) as usize).min(BAR);
    let bar = "#".repeat(full) + &".".repeat(BAR - full);
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "{} ({})\n[{bar}] {} of {} steps, {:.0} %\n",
        view.study,
        view.method,
        view.spent,
        view.total,
        100.0 * share
    );
    out += &format!("{} runs: {}\n", view.runs, list(&view.by_status));
    if let Some(Row { run, best: Some(best), .. }) = &view.best {
        out += &format!("best full run: {run}, {} {best:.4}\n", view.metric);
    }
    if view.rows.len() < view.runs {
        out += &format!("the last {} (--all lists every run):\n", view.rows.len());
    }
    let number = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.4}"));
    let rows: Vec<Vec<String>> = view
        .rows
        .iter()
        .map(|r| {
            let steps = if r.step == r.to { r.step.to_string() } else { format!("{} -> {}", r.step, r.to) };
            vec![r.run.to_string(), r.phase.to_string(), word(r.status).into(), steps, number(r.last), number(r.best)]
        })
        .collect();
    out + "\n" + &columns(&["run", "phase", "state", "steps", "last", "value"], &rows)
}

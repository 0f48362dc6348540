use anyhow::Context;
use budget::{BoundModel, ErrorRole, OnlineRule};
use jobs::{DriveOptions, InlineExecutor, Method, Phase, Problem, Study, drive};
use jobs_core::{Budget, Seed};
use methods::{OnlineJobs, jobs_with_full_runs};
use serde::Serialize;

use crate::tasks::{TARGET, Task};

/// How N is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    Fixed(u64),
    /// Decided after each full run, by the bound with the predictor's error in this role.
    Online(ErrorRole),
}

impl Choice {
    pub(super) fn name(self) -> String {
        match self {
            Self::Fixed(n) => n.to_string(),
            Self::Online(ErrorRole::Noise) => ONLINE[0].into(),
            Self::Online(ErrorRole::Misspecification) => ONLINE[1].into(),
        }
    }
}

/// What tables call the online choices: by the paper's bound, and by the misspecified one.
pub(super) const ONLINE: [&str; 2] = ["online", "online-misspecified"];

/// One search.
pub(super) struct Cell<'a> {
    pub(super) task: &'a Task,
    pub(super) choice: Choice,
    pub(super) budget: Budget,
    pub(super) seed: u64,
}

/// Its result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) task: String,
    /// N as told, or one of [`ONLINE`].
    pub(crate) choice: String,
    pub(crate) seed: u64,
    /// Full runs learnt from.
    pub(crate) full_runs: u64,
    /// Noise-free loss of the recommendation above the optimum.
    pub(crate) regret: f64,
}

impl Cell<'_> {
    pub(super) fn run(&self) -> anyhow::Result<Row> {
        let problem = Problem::new(self.task.trainer.space().clone(), self.budget, TARGET, Seed(self.seed));
        let method: Box<dyn Method> = match self.choice {
            Choice::Fixed(n) => Box::new(jobs_with_full_runs(&problem, n)?),
            Choice::Online(role) => {
                let model = BoundModel { role, ..BoundModel::default() };
                let rule = OnlineRule { model, verification_runs: 0, ..OnlineRule::default() };
                Box::new(OnlineJobs::new(&problem, rule))
            }
        };
        let mut study = Study::new(problem, method)?;
        drive(&mut study, &mut InlineExecutor::new(self.task.trainer.as_ref()), &mut [], DriveOptions::default())?;
        let best = study.best()?.context("the study ended without a recommendation")?;
        let full_runs = study.history().runs().iter().filter(|r| r.phase == Phase::Learn).count() as u64;
        let regret = self.task.oracle(&best.point)? - self.task.optimum;
        Ok(Row { task: self.task.name.clone(), choice: self.choice.name(), seed: self.seed, full_runs, regret })
    }
}

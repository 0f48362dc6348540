//! A journal of 100,000 events: reading it, and the study it leads to.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use jobs::{Event, History, Journal, JournalHeader, Phase, Problem, RunId};
use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};

const EVENTS: usize = 100_000;

/// A space of 19 dimensions, as the recorded LoRA runs have.
fn problem() -> Problem {
    let mut text = String::from(
        "[[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]\n",
    );
    for (name, kind) in [("layers", "integer"), ("rank", "integer"), ("dropout", "real"), ("alpha", "real")] {
        text += &format!("[[dimension]]\nname = \"lora_{name}\"\nkind = \"{kind}\"\nlow = 1\nhigh = 32\n");
    }
    for name in ["q", "v", "up", "down", "gate", "front"] {
        text += &format!("[[dimension]]\nname = \"lora_{name}_proj\"\nkind = \"boolean\"\n");
    }
    let budget = Budget { total: Steps(u64::MAX / 2), full: Steps(625), early: Steps(100) };
    Problem::new(SearchSpace::from_toml_str(&text).unwrap(), budget, Target::Best, Seed(0))
}

/// 50,000 early runs, each asked for and told with four evaluations.
fn write(path: &Path, problem: &Problem) {
    let mut journal = Journal::create(path, &JournalHeader::of(problem, "random")).unwrap();
    let points = problem.space.design(1000, Seed(1));
    let mut events = Vec::with_capacity(EVENTS);
    for run in 0..EVENTS as u64 / 2 {
        let point = points[run as usize % points.len()].record();
        events.push(Event::Start { run: RunId(run), point, to: Steps(100), phase: Phase::Search });
        let evaluations = (1..=4).map(|i| (Steps(25 * i), 1.0 + 1.0 / (run + i) as f64)).collect();
        events.push(Event::Tell { run: RunId(run), step: Steps(100), evaluations, diverged_at: None });
    }
    journal.append(&events).unwrap();
}

fn journal(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (path, problem) = (folder.path().join("journal"), problem());
    write(&path, &problem);
    let mut group = c.benchmark_group("journal of 100,000 events");
    group.sample_size(10);
    group.bench_function("read", |b| b.iter(|| Journal::peek(&path).unwrap().events.len()));
    group.bench_function("read and replay", |b| {
        b.iter(|| {
            let events = Journal::peek(&path).unwrap().events;
            History::replay(problem.clone(), events).unwrap().runs().len()
        });
    });
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);

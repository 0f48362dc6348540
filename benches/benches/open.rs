//! Opening a study of 500 runs, a fifth of them promoted: with the state of its method, and without it.
#![allow(missing_docs, clippy::unwrap_used)]

use benches::observations;
use criterion::{Criterion, criterion_group, criterion_main};
use jobs::{Event, Phase, Problem, RunId, Study};
use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};

const RUNS: usize = 500;
const EARLY: Steps = Steps(100);
const FULL: Steps = Steps(625);

/// A study's events: early runs at random points, every fifth taken to the end.
fn events(space: &SearchSpace) -> Vec<Event> {
    let mut events = vec![];
    let (points, outcomes) = observations(space, RUNS, Seed(1));
    for (i, (point, o)) in points.iter().zip(outcomes).enumerate() {
        let (run, point) = (RunId(i as u64), point.record());
        let losses = |from: u64, to: Steps| {
            let steps = (from..=to.0 / 25).map(|k| Steps(25 * k));
            steps.map(|s| (s, o.y + 1.0 / (1.0 + s.as_f64() / 50.0))).collect()
        };
        let tell = |step, evaluations| Event::Tell { run, step, evaluations, diverged_at: None };
        events.push(Event::Start { run, point, to: EARLY, phase: Phase::Search });
        events.push(tell(EARLY, losses(1, EARLY)));
        if i % 5 == 4 {
            events.push(Event::Advance { run, to: FULL, phase: Phase::Promote });
            events.push(tell(FULL, losses(5, FULL)));
        }
    }
    events
}

fn open(c: &mut Criterion) {
    let space = SearchSpace::from_toml_str(benches::SPACE).unwrap();
    let events = events(&space);
    let budget = Budget { total: Steps(1_000_000), full: FULL, early: EARLY };
    let problem = Problem::new(space, budget, Target::Best, Seed(0));
    let method = || methods::find("jobs").unwrap().make(&problem).unwrap();
    let resume = |kept| Study::resume(problem.clone(), method(), events.clone(), kept).unwrap().0;
    let kept = resume(None).kept_state().unwrap();
    let mut group = c.benchmark_group("open a study of 500 runs");
    group.sample_size(10);
    group.bench_function("with its state", |b| b.iter(|| resume(Some(&kept)).best().unwrap()));
    group.bench_function("without", |b| b.iter(|| resume(None).best().unwrap()));
    group.finish();
}

criterion_group!(benches, open);
criterion_main!(benches);

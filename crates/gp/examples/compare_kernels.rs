//! Which kernel predicts recorded runs best? `cargo run -p gp --example compare_kernels -- ../shared/data/llama3-8b-lora`
//!
//! Held-out predictive log density (nats per outcome, outcomes standardised over the table) and RMSE, by repeated 5-fold
//! cross-validation, hyper-parameters fitted on the training folds; and the log posterior on the whole table.

use std::path::{Path, PathBuf};

use gp::{Gp, GpOptions, Kernel, KernelSpec, Mixing, Profile, SimplexWarp};
use jobs_core::{Observation, OutcomeTable, Posterior, RunTable, SearchSpace, Seed, Surrogate, Target};
use rand::seq::SliceRandom;

const REPEATS: u64 = 4;
const FOLDS: usize = 5;

fn specs() -> Vec<(String, KernelSpec)> {
    let mixings = [Mixing::Plain, Mixing::Product, Mixing::SumProduct, Mixing::SumProductApart];
    let simplexes = [
        SimplexWarp::Shares,
        SimplexWarp::Sqrt { eps: 1e-3 },
        SimplexWarp::Log { eps: 1e-2 },
        SimplexWarp::Log { eps: 1e-3 },
        SimplexWarp::Log { eps: 1e-4 },
    ];
    let mut specs = vec![];
    for mixing in mixings {
        for simplex in simplexes {
            for log_integers in [false, true] {
                specs.push(KernelSpec { profile: Profile::Matern52, mixing, simplex, log_integers });
            }
        }
    }
    for profile in [Profile::Matern12, Profile::Matern32, Profile::Rbf] {
        specs.push(KernelSpec { profile, ..KernelSpec::default() });
    }
    let name =
        |s: &KernelSpec| format!("{:?} {:?} {:?} log_integers={}", s.mixing, s.simplex, s.profile, s.log_integers);
    specs.into_iter().map(|s| (name(&s), s)).collect()
}

fn data(folder: &Path, task: &str, name: &str) -> Result<(SearchSpace, Vec<Observation>), Box<dyn std::error::Error>> {
    let table = RunTable::read(&folder.join("task_loss").join(task))?;
    let space = table.space.clone();
    let mut data = vec![];
    if name == "random" {
        let outcomes = OutcomeTable::read(&folder.join("task_loss_outcomes").join(task), &space, &table.metric)?;
        for o in outcomes.outcomes {
            data.push(Observation { x: space.encode(&o.point), y: o.best_loss, noise_variance: 0.0 });
        }
    } else {
        for run in &table.runs {
            if let Some(y) = Target::Best.of(&run.curve) {
                data.push(Observation { x: space.encode(&run.point), y, noise_variance: 0.0 });
            }
        }
    }
    let mean = data.iter().map(|o| o.y).sum::<f64>() / data.len() as f64;
    let sd = (data.iter().map(|o| (o.y - mean).powi(2)).sum::<f64>() / data.len() as f64).sqrt();
    data.iter_mut().for_each(|o| o.y = (o.y - mean) / sd);
    Ok((space, data))
}

/// (mean log density, rmse)
fn cross_validate(space: &SearchSpace, data: &[Observation], spec: KernelSpec) -> (f64, f64) {
    let (mut density, mut squares, mut count) = (0.0, 0.0, 0.0);
    for repeat in 0..REPEATS {
        let mut order: Vec<usize> = (0..data.len()).collect();
        order.shuffle(&mut Seed(7).stream("folds", repeat));
        for fold in 0..FOLDS {
            let (mut train, mut test) = (vec![], vec![]);
            for (i, &index) in order.iter().enumerate() {
                if i % FOLDS == fold { test.push(&data[index]) } else { train.push(data[index].clone()) }
            }
            let mut gp = Gp::new(Kernel::for_space(space, spec), GpOptions::default());
            if let Err(error) = gp.fit(&train, Seed(0)) {
                eprintln!("{error}");
                continue;
            }
            for o in test {
                let belief = gp.predict(&o.x);
                let variance = belief.variance + gp.noise_variance();
                let error = o.y - belief.mean;
                density -= 0.5 * ((2.0 * std::f64::consts::PI * variance).ln() + error * error / variance);
                squares += error * error;
                count += 1.0;
            }
        }
    }
    (density / count, (squares / count).sqrt())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or("../shared/data/llama3-8b-lora".into()));
    let random = ["commonsense_qa", "gsm8k", "mmlu", "triviaqa", "truthfulqa_gen"].map(|t| (t, "random"));
    let searched =
        ["arc_challenge", "commonsense_qa", "gsm8k", "mmlu", "triviaqa", "truthfulqa_gen"].map(|t| (t, "search"));
    let mut tables = vec![];
    for (task, name) in random.into_iter().chain(searched) {
        tables.push(data(&folder, task, name)?);
    }
    println!("log density: mean of 5 tables of random runs, of 6 of searches; rmse likewise; then each table");
    let mut rows: Vec<(f64, String)> = vec![];
    for (name, spec) in specs() {
        let results: Vec<(f64, f64)> = tables.iter().map(|(space, data)| cross_validate(space, data, spec)).collect();
        let mean = |r: &[(f64, f64)], f: fn(&(f64, f64)) -> f64| r.iter().map(f).sum::<f64>() / r.len() as f64;
        let (a, b) = results.split_at(5);
        let (da, db) = (mean(a, |r| r.0), mean(b, |r| r.0));
        let each: Vec<String> = results.iter().map(|r| format!("{:.2}", r.0)).collect();
        let line =
            format!("{da:7.3} {db:7.3}  {:.3} {:.3}  [{}]  {name}", mean(a, |r| r.1), mean(b, |r| r.1), each.join(" "));
        rows.push((da + db, line));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows.iter().for_each(|(_, line)| println!("{line}"));
    Ok(())
}

use std::path::{Path, PathBuf};

use cpu_time::ThreadTime;
use gp::{Gp, GpOptions, Kernel, KernelSpec, Mixing, Profile, SimplexWarp};
use jobs_core::{Observation, OutcomeTable, Posterior, RunTable, SearchSpace, Seed, Surrogate, Target};
use serde_json::{Value, json};

use crate::data::coordinates;

/// Parts into which a table is cut for predictions of what a model has not seen.
const FOLDS: usize = 5;

/// Kernels whose likelihoods are compared.
fn specs() -> [(&'static str, KernelSpec); 3] {
    let shares = KernelSpec {
        profile: Profile::Matern52,
        mixing: Mixing::Plain,
        simplex: SimplexWarp::Shares,
        log_integers: false,
    };
    [
        ("default", KernelSpec::default()),
        ("one Matern over all", shares),
        ("BoTorch's mixed", KernelSpec { mixing: Mixing::SumProductApart, ..shares }),
    ]
}

/// Prints a line for each table and kernel.
pub(crate) fn print(folder: &Path) -> anyhow::Result<()> {
    for (name, space, data) in tables(folder)? {
        for (kernel, spec) in specs() {
            println!("{}", fitted(&name, kernel, &space, &data, spec)?);
        }
    }
    Ok(())
}

/// Prints a line of data for each table.
pub(crate) fn print_tables(folder: &Path) -> anyhow::Result<()> {
    for (table, space, data) in tables(folder)? {
        let x: Vec<&[f64]> = data.iter().map(|o| o.x.as_slice()).collect();
        let y: Vec<f64> = data.iter().map(|o| o.y).collect();
        println!("{}", json!({"table": table, "coordinates": coordinates(&space), "x": x, "y": y}));
    }
    Ok(())
}

type Table = (String, SearchSpace, Vec<Observation>);

/// Every run table (target: the lowest loss of a run) and outcome table under the folder's folders.
fn tables(folder: &Path) -> anyhow::Result<Vec<Table>> {
    let mut tables = vec![];
    for kind in folders(folder)? {
        for task in folders(&kind)? {
            let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let title = format!("{}/{}", name(&kind), name(&task));
            let mut data = vec![];
            if task.join("curves.csv").exists() {
                let table = RunTable::read(&task)?;
                let mut observe = |x, y| data.push(Observation { x, y, noise_variance: 0.0 });
                for run in &table.runs {
                    if let Some(y) = Target::Best.of(&run.curve) {
                        observe(table.space.encode(&run.point), y);
                    }
                }
                tables.push((title, table.space, data));
            } else {
                let space = RunTable::read(&folder.join("task_loss").join(name(&task)))?;
                for o in OutcomeTable::read(&task, &space.space, &space.metric)?.outcomes {
                    data.push(Observation { x: space.space.encode(&o.point), y: o.best_loss, noise_variance: 0.0 });
                }
                tables.push((title, space.space, data));
            }
        }
    }
    Ok(tables)
}

fn folders(of: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of)?.filter_map(|e| Some(e.ok()?.path())).collect();
    folders.retain(|p| p.is_dir());
    folders.sort();
    Ok(folders)
}

/// Mean log density of each observation, in its own units, by models fitted to the others' folds (observation i is in fold i mod 5).
fn held_out(space: &SearchSpace, data: &[Observation], spec: KernelSpec) -> anyhow::Result<f64> {
    let mut total = 0.0;
    for fold in 0..FOLDS {
        let part =
            |inside: bool| data.iter().enumerate().filter(move |(i, _)| (i % FOLDS == fold) == inside).map(|(_, o)| o);
        let train: Vec<Observation> = part(false).cloned().collect();
        let mut gp = Gp::new(Kernel::for_space(space, spec), GpOptions::default());
        gp.fit(&train, Seed(0))?;
        for o in part(true) {
            let belief = gp.predict(&o.x);
            let variance = belief.variance + gp.noise_variance();
            total -= 0.5 * ((o.y - belief.mean).powi(2) / variance + (std::f64::consts::TAU * variance).ln());
        }
    }
    Ok(total / data.len() as f64)
}

fn fitted(
    table: &str,
    name: &str,
    space: &SearchSpace,
    data: &[Observation],
    spec: KernelSpec,
) -> anyhow::Result<Value> {
    let mut gp = Gp::new(Kernel::for_space(space, spec), GpOptions::default());
    let clock = ThreadTime::now();
    gp.fit(data, Seed(0))?;
    let cpu = clock.elapsed().as_secs_f64();
    let at = gp.hyperparameters();
    let (shift, scale) = gp.scaling();
    let parameters: Vec<f64> = at.kernel.iter().copied().chain([at.log_noise]).collect();
    Ok(json!({
        "table": table,
        "spec": name,
        "n": data.len(),
        "coordinates": coordinates(space),
        "kernel": gp.kernel(),
        "log_noise": at.log_noise,
        "mean": at.mean,
        "noise_floor": gp.options().noise_floor,
        "priors": gp.options().priors,
        "x": data.iter().map(|o| o.x.as_slice()).collect::<Vec<_>>(),
        "y": data.iter().map(|o| (o.y - shift) / scale).collect::<Vec<_>>(),
        // of the standardised outcomes, as GPyTorch will see them
        "likelihood": gp.log_marginal_likelihood() + data.len() as f64 * scale.ln(),
        "posterior": gp.log_posterior(&parameters).map(|p| p.0),
        "cpu": cpu,
        "held_out": held_out(space, data, spec)? + scale.ln(),
        "folds": FOLDS,
    }))
}

//! Slices of each landscape, and the pair of share and setting that moves the optimum most.

use crate::tasks::run_tables::named;
use crate::tasks::{TARGET, tasks};
use crate::user_error::user;
use gp::{Gp, KernelSpec};
use jobs_core::{Domain, Observation, Point, Posterior, RunTable, SearchSpace, Seed, Surrogate, Value};
use serde::Serialize;
use std::path::PathBuf;

/// Cells of a slice.
pub(super) const COLUMNS: usize = 40;

pub(super) const ROWS: usize = 24;

#[derive(Serialize)]
pub(super) struct Row {
    task: String,
    pub(super) domain: String,
    pub(super) number: String,
    landscape: &'static str,
    value: f64,
    best_share: f64,
    loss: f64,
    loss_at_overall_best_share: f64,
}

/// A landscape with where to look at it.
pub(super) struct Landscape {
    pub(super) task: String,
    pub(super) kind: &'static str,
    pub(super) best: Point,
    pub(super) value: Box<dyn Fn(&Point) -> f64>,
    /// Recorded runs.
    pub(super) runs: Vec<(Point, f64)>,
}

pub(super) fn emulated() -> anyhow::Result<Vec<Landscape>> {
    let landscape = |task: crate::tasks::Task| {
        let space = task.trainer.space().clone();
        // near the optimum is enough: the lowest of many design points, improved along the slice anyway
        let best = space.design(4000, Seed(0)).into_iter().min_by(|a, b| {
            let value = |p: &Point| task.oracle(p).unwrap_or(f64::INFINITY);
            value(a).total_cmp(&value(b))
        });
        let best = best.ok_or_else(|| user("an empty space"))?;
        let name = task.name.clone();
        let value = Box::new(move |p: &Point| task.oracle(p).unwrap_or(f64::NAN));
        Ok(Landscape { task: name, kind: "emulator", best, value, runs: vec![] })
    };
    tasks(&[], &[])?.into_iter().map(landscape).collect()
}

pub(super) fn recorded(folders: &[PathBuf]) -> anyhow::Result<Vec<Landscape>> {
    let landscape = |(folder, task): (PathBuf, String)| {
        let table = RunTable::read(&folder).map_err(user)?;
        let known = table.runs.iter().filter_map(|r| Some((&r.point, TARGET.of(&r.curve)?)));
        let known: Vec<(&Point, f64)> = known.collect();
        let best = known.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|b| b.0.clone());
        let best = best.ok_or_else(|| user(format!("{}: no run has a loss", folder.display())))?;
        let space = table.space.clone();
        let data: Vec<Observation> =
            known.iter().map(|(p, y)| Observation { x: space.encode(p), y: *y, noise_variance: 0.0 }).collect();
        let mut model = Gp::for_space(&space, KernelSpec::default());
        model.fit(&data, Seed(0))?;
        let runs = known.iter().map(|(p, y)| ((*p).clone(), *y)).collect();
        let value = Box::new(move |p: &Point| model.predict(&space.encode(p)).mean);
        Ok(Landscape { task, kind: "recorded runs", best, value, runs })
    };
    named(folders).into_iter().map(landscape).collect()
}

/// Which share and which number of the model the slice moves.
#[derive(Clone)]
pub(super) struct Axes {
    simplex: usize,
    part: usize,
    pub(super) domain: String,
    rank: usize,
    pub(super) number: String,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Axes {
    /// One for each part of the first simplex.
    fn all(space: &SearchSpace, task: &str) -> anyhow::Result<Vec<Self>> {
        let parts = space.dimensions().iter().find_map(|d| match &d.domain {
            Domain::Simplex { parts } => Some(parts.len()),
            _ => None,
        });
        let numbers = (0..space.dimensions().len()).filter(|&i| positive(&space.dimensions()[i].domain).is_some());
        let numbers: Vec<usize> = numbers.collect();
        let pairs = (0..parts.unwrap_or(0)).flat_map(|part| numbers.iter().map(move |&n| (part, n)));
        let all: Vec<Self> = pairs.filter_map(|(part, number)| Self::of(space, part, number)).collect();
        if all.is_empty() {
            return Err(user(format!("{task}: the space needs a simplex and a positive number (lora_rank, say)")));
        }
        Ok(all)
    }

    pub(super) fn of(space: &SearchSpace, part: usize, rank: usize) -> Option<Self> {
        let dimensions = space.dimensions();
        let found = dimensions.iter().enumerate().find_map(|(i, d)| match &d.domain {
            Domain::Simplex { parts } => Some((i, parts.get(part)?.clone())),
            _ => None,
        });
        let ((simplex, domain), (low, high)) = (found?, positive(&dimensions[rank].domain)?);
        Some(Self { simplex, part, domain, rank, number: dimensions[rank].name.clone(), low, high })
    }

    pub(super) fn share(&self, point: &Point) -> Option<f64> {
        if let Value::Simplex(shares) = &point.values()[self.simplex] { shares.get(self.part).copied() } else { None }
    }

    pub(super) fn rank(&self, point: &Point) -> Option<f64> {
        match point.values()[self.rank] {
            Value::Integer(v) => Some(v as f64),
            Value::Real(v) => Some(v),
            _ => None,
        }
    }

    /// The best configuration with this share and rank.
    pub(super) fn at(&self, best: &Point, share: f64, rank: f64) -> Option<Point> {
        let mut values = best.values().to_vec();
        if let Value::Simplex(shares) = &mut values[self.simplex] {
            let others: f64 = shares.iter().enumerate().filter(|(i, _)| *i != self.part).map(|(_, s)| s).sum();
            let even = 1.0 / (shares.len() - 1) as f64;
            for (i, s) in shares.iter_mut().enumerate() {
                let weight = if others > 1e-9 { *s / others } else { even };
                *s = if i == self.part { share } else { (1.0 - share) * weight };
            }
        }
        values[self.rank] = match values[self.rank] {
            Value::Integer(_) => Value::Integer(rank.round() as i64),
            _ => Value::Real(rank.clamp(self.low, self.high)),
        };
        best.space().point(values).ok()
    }
}

/// The range of a number above 0.
fn positive(domain: &Domain) -> Option<(f64, f64)> {
    match domain {
        Domain::Integer { low, high, .. } if *low > 0 => Some((*low as f64, *high as f64)),
        Domain::Real { low, high, .. } if *low > 0.0 => Some((*low, *high)),
        _ => None,
    }
}

pub(super) struct Slice {
    pub(super) axes: Axes,
    pub(super) cells: Vec<Vec<f64>>,
    /// (share, rank).
    pub(super) best: Vec<(f64, f64)>,
    /// Mean over ranks of what the share that is best overall costs.
    pub(super) cost: f64,
}

pub(super) fn middle(i: usize, n: usize) -> f64 {
    (i as f64 + 0.5) / n as f64
}

impl Slice {
    /// The slice along the domain that moves most.
    pub(super) fn of(landscape: &Landscape, rows: &mut Vec<Row>) -> anyhow::Result<Self> {
        let all = Axes::all(landscape.best.space(), &landscape.task)?;
        let slices = all.into_iter().map(|axes| Self::along(landscape, axes));
        let best = slices.max_by(|a, b| a.0.cost.total_cmp(&b.0.cost));
        let (slice, own) = best.ok_or_else(|| user("an empty simplex"))?;
        rows.extend(own);
        Ok(slice)
    }

    fn along(landscape: &Landscape, axes: Axes) -> (Self, Vec<Row>) {
        let ranks: Vec<f64> = (0..ROWS).map(|i| axes.low * (axes.high / axes.low).powf(middle(i, ROWS))).collect();
        let value =
            |share: f64, rank: f64| axes.at(&landscape.best, share, rank).map_or(f64::NAN, |p| (landscape.value)(&p));
        let cells: Vec<Vec<f64>> =
            ranks.iter().map(|&rank| (0..COLUMNS).map(|j| value(middle(j, COLUMNS), rank)).collect()).collect();
        let lowest = |row: &[f64]| (0..COLUMNS).min_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        let total = |j: usize| cells.iter().map(|row| row[j]).sum::<f64>();
        let overall = (0..COLUMNS).min_by(|&a, &b| total(a).total_cmp(&total(b))).unwrap_or(0);
        let (mut best, mut rows, mut cost) = (vec![], vec![], 0.0);
        for (row, &rank) in cells.iter().zip(&ranks) {
            let j = lowest(row);
            best.push((middle(j, COLUMNS), rank));
            cost += (row[overall] - row[j]) / ROWS as f64;
            rows.push(Row {
                task: landscape.task.clone(),
                domain: axes.domain.clone(),
                number: axes.number.clone(),
                landscape: landscape.kind,
                value: rank,
                best_share: middle(j, COLUMNS),
                loss: row[j],
                loss_at_overall_best_share: row[overall],
            });
        }
        (Self { axes, cells, best, cost }, rows)
    }
}

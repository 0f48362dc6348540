//! Accuracy of the predictor, by cross-validation on full runs.

use jobs::Status;
use jobs_core::{Example, Steps};
use plot::style::{Marker, NOTE};
use plot::{Axis, Stroke, Svg, marks};

use super::charts::{FULL, finish, panel};
use super::view::{View, range};
use crate::choice::predictor;
use crate::numbers::number;

/// Folds of the cross-validation.
const FOLDS: usize = 5;
/// Minimum number of full runs.
const FEWEST: usize = 6;
/// Most full runs that are predicted, evenly spaced in their order. More would show the same and take seconds.
const MOST: usize = 100;
/// Half-width of a 90 % interval, in standard deviations.
const NINETY: f64 = 1.645;

/// Predicted and measured metrics, with standard deviations.
pub(super) struct Predictions {
    rows: Vec<(f64, f64, f64)>,
}

impl Predictions {
    /// Predicts full runs that have values in their early part. `None` if there are too few.
    pub(super) fn of(view: &View<'_>) -> anyhow::Result<Option<Self>> {
        let (problem, history) = (&view.loaded.problem, view.study.history());
        let early = problem.budget.early;
        let full = history
            .runs()
            .iter()
            .filter(|r| r.status == Status::Finished && r.curve.steps().first().is_some_and(|s| *s <= early));
        let examples: Vec<Example> = full
            .filter_map(|r| Some(Example { point: r.point.clone(), curve: r.curve.clone(), value: history.value(r)? }))
            .collect();
        if examples.len() < FEWEST || early >= problem.budget.full {
            return Ok(None);
        }
        let count = examples.len().min(MOST);
        let examples: Vec<&Example> = (0..count).map(|k| &examples[k * examples.len() / count]).collect();
        let mut rows = vec![];
        for fold in 0..FOLDS {
            let others: Vec<Example> =
                examples.iter().enumerate().filter(|(i, _)| i % FOLDS != fold).map(|(_, e)| (*e).clone()).collect();
            let mut predictor = predictor(&view.loaded.file.method);
            predictor.fit(&problem.space, &others, early, problem.seed.derive("report", fold as u64))?;
            for e in examples.iter().skip(fold).step_by(FOLDS) {
                let belief = predictor.predict(&e.point, &e.curve.up_to(Steps(early.0)))?;
                rows.push((view.loaded.direction.turn(belief.mean), view.loaded.direction.turn(e.value), belief.sd()));
            }
        }
        Ok(Some(Self { rows }))
    }

    /// The caption of the chart.
    pub(super) fn caption(&self) -> String {
        let n = self.rows.len() as f64;
        let rmse = (self.rows.iter().map(|(p, v, _)| (p - v).powi(2)).sum::<f64>() / n).sqrt();
        let within = self.rows.iter().filter(|(p, v, sd)| (p - v).abs() <= NINETY * sd).count();
        format!(
            "{} full runs, each predicted from its first steps by a predictor fitted without it. Root mean squared error {}; {within} values are within their 90 % interval.",
            self.rows.len(),
            number(rmse)
        )
    }

    pub(super) fn chart(&self, view: &View<'_>) -> Svg {
        let all = self.rows.iter().flat_map(|(p, v, _)| [*p, *v]).collect();
        let (low, high) = range(all, 1.0, false);
        let (mut svg, panel) = panel(Axis::linear(low, high, 5), Axis::linear(low, high, 5));
        panel.grid(&mut svg);
        svg.clipped(panel.frame, |svg| {
            marks::line(svg, &panel, &[(low, low), (high, high)], Stroke::dashed(NOTE, 1.0, &[4.0, 3.0]));
            for (p, v, sd) in &self.rows {
                marks::line(svg, &panel, &[(p - NINETY * sd, *v), (p + NINETY * sd, *v)], Stroke::solid(FULL, 0.8));
            }
            for (p, v, _) in &self.rows {
                let words = format!("predicted {}, measured {}", number(*p), number(*v));
                svg.hover(&words, |svg| marks::scatter(svg, &panel, &[(*p, *v)], Marker::Circle, 3.6, FULL));
            }
        });
        finish(&mut svg, &panel, "predicted from the first steps, with 90 % interval", view.loaded.metric());
        svg
    }
}

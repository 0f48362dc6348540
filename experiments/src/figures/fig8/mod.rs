//! fig8: seconds to fit, condition and suggest, against the number of runs in the surrogate.

mod picture;
mod rows;

use self::picture::picture;
use self::rows::{Row, SEEN, lowest};
use crate::figures::{FigureArgs, finish};
use crate::tasks::tasks;
use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs_core::{Acquisition, Maximiser, Observation, SearchContext, Seed, Surrogate};
use manifest::ManifestBuilder;

/// Times and draws it.
pub fn run(args: &FigureArgs) -> anyhow::Result<()> {
    let out = args.folder("fig8")?;
    let manifest =
        ManifestBuilder::start(&serde_json::json!({"experiment": "fig8", "seeds": [0], "runs": SEEN, "repeats": 3}));
    let task = tasks(&["gsm8k".to_owned()], &[])?.remove(0);
    let space = task.trainer.space();
    let points = space.design(*SEEN.last().unwrap_or(&1) + 1, Seed(0));
    let mut data = vec![];
    for point in &points {
        data.push(Observation { x: space.encode(point), y: task.oracle(point)?, noise_variance: 1e-4 });
    }
    let mut rows = vec![];
    for runs in SEEN.into_iter().filter(|n| !args.smoke || *n <= 100) {
        let mut model = Gp::for_space(space, KernelSpec::default());
        let mut ucb = Ucb::new(Beta::Fixed(9.0));
        let dimension = space.encoded_len();
        ucb.prepare(&SearchContext { observations: runs, dimension, incumbent: 0.0, information: None });
        let fit = lowest(1, || model.fit(&data[..runs], Seed(0)).map_err(Into::into))?;
        let mut condition = f64::INFINITY;
        for _ in 0..3 {
            model.condition_on(&data[..runs])?;
            condition = condition.min(lowest(1, || Ok(model.condition_on(&data[..=runs])?))?);
        }
        let suggest = lowest(3, || {
            let found = MixedMaximiser::default().maximise(space, &model, &ucb, &points[..5], Seed(1))?;
            anyhow::ensure!(found.value.is_finite(), "no suggestion");
            Ok(())
        })?;
        for (part, seconds) in [("fit", fit), ("condition", condition), ("suggest", suggest)] {
            rows.push(Row { runs, part, seconds });
        }
    }
    finish("fig8", &rows, &picture(&rows), "Seconds of a decision against runs seen", &out, manifest)
}

//! `trainer pretrain`.

use burn::backend::{Autodiff, Flex};
use jobs_core::Seed;
use trainer::train::{Pretraining, pretrain};

use crate::cli::PretrainArgs;
use crate::output::say;

pub(crate) fn run(args: &PretrainArgs) -> anyhow::Result<()> {
    let how = Pretraining { steps: args.steps, seed: Seed(args.seed), ..Pretraining::default() };
    pretrain::<Autodiff<Flex>>(&how, &args.out, &Default::default(), |step, loss| {
        say(&format!("step {step:5}  loss {loss:.4}"));
    })?;
    say(&format!("Wrote the model to {}", args.out.display()));
    Ok(())
}

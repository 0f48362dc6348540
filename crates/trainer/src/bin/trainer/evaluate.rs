//! `trainer evaluate`.

use anyhow::bail;
use burn::tensor::DType;
use trainer::kernels::{Kernels, Training};
use trainer::train::{TrainSettings, Validation, read_domains};
use trainer::{Base, OnDevice};

use crate::base::with_adapter;
use crate::cli::EvaluateArgs;
use crate::output::{emit, print_notes};
use crate::settings;

pub(crate) fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let s = settings::of(&args.settings)?;
    s.device.run(Evaluate { args, settings: &s })?
}

struct Evaluate<'a> {
    args: &'a EvaluateArgs,
    settings: &'a TrainSettings,
}

impl OnDevice for Evaluate<'_> {
    type Output = anyhow::Result<()>;

    fn run<A: Training>(self, device: &A::Device) -> anyhow::Result<()> {
        evaluate::<A::InnerBackend>(self.args, self.settings, device)
    }
}

fn evaluate<B: Kernels>(args: &EvaluateArgs, s: &TrainSettings, device: &B::Device) -> anyhow::Result<()> {
    let base = Base::<B>::open(&s.model, DType::F32, device)?;
    let (domains, notes) = read_domains(s, &base.tokenizer)?;
    print_notes(&[base.notes(), notes].concat());
    let (decoder, adapter) = with_adapter(base.decoder, args.adapter.as_deref())?;
    let validation = Validation::new(&domains, args.questions, &base.tokenizer, s.sequence)?;
    let losses = validation.losses(&decoder, adapter.as_ref());
    let accuracies = validation.accuracies(&decoder, adapter.as_ref());
    emit(&format!("{:20} {:>10} {:>10} {:>10}", "domain", "loss", "perplexity", "accuracy"))?;
    for ((d, &loss), accuracy) in domains.iter().zip(&losses).zip(accuracies) {
        let accuracy = accuracy.map_or("-".to_owned(), |a| format!("{a:.3}"));
        emit(&format!("{:20} {loss:10.4} {:10.2} {accuracy:>10}", d.name, loss.exp()))?;
    }
    match domains.iter().zip(&losses).find(|(_, loss)| !loss.is_finite()) {
        Some((d, loss)) => bail!("the loss on `{}` is {loss}: the model computes numbers that are not finite", d.name),
        None => Ok(()),
    }
}

//! `trainer evaluate`.

use std::path::Path;

use burn::tensor::DType;
use trainer::data::Domain;
use trainer::kernels::{Kernels, Training};
use trainer::lora::Adapter;
use trainer::train::{TrainSettings, Validation};
use trainer::{Base, OnDevice};

use crate::cli::EvaluateArgs;
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
    let adapter = match &args.adapter {
        Some(folder) => Some(Adapter::<B>::read_peft(folder, &base.decoder.config, device)?),
        None => None,
    };
    let mut domains = vec![];
    for d in &s.domains {
        let domain = Domain::read(d, Path::new(""))?;
        domains.push(domain.encode(&base.tokenizer, s.sequence, s.train_examples, s.validation_examples)?);
    }
    let validation = Validation::new(&domains, args.questions, &base.tokenizer, s.sequence)?;
    let losses = validation.losses(&base.decoder, adapter.as_ref());
    let accuracies = validation.accuracies(&base.decoder, adapter.as_ref());
    println!("{:20} {:>10} {:>10} {:>10}", "domain", "loss", "perplexity", "accuracy");
    for ((d, loss), accuracy) in domains.iter().zip(losses).zip(accuracies) {
        let accuracy = accuracy.map_or("-".to_owned(), |a| format!("{a:.3}"));
        println!("{:20} {loss:10.4} {:10.2} {accuracy:>10}", d.name, loss.exp());
    }
    Ok(())
}

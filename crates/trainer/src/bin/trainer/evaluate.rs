//! `trainer evaluate`.

use std::path::Path;

use burn::backend::Flex;
use burn::tensor::DType;
use trainer::llm::Base;
use trainer::llm::data::Domain;
use trainer::llm::lora::Adapter;
use trainer::llm::train::Validation;

use crate::cli::EvaluateArgs;
use crate::settings;

pub(crate) fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let s = settings::of(&args.settings)?;
    let base: Base<Flex> = Base::open(&s.model, DType::F32, &Default::default())?;
    let adapter: Option<Adapter<Flex>> = match &args.adapter {
        Some(folder) => Some(Adapter::read_peft(folder, &base.decoder.config, &Default::default())?),
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

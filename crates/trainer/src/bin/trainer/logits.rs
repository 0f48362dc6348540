//! `trainer logits`: prints the logits after each of some tokens, for comparison with other programs (`scripts/peft_parity.py`).

use anyhow::bail;
use burn::backend::Flex;
use burn::tensor::DType;
use trainer::Base;
use trainer::model::Rows;

use crate::base::with_adapter;
use crate::cli::LogitsArgs;
use crate::output::emit;

pub(crate) fn run(args: &LogitsArgs) -> anyhow::Result<()> {
    let model = Base::<Flex>::open(&args.model, DType::F32, &Default::default())?.decoder;
    let vocabulary = model.config.vocabulary;
    if args.tokens.is_empty() {
        bail!("--tokens is empty, expected at least one token");
    }
    if args.tokens.len() > model.config.context {
        bail!("--tokens has {} tokens, the model's context is {}", args.tokens.len(), model.config.context);
    }
    if let Some(token) = args.tokens.iter().find(|&&t| t as usize >= vocabulary) {
        bail!("--tokens holds {token}, expected tokens below {vocabulary}, the model's vocabulary");
    }
    let (model, adapter) = with_adapter(model, args.adapter.as_deref())?;
    let input = model.input(&Rows::padded(std::slice::from_ref(&args.tokens)));
    let values: Vec<f32> =
        model.logits(model.hidden(&input, adapter.as_ref(), None)).into_data().iter::<f32>().collect();
    let rows: Vec<&[f32]> = values.chunks(vocabulary).collect();
    emit(&serde_json::to_string(&rows)?)?;
    Ok(())
}

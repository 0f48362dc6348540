//! `trainer merge`.

use anyhow::{Context, bail};
use burn::backend::Flex;
use burn::tensor::DType;
use trainer::lora::Adapter;
use trainer::model::Decoder;
use trainer::weights::encode;
use trainer::{BUILT_IN, Base, write_built_in};

use crate::cli::MergeArgs;

pub(crate) fn run(args: &MergeArgs) -> anyhow::Result<()> {
    let base: Base<Flex> = Base::open(&args.model, DType::F32, &Default::default())?;
    if args.model == BUILT_IN {
        write_built_in(&args.out)?;
    } else {
        let own = std::fs::canonicalize(&args.model)?;
        if std::fs::canonicalize(&args.out).is_ok_and(|out| out == own) {
            bail!("--out is the folder of the model itself, {}; expected another one", args.out.display());
        }
        std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
        // configuration, tokenizer and templates are copied; the weights are rewritten
        for entry in std::fs::read_dir(&args.model)?.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_file() && !name.to_string_lossy().contains(".safetensors") {
                std::fs::copy(&path, args.out.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
            }
        }
    }
    let merged: Decoder<Flex> = match &args.adapter {
        Some(folder) => Adapter::read_peft(folder, &base.decoder.config, &Default::default())?.merge(&base.decoder),
        None => base.decoder,
    };
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let path = args.out.join("model.safetensors");
    jobs_core::files::write_atomic(&path, &encode(&merged.named_tensors(), metadata)?)?;
    println!("Wrote the model to {}", args.out.display());
    Ok(())
}

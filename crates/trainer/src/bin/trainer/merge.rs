//! `trainer merge`.

use std::path::Path;

use anyhow::{Context, bail};
use burn::backend::Flex;
use burn::tensor::DType;
use trainer::weights::encode;
use trainer::{BUILT_IN, Base, write_built_in};

use crate::base::with_adapter;
use crate::cli::MergeArgs;
use crate::output::{print_notes, say};

pub(crate) fn run(args: &MergeArgs) -> anyhow::Result<()> {
    let base: Base<Flex> = Base::open(&args.model, DType::F32, &Default::default())?;
    print_notes(&base.notes());
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
    let (decoder, adapter) = with_adapter(base.decoder, args.adapter.as_deref())?;
    let merged = adapter.map_or(decoder.clone(), |adapter| adapter.merge(&decoder));
    say_tied(&args.out.join("config.json"), merged.config.tied_head)?;
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let path = args.out.join("model.safetensors");
    jobs_core::files::write_atomic(&path, &encode(&merged.named_tensors(), metadata)?)?;
    say(&format!("Wrote the model to {}", args.out.display()));
    Ok(())
}

/// Says in a configuration whether embedding and head are tied, where it says otherwise.
fn say_tied(path: &Path, tied: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut config: serde_json::Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if (config["tie_word_embeddings"] == true) != tied {
        config["tie_word_embeddings"] = tied.into();
        jobs_core::files::write_atomic(path, (serde_json::to_string_pretty(&config)? + "\n").as_bytes())?;
    }
    Ok(())
}

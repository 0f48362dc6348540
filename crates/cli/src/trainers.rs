//! The programs that `jobs init --trainer` writes a script and settings for.

use clap::ValueEnum;

use crate::failure::Kind;

const COMMON: &str = include_str!("../templates/trainers/common.py");
const HUGGING_FACE: &str = include_str!("../templates/trainers/hugging_face.py");
const SFT: &str = include_str!("../templates/trainers/sft.py");
const YAML: &str = include_str!("../templates/trainers/yaml.py");
const DEFAULT: &str = include_str!("../templates/train.py");

/// Modules that may carry an adapter, where `--modules` is not given.
const MODULES: [&str; 5] = ["q_proj", "v_proj", "up_proj", "down_proj", "gate_proj"];
/// The modules that torchtune adapts one by one.
const TORCHTUNE_MODULES: [&str; 4] = ["q_proj", "k_proj", "v_proj", "o_proj"];

/// A program that trains runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Trainer {
    /// TRL's `SFTTrainer`
    Trl,
    /// Axolotl
    Axolotl,
    /// LLaMA-Factory
    LlamaFactory,
    /// torchtune
    Torchtune,
    /// Unsloth
    Unsloth,
}

impl Trainer {
    /// The script, with its parts put together. `None` is the one for Hugging Face Trainer.
    #[must_use]
    pub fn script(this: Option<Self>) -> String {
        let program = match this {
            None => return DEFAULT.to_owned(),
            Some(Self::Trl) => include_str!("../templates/trainers/trl.py"),
            Some(Self::Axolotl) => include_str!("../templates/trainers/axolotl.py"),
            Some(Self::LlamaFactory) => include_str!("../templates/trainers/llama_factory.py"),
            Some(Self::Torchtune) => include_str!("../templates/trainers/torchtune.py"),
            Some(Self::Unsloth) => include_str!("../templates/trainers/unsloth.py"),
        };
        [("{common}\n", COMMON), ("{hugging_face}\n", HUGGING_FACE), ("{sft}\n", SFT), ("{yaml}\n", YAML)]
            .iter()
            .fold(program.to_owned(), |text, (mark, part)| text.replace(mark, part))
    }

    /// Name and text of the program's settings file.
    #[must_use]
    pub const fn settings(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Trl | Self::Unsloth => None,
            Self::Axolotl => Some(("axolotl.yaml", include_str!("../templates/trainers/axolotl.yaml"))),
            Self::LlamaFactory => {
                Some(("llama_factory.yaml", include_str!("../templates/trainers/llama_factory.yaml")))
            }
            Self::Torchtune => Some(("torchtune.yaml", include_str!("../templates/trainers/torchtune.yaml"))),
        }
    }

    /// Whether it can adapt some layers only.
    #[must_use]
    pub const fn chooses_layers(self) -> bool {
        !matches!(self, Self::LlamaFactory | Self::Torchtune)
    }

    /// Whether `lora_alpha` has to be an integer.
    #[must_use]
    pub const fn integer_alpha(self) -> bool {
        matches!(self, Self::Axolotl | Self::LlamaFactory)
    }
}

/// The modules of `--modules`, or those that the program can adapt.
///
/// # Errors
/// A module that torchtune cannot adapt alone.
pub fn modules(trainer: Option<Trainer>, given: &[String]) -> anyhow::Result<Vec<String>> {
    let torchtune = trainer == Some(Trainer::Torchtune);
    if given.is_empty() {
        let known = MODULES.iter().filter(|m| !torchtune || TORCHTUNE_MODULES.contains(m));
        return Ok(known.map(ToString::to_string).collect());
    }
    if let Some(other) = given.iter().find(|m| torchtune && !TORCHTUNE_MODULES.contains(&m.as_str())) {
        let known = TORCHTUNE_MODULES.join(", ");
        let problem = format!("--modules has `{other}`, but torchtune adapts only {known} one by one");
        return Err(Kind::Input.error(problem));
    }
    Ok(given.to_vec())
}

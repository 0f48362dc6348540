use std::path::Path;

use jobs_core::SearchSpace;
use sha2::{Digest, Sha256};

use super::choice::check_model;
use super::{TrainSettings, Validation, check_space, default_space};
use crate::base::Base;
use crate::data::{Domain, DomainSettings, EncodedDomain, TextTokenizer, read_all};
use crate::device::Device;
use crate::error::{LlmError, nearest};
use crate::kernels::Kernels;
use crate::model::ModelConfig;

/// What all runs of a trainer share: settings, space, model and data.
#[derive(Debug)]
pub(crate) struct Shared<B: Kernels> {
    pub(crate) settings: TrainSettings,
    pub(crate) space: SearchSpace,
    pub(crate) base: Base<B>,
    pub(crate) domains: Vec<EncodedDomain>,
    /// What a reader should know about how model and data were read, one sentence each.
    pub(crate) notes: Vec<String>,
    pub(crate) validation: Validation,
    /// Index of the domain whose loss is the learning curve.
    pub(crate) target: usize,
    /// Hash of everything that determines a run besides point and seed.
    pub(crate) fingerprint: String,
    pub(crate) pool: rayon::ThreadPool,
}

impl<B: Kernels> Shared<B> {
    pub(crate) fn open(
        settings: TrainSettings,
        space: Option<SearchSpace>,
        device: &B::Device,
    ) -> Result<Self, LlmError> {
        settings.check()?;
        let target = target(&settings)?;
        let base = Base::<B>::open(&settings.model, settings.precision.into(), device)?;
        let model = &base.decoder.config;
        let space = match space {
            Some(space) => space,
            None => default_space(&settings, model)?,
        };
        check_space(&space, &settings)?;
        check_model(&space, &settings, model)?;
        check_sequence(&settings, model)?;
        let (domains, mut notes) = read_domains(&settings, &base.tokenizer)?;
        notes.splice(0..0, base.notes());
        let validation = Validation::new(&domains, settings.questions, &base.tokenizer, settings.sequence)?;
        let pool = pool(&settings)?;
        let fingerprint = fingerprint(&settings, &space, &domains, &base);
        Ok(Self { settings, space, base, domains, notes, validation, target, fingerprint, pool })
    }

    /// What is left of the target's validation examples: a larger sample begins with the smaller one.
    pub(crate) fn test_set(&self, examples: usize) -> Result<Validation, LlmError> {
        let seen = self.domains[self.target].validation.len();
        let settings = TrainSettings { validation_examples: seen.saturating_add(examples), ..self.settings.clone() };
        let mut all = read_domains(&settings, &self.base.tokenizer)?.0.swap_remove(self.target);
        all.validation.drain(..seen.min(all.validation.len()));
        if all.validation.is_empty() {
            let found = format!("{seen}, all that `{}` has", all.name);
            return Err(LlmError::setting("validation_examples", found, "fewer, so that some are left for a test"));
        }
        Validation::new(&[all], 0, &self.base.tokenizer, self.settings.sequence)
    }

    pub(crate) fn device(&self) -> B::Device {
        self.base.decoder.device()
    }
}

/// Reads and tokenises the domains of some settings; also gives what a reader should know about them, one sentence each.
///
/// An error names the file and line, or the setting at fault.
pub fn read_domains(
    settings: &TrainSettings,
    tokenizer: &TextTokenizer,
) -> Result<(Vec<EncodedDomain>, Vec<String>), LlmError> {
    let (domains, notes) = read_all(&settings.domains, target(settings)?, Path::new(""))?;
    let (train, validation) = (settings.train_examples, settings.validation_examples);
    let encode = |domain: Domain| domain.encode(tokenizer, settings.sequence, train, validation);
    Ok((domains.into_iter().map(encode).collect::<Result<_, _>>()?, notes))
}

/// Index of the target domain.
fn target(settings: &TrainSettings) -> Result<usize, LlmError> {
    let Some(name) = &settings.target else { return Ok(0) };
    let names: Vec<&str> = settings.domains.iter().map(|d| d.name.as_str()).collect();
    names.iter().position(|n| n == name).ok_or_else(|| {
        let hint = nearest(name, names.iter().copied());
        LlmError::setting("target", format!("`{name}`"), format!("a domain ({}){hint}", names.join(", ")))
    })
}

fn check_sequence(settings: &TrainSettings, model: &ModelConfig) -> Result<(), LlmError> {
    if settings.sequence > model.context {
        let expected = format!("at most {}, the context length of the model", model.context);
        return Err(LlmError::setting("sequence", settings.sequence, expected));
    }
    Ok(())
}

fn pool(settings: &TrainSettings) -> Result<rayon::ThreadPool, LlmError> {
    // a GPU processes one micro-batch at a time
    let threads = if settings.device == Device::Cpu { settings.threads.unwrap_or(0) } else { 1 };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| LlmError::Device(format!("cannot start {threads} threads: {e}")))
}

/// SHA-256 of settings, space, data and weights. Left out of the settings, since they change no result: threads, the adapters' folder,
/// the index of the GPU, and where the files lie.
fn fingerprint<B: Kernels>(
    settings: &TrainSettings,
    space: &SearchSpace,
    domains: &[EncodedDomain],
    base: &Base<B>,
) -> String {
    let device = settings.device.first_of_kind();
    let plain = TrainSettings { threads: None, adapters: None, device, model: String::new(), ..settings.clone() };
    let nowhere = |d: &DomainSettings| DomainSettings { path: None, validation: None, ..d.clone() };
    let plain = TrainSettings { domains: settings.domains.iter().map(nowhere).collect(), ..plain };
    let mut hasher = Sha256::new();
    let mut add = |part: &[u8]| {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(format!("{plain:?}").as_bytes());
    add(space.to_toml_string().as_bytes());
    for example in domains.iter().flat_map(|d| d.train.iter().chain(&d.validation)) {
        add(&(example.given as u64).to_le_bytes());
        add(&example.tokens.iter().flat_map(|t| t.to_le_bytes()).collect::<Vec<u8>>());
    }
    add(base.decoder.digest.as_bytes());
    format!("{:x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;

    #[test]
    fn runs_resume_with_other_threads_or_gpus_but_not_on_another_kind_of_device() {
        let shared = Shared::<Flex>::open(TrainSettings::default(), None, &Default::default()).unwrap();
        let of = |settings: TrainSettings| fingerprint(&settings, &shared.space, &shared.domains, &shared.base);
        let on = |device| of(TrainSettings { device, ..shared.settings.clone() });
        assert_eq!(of(TrainSettings { threads: Some(7), ..shared.settings.clone() }), shared.fingerprint);
        assert_eq!(on(Device::Cuda(0)), on(Device::Cuda(3)));
        assert_ne!(on(Device::Cuda(0)), on(Device::Cpu));
        assert_ne!(on(Device::Cuda(0)), on(Device::Wgpu));
    }

    #[test]
    fn runs_resume_in_another_folder_but_not_on_other_weights_or_data() {
        let mut shared = Shared::<Flex>::open(TrainSettings::default(), None, &Default::default()).unwrap();
        let of = |shared: &Shared<Flex>, settings: &TrainSettings| {
            fingerprint(settings, &shared.space, &shared.domains, &shared.base)
        };
        let mut moved = shared.settings.clone();
        moved.model = "/elsewhere".into();
        moved.domains[0].path = Some("/elsewhere/data.jsonl".into());
        assert_eq!(of(&shared, &moved), shared.fingerprint);
        shared.domains[0].train[0].given += 1;
        assert_ne!(of(&shared, &shared.settings), shared.fingerprint, "a prompt that ends elsewhere");
        shared.domains[0].train[0].given -= 1;
        assert_eq!(of(&shared, &shared.settings), shared.fingerprint);
        assert_eq!(shared.base.decoder.digest.len(), 64);
        shared.base.decoder.digest = "0".repeat(64);
        assert_ne!(of(&shared, &shared.settings), shared.fingerprint, "other weights");
    }
}

use std::path::Path;

use jobs_core::SearchSpace;

use super::choice::check_model;
use super::{TrainSettings, Validation, check_space, default_space};
use crate::data::{Domain, EncodedDomain};
use crate::error::nearest;
use crate::kernels::Kernels;
use crate::{Base, LlmError};

/// What all runs of a trainer share: model, data, space.
#[derive(Debug)]
pub(crate) struct Shared<B: Kernels> {
    pub(crate) settings: TrainSettings,
    pub(crate) space: SearchSpace,
    pub(crate) base: Base<B>,
    pub(crate) domains: Vec<EncodedDomain>,
    pub(crate) validation: Validation,
    /// Index of the domain whose loss is the curve.
    pub(crate) target: usize,
    /// Hash of everything that decides a run besides point and seed.
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
        let target = match &settings.target {
            None => 0,
            Some(name) => {
                let names: Vec<&str> = settings.domains.iter().map(|d| d.name.as_str()).collect();
                names.iter().position(|n| n == name).ok_or_else(|| {
                    let hint = nearest(name, names.iter().copied());
                    LlmError::setting("target", format!("`{name}`"), format!("a domain ({}){hint}", names.join(", ")))
                })?
            }
        };
        let base = Base::<B>::open(&settings.model, settings.precision.into(), device)?;
        let space = match space {
            Some(space) => space,
            None => default_space(&settings, &base.decoder.config)?,
        };
        check_space(&space, &settings)?;
        check_model(&space, &settings, &base.decoder.config)?;
        if settings.sequence > base.decoder.config.context {
            let expected = format!("at most {}, the model's context", base.decoder.config.context);
            return Err(LlmError::setting("sequence", settings.sequence, expected));
        }
        let read = |d: &crate::data::DomainSettings| {
            Domain::read(d, Path::new(""))?.encode(
                &base.tokenizer,
                settings.sequence,
                settings.train_examples,
                settings.validation_examples,
            )
        };
        let domains: Vec<EncodedDomain> = settings.domains.iter().map(read).collect::<Result<_, _>>()?;
        let validation = Validation::new(&domains, settings.questions, &base.tokenizer, settings.sequence)?;
        // on a GPU micro-batches go one after the other
        let threads = if settings.device == crate::Device::Cpu { settings.threads.unwrap_or(0) } else { 1 };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| LlmError::Device(format!("cannot start {threads} threads: {e}")))?;
        let fingerprint = fingerprint(&settings, &space, &domains, &base);
        Ok(Self { settings, space, base, domains, validation, target, fingerprint, pool })
    }

    pub(crate) fn device(&self) -> B::Device {
        self.base.decoder.embedding.device()
    }
}

/// CRC of settings (without threads, folders and which of several GPUs, which change no result), space, data and a sample of the weights.
fn fingerprint<B: Kernels>(
    settings: &TrainSettings,
    space: &SearchSpace,
    domains: &[EncodedDomain],
    base: &Base<B>,
) -> String {
    let device = settings.device.first_of_kind();
    let plain = TrainSettings { threads: None, adapters: None, device, ..settings.clone() };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(format!("{plain:?}").as_bytes());
    hasher.update(space.to_toml_string().as_bytes());
    for example in domains.iter().flat_map(|d| d.train.iter().chain(&d.validation)) {
        example.tokens.iter().for_each(|t| hasher.update(&t.to_le_bytes()));
    }
    for v in base.decoder.norm.clone().into_data().iter::<f32>() {
        hasher.update(&v.to_le_bytes());
    }
    format!("{:08x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::Device;

    #[test]
    fn runs_go_on_with_other_threads_and_on_another_gpu_but_not_on_another_kind_of_device() {
        let shared = Shared::<Flex>::open(TrainSettings::default(), None, &Default::default()).unwrap();
        let of = |settings: TrainSettings| fingerprint(&settings, &shared.space, &shared.domains, &shared.base);
        let on = |device| of(TrainSettings { device, ..shared.settings.clone() });
        assert_eq!(of(TrainSettings { threads: Some(7), ..shared.settings.clone() }), shared.fingerprint);
        assert_eq!(on(Device::Cuda(0)), on(Device::Cuda(3)));
        assert_ne!(on(Device::Cuda(0)), on(Device::Cpu));
        assert_ne!(on(Device::Cuda(0)), on(Device::Wgpu));
    }
}

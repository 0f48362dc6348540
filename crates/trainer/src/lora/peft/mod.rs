//! Adapters in PEFT's format: a folder with `adapter_config.json` and `adapter_model.safetensors`.

mod config;
mod read;
mod targets;
mod write;

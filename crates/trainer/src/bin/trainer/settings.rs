//! Settings from a file and the command line.

use anyhow::Context;
use trainer::train::TrainSettings;

use crate::cli::SettingsArgs;

/// Prints the default settings.
pub(crate) fn run() -> anyhow::Result<()> {
    print!("{}", toml::to_string(&TrainSettings::default()).context("the default settings")?);
    Ok(())
}

/// The settings of a command.
pub(crate) fn of(args: &SettingsArgs) -> anyhow::Result<TrainSettings> {
    let mut settings = match &args.settings {
        Some(path) => TrainSettings::read(path)?,
        None => TrainSettings::default(),
    };
    if let Some(model) = &args.model {
        settings.model = model.clone();
    }
    if let Some(device) = &args.device {
        settings.device = device.parse()?;
    }
    if let Some(threads) = args.threads {
        settings.threads = Some(threads);
    }
    if let Some(steps) = args.steps {
        settings.steps = steps;
    }
    settings.check()?;
    Ok(settings)
}

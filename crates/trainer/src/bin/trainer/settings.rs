//! Settings from a file and the command line.

use trainer::train::TrainSettings;

use crate::cli::SettingsArgs;
use crate::output::emit;

/// The default settings with comments; a test keeps them equal to [`TrainSettings::default`].
const TEMPLATE: &str = include_str!("settings.toml");

/// Prints the default settings.
pub(crate) fn run() -> anyhow::Result<()> {
    emit(TEMPLATE.trim_end())
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

"""Random variants of model and adapter folders for `scripts/differential-trainer`."""

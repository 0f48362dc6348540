"""JoBS: finds the data mixture and LoRA configuration that fine-tune a language model best, within a budget of training steps.

>>> import jobs, tempfile
>>> study = jobs.Study({"rate": jobs.real(0.0, 1.0)}, total_steps=50, full_steps=10, folder=tempfile.mkdtemp())
>>> for trial in study:
...     trial.report(trial.stop, (trial["rate"] - 0.3) ** 2)
>>> round(study.best.configuration["rate"], 1)
0.3
>>> study.close()
"""

from ._jobs import DiskFailure, InvalidInput, JobsError, NoResult, StudyInUse
from ._space import Dimension, boolean, categorical, fixed, integer, real, simplex
from ._study import Best, Study
from ._trial import Trial

__all__ = [
    "Best",
    "Dimension",
    "DiskFailure",
    "InvalidInput",
    "JobsError",
    "NoResult",
    "Study",
    "StudyInUse",
    "Trial",
    "boolean",
    "categorical",
    "fixed",
    "integer",
    "real",
    "simplex",
]

"""JoBS as a sampler and pruner of Optuna. Needs ``optuna``.

An existing study gets another sampler and pruner; its objective stays. A run that JoBS continues is a new trial of Optuna with the same
parameters: :func:`run_of` gives its checkpoint folder, and an objective that ignores it trains the run again from step 0.

>>> import jobs.optuna, optuna, tempfile
>>> optuna.logging.set_verbosity(optuna.logging.WARNING)
>>> space = {"mixture": jobs.simplex("maths", "code"), "lora_rank": jobs.integer(1, 64, log=True)}
>>> def objective(trial):
...     mixture = jobs.optuna.suggest_simplex(trial, "mixture", ["maths", "code"])
...     rank = trial.suggest_int("lora_rank", 1, 64, log=True)
...     for step in range(10, 101, 10):
...         loss = (mixture["maths"] - 0.3) ** 2 + 0.001 * abs(rank - 16) + 1 / step
...         trial.report(loss, step)
...         if trial.should_prune():
...             raise optuna.TrialPruned
...     return loss
>>> sampler = jobs.optuna.JobsSampler(space, total_steps=900, full_steps=100, eval_every=10, folder=tempfile.mkdtemp())
>>> study = optuna.create_study(sampler=sampler, pruner=sampler.pruner)
>>> study.optimize(objective)
>>> abs(study.best_params["mixture.maths"] - 0.3) < 0.2
True
"""

from __future__ import annotations

import math
import threading
from typing import Any, Dict, List, Mapping, Optional, Sequence

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from ._jobs import InvalidInput, NoResult
from ._space import Dimension
from ._study import Study
from ._trial import Trial

__all__ = ["JobsPruner", "JobsSampler", "run_of", "suggest_simplex"]

_STOP = "jobs:stop"


def suggest_simplex(trial: optuna.Trial, name: str, parts: Sequence[str]) -> Dict[str, float]:
    """Shares of named parts that sum to 1, as the parameters ``name.part``.

    Works with any sampler: shares that do not sum to 1 are divided by their sum.
    """
    raw = {part: trial.suggest_float(f"{name}.{part}", 0.0, 1.0) for part in parts}
    total = sum(raw.values())
    return {part: share / total if total > 0 else 1 / len(raw) for part, share in raw.items()}


def run_of(trial: optuna.Trial) -> Trial:
    """The run of JoBS behind a trial: where it starts and stops, its seed and its checkpoint folder."""
    sampler = trial.study.sampler
    if not isinstance(sampler, JobsSampler):
        raise InvalidInput(f"the study's sampler is {type(sampler).__name__}, expected JobsSampler")
    return sampler._runs[trial.number]


class JobsPruner(optuna.pruners.BasePruner):
    """Prunes a trial at the step where its run pauses. It belongs to a :class:`JobsSampler`."""

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        stop = trial.system_attrs.get(_STOP)
        return stop is not None and trial.last_step is not None and trial.last_step >= stop


class JobsSampler(optuna.samplers.BaseSampler):
    """Takes the parameters of every trial from JoBS. ``study.optimize(objective)`` ends when the budget is used.

    The objective reports the metric by ``trial.report(value, step)``, where ``step`` counts the steps trained, every ``eval_every`` steps. Trials
    that fail count as diverged, so that their configurations are avoided. The direction is that of Optuna's study.

    Args:
        space: as for :class:`jobs.Study`. A mixture ``m`` of the parts a and b has the parameters ``m.a`` and ``m.b``.
        total_steps: budget of all trials together.
        full_steps: length of a full run.
        settings: other arguments of :class:`jobs.Study`, such as ``eval_every``, ``folder`` and ``seed``.
    """

    def __init__(self, space: Mapping[str, Any], *, total_steps: int, full_steps: int, **settings: Any) -> None:
        if "maximise" in settings:
            raise InvalidInput("maximise: the direction is that of Optuna's study; leave it out")
        self._space = dict(space)
        self._distributions = distributions(space)
        self._settings = {"total_steps": total_steps, "full_steps": full_steps, **settings}
        self._study: Optional[Study] = None
        self._runs: Dict[int, Trial] = {}
        self._next: List[Trial] = []
        self._lock = threading.RLock()
        #: The pruner that stops early runs.
        self.pruner = JobsPruner()

    @property
    def study(self) -> Study:
        """The study of JoBS, for ``best`` and ``report``; there is one from the first trial on."""
        if self._study is None:
            raise NoResult("the study begins with its first trial")
        return self._study

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> Dict[str, BaseDistribution]:
        return self._distributions

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        with self._lock:
            try:
                self._begin(study)
                run = self._next.pop(0) if self._next else self.study.ask()
            except BaseException:  # the trial would count as running for ever
                study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
                raise
            self._runs[trial.number] = run
        if run.stop < run.full_steps:
            study._storage.set_trial_system_attr(trial._trial_id, _STOP, run.stop)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: Dict[str, BaseDistribution]
    ) -> Dict[str, Any]:
        configuration = _flat(self._runs[trial.number].configuration)
        return {name: value for name, value in configuration.items() if name in search_space}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        with self._lock:  # the objective is at fault, not the configuration
            self.study.forget(self._runs.pop(trial.number))
        known = self._distributions.get(param_name)
        expected = ", ".join(self._distributions) if known is None else repr(known)
        raise InvalidInput(f"the objective asks for {param_name!r} in {param_distribution}, but the sampler's space has {expected}")

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Optional[Sequence[float]]
    ) -> None:
        with self._lock:
            run = self._runs.pop(trial.number, None)
            if run is None:
                return
            _report(run, trial, state, values)
            self.study.tell(run)
            if not self._next:
                following = self.study._ask()
                self._next += [] if following is None else [following]
            if not self._next and not self._runs:
                study.stop()

    def _begin(self, study: optuna.Study) -> None:
        if self._study is not None:
            return
        if len(study.directions) != 1:
            raise InvalidInput(f"the study has {len(study.directions)} objectives, expected one")
        maximise = study.direction == optuna.study.StudyDirection.MAXIMIZE
        self._study = Study(self._space, maximise=maximise, **self._settings)
        self._next = self._study.pending()


def distributions(space: Mapping[str, Any]) -> Dict[str, BaseDistribution]:
    """Optuna's distributions of a space; fixed values have none.

    >>> import jobs
    >>> distributions({"rank": jobs.integer(1, 64, log=True), "mixture": jobs.simplex("a", "b"), "alpha": 32})
    {'rank': IntDistribution(high=64, log=True, low=1, step=1), 'mixture.a': FloatDistribution(high=1.0, log=False, low=0.0, step=None), \
'mixture.b': FloatDistribution(high=1.0, log=False, low=0.0, step=None)}
    """
    found: Dict[str, BaseDistribution] = {}
    for name, dimension in space.items():
        if isinstance(dimension, Dimension):
            found.update(_of(name, dimension._keys))
    return found


def _of(name: str, keys: Mapping[str, Any]) -> Dict[str, BaseDistribution]:
    kind = keys.get("kind")
    if kind == "simplex":
        return {f"{name}.{part}": FloatDistribution(0.0, 1.0) for part in keys["parts"]}
    if kind == "categorical":
        return {name: CategoricalDistribution(keys["choices"])}
    if kind == "boolean":
        return {name: CategoricalDistribution([False, True])}
    log = bool(keys.get("log"))
    if kind == "integer":
        return {name: IntDistribution(keys["low"], keys["high"], log=log, step=keys.get("step") or 1)}
    return {name: FloatDistribution(keys["low"], keys["high"], log=log)} if kind == "real" else {}


def _flat(configuration: Mapping[str, Any]) -> Dict[str, Any]:
    flat: Dict[str, Any] = {}
    for name, value in configuration.items():
        flat.update({f"{name}.{part}": share for part, share in value.items()} if isinstance(value, dict) else {name: value})
    return flat


def _report(run: Trial, trial: FrozenTrial, state: TrialState, values: Optional[Sequence[float]]) -> None:
    """What a trial reported, from where its run started; a trial that failed has diverged."""
    for step, value in sorted(trial.intermediate_values.items()):
        if step > run.start:
            run.report(step, value)
    if state == TrialState.FAIL:
        run.report(max(run._reached, run.start) + 1, math.nan)
    elif not run.should_stop() and values:
        run.report(run.stop, values[0])

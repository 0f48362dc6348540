"""A study: asks for runs and is told what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from ._jobs import Handle, NoResult
from ._study_file import study_file, write_and_open
from ._trial import Trial

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type

    import pandas

__all__ = ["Best", "Study"]


@dataclass(frozen=True)
class Best:
    """The recommended configuration."""

    #: Number of the run it comes from.
    run: int
    #: Expected value of the metric, without noise.
    value: float
    #: Measured value of the run.
    measured: Optional[float]
    #: Whether the run is a full run; otherwise ``value`` is an expectation.
    trained_in_full: bool
    configuration: Dict[str, Any]
    #: Keyword arguments of PEFT's ``LoraConfig``; ``None`` where one of them cannot be determined.
    peft: Optional[Dict[str, Any]]
    #: Weights of the parts of each mixture, by name.
    dataset_weights: Dict[str, Dict[str, float]]
    #: Other metrics of the run.
    metrics: Dict[str, float] = field(default_factory=dict)
    #: What is probably not meant, such as a best value at a bound.
    warnings: List[str] = field(default_factory=list)


class Study:
    """A search for the best configuration within a budget of training steps.

    Writes ``folder/study.toml`` and keeps its journal in ``folder/runs``, as the program ``jobs`` does: ``jobs status`` shows a study
    that Python runs, and :meth:`open` continues one that the program began. Called again with the same arguments, it continues.

    Args:
        space: name to dimension (:func:`jobs.simplex`, :func:`jobs.real`, ...); other values are fixed.
        total_steps: budget of all runs together, in optimiser steps.
        full_steps: length of a full run.
        early_steps: length of an early run; ``None``: about a sixth of a full run.
        eval_every: steps between evaluations.
        folder: where the study lives.
        seed: the same seed makes the same suggestions.
        metric: name of the metric.
        maximise: whether larger is better.
        target: ``"best"`` value of a run, or the ``"last"``.
        method: the search method; the others are for comparison.
        options: other keys of ``[method]``, such as ``{"promote": 0.3}``.
        layers: number of decoder layers of the model, for the arguments of PEFT.
        transfer: earlier studies of other tasks.
        name: name of the study.

    Raises:
        InvalidInput: an argument is invalid, or differs from those that the study began with.
        StudyInUse: another process has the study open.

    >>> import jobs, tempfile
    >>> space = {"mixture": jobs.simplex("maths", "code"), "lora_rank": jobs.integer(1, 64, log=True)}
    >>> with jobs.Study(space, total_steps=300, full_steps=100, folder=tempfile.mkdtemp()) as study:
    ...     for trial in study:
    ...         share = trial["mixture"]["maths"]
    ...         for step in range(trial.start + 4, trial.stop + 1, 4):
    ...             trial.report(step, (share - 0.3) ** 2 + 1 / step)
    ...     print(study.spent, study.best.trained_in_full)
    292 True
    """

    def __init__(
        self,
        space: Mapping[str, Any],
        *,
        total_steps: int,
        full_steps: int,
        early_steps: Optional[int] = None,
        eval_every: Optional[int] = None,
        folder: "Union[str, Path]" = "study",
        seed: int = 0,
        metric: str = "eval_loss",
        maximise: bool = False,
        target: str = "best",
        method: str = "jobs",
        options: Optional[Mapping[str, Any]] = None,
        layers: Optional[int] = None,
        transfer: Sequence[Union[str, Path]] = (),
        name: Optional[str] = None,
    ) -> None:
        text = study_file(
            space,
            top={"name": name, "seed": seed},
            budget={
                "total_steps": total_steps,
                "full_steps": full_steps,
                "early_steps": early_steps,
                "eval_every": eval_every,
            },
            objective={"metric": metric, "direction": "maximise" if maximise else "minimise", "target": target},
            method={"name": method, **(options or {})},
            model={"layers": layers},
            transfer={"studies": [str(Path(study).absolute()) for study in transfer] or None},
        )
        self._handle = write_and_open(Path(folder), text)

    @classmethod
    def open(cls, path: "Union[str, Path]") -> "Study":
        """Opens the study of a study file, or of the ``study.toml`` in a folder."""
        path = Path(path)
        study = cls.__new__(cls)
        study._handle = Handle(path / "study.toml" if path.is_dir() else path)
        return study

    def ask(self) -> Trial:
        """The next run to train.

        Raises:
            NoResult: the budget is used, or nothing can be chosen before a pending run has a result.
        """
        trial = self._ask()
        if trial is None:
            raise NoResult(self._handle.nothing_to_ask())
        return trial

    def _ask(self) -> Optional[Trial]:
        request = self._handle.ask()
        return None if request is None else Trial(self, json.loads(request))

    def pending(self) -> List[Trial]:
        """The runs that were asked for and have no result, for example after a crash."""
        return [Trial(self, request) for request in json.loads(self._handle.pending())]

    def tell(self, trial: Trial, value: Optional[float] = None) -> int:
        """Records what a trial reported; ``value`` is reported at its last step. Returns the step it reached."""
        if value is not None:
            trial.report(trial.stop, value)
        step = self._handle.tell(trial.number, trial._text())
        trial._study_told = True
        return step

    def __iter__(self) -> Iterator[Trial]:
        """Every run until the budget is used, those without a result first. A trial is told when the next one is asked for."""
        waiting = self.pending()
        while True:
            trial = waiting.pop(0) if waiting else self._ask()
            if trial is None:
                return
            yield trial
            if not trial._study_told:
                self.tell(trial)

    def forget(self, trial: "Union[Trial, int]") -> int:
        """Withdraws a trial, or a run by its number: it counts for nothing any more. Returns the steps that are free again."""
        number = trial.number if isinstance(trial, Trial) else trial
        if isinstance(trial, Trial):
            trial._study_told = True
        return self._handle.forget(number)

    def extend(self, *, runs: int = 0, steps: int = 0) -> int:
        """Adds the steps of full runs, or steps, to the budget. Returns the steps left."""
        summary = self._summary()
        return self._handle.extend(summary["total"] + runs * summary["full"] + steps)

    @property
    def best(self) -> Best:
        """The recommended configuration.

        Raises:
            NoResult: no run has a value yet.
        """
        best = self._handle.best()
        if best is None:
            raise NoResult("no run has a value yet")
        known = json.loads(best)
        return Best(**{name: known[name] for name in Best.__dataclass_fields__ if name in known})

    @property
    def runs(self) -> List[Dict[str, Any]]:
        """All runs: number, phase, status, step, value, configuration and curve of each."""
        return json.loads(self._handle.runs())

    def to_dataframe(self) -> "pandas.DataFrame":
        """All runs as a table, one column per dimension and per part of a mixture. Needs pandas."""
        import pandas

        rows = []
        for run in self.runs:
            row = {key: run[key] for key in ("run", "phase", "status", "step", "value", "last")}
            for name, value in run["configuration"].items():
                parts = value.items() if isinstance(value, dict) else ()
                row.update({f"{name}.{part}": share for part, share in parts} if parts else {name: value})
            rows.append(row)
        return pandas.DataFrame(rows)

    def report(self, path: "Union[None, str, Path]" = None) -> str:
        """The report as one HTML page, also written to ``path``.

        Raises:
            NoResult: no run has a value yet.
        """
        page = self._handle.report()
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def _summary(self) -> Dict[str, Any]:
        return json.loads(self._handle.summary())

    @property
    def spent(self) -> int:
        """Steps used so far."""
        return self._summary()["spent"]

    @property
    def total_steps(self) -> int:
        """The budget."""
        return self._summary()["total"]

    def close(self) -> None:
        """Releases the study, so that another process may continue it."""
        self._handle.close()

    def __enter__(self) -> "Study":
        return self

    def __exit__(
        self, kind: "Optional[Type[BaseException]]", error: Optional[BaseException], where: "Optional[TracebackType]"
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        s = self._summary()
        return f"<Study {s['name']}: {s['spent']} of {s['total']} steps used by {s['runs']} runs, method {s['method']}>"

    def _repr_html_(self) -> str:
        try:
            page = self._handle.report()
        except NoResult:
            return f"<p>{escape(repr(self))}</p>"
        return f'<iframe srcdoc="{escape(page)}" width="100%" height="800" style="border: 0"></iframe>'

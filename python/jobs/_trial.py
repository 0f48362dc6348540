"""A run to train."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional

from ._jobs import InvalidInput

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type

    from ._study import Study

__all__ = ["Trial"]


class Trial(Mapping[str, Any]):
    """A run to train, and the mapping of its configuration: ``trial["lora_rank"]``.

    Train it from step :attr:`start` to step :attr:`stop`, report the metric with :meth:`report`, and hand it to
    :meth:`Study.tell <jobs.Study.tell>`. As a context manager it is told when the block ends without an error.
    """

    #: Number of the run.
    number: int
    #: The configuration: one value per dimension; a mixture is a dictionary of shares.
    configuration: Dict[str, Any]
    #: Steps trained before. Above 0, the run continues from its checkpoint.
    start: int
    #: The step to reach.
    stop: int
    #: Steps of a full run: the length of learning-rate schedules.
    full_steps: int
    #: Seed of the run.
    seed: int
    #: Folder for the run's checkpoints.
    checkpoint: Path
    #: Name of the metric.
    metric: str
    #: Weights of the parts of each mixture, by name.
    dataset_weights: Dict[str, Dict[str, float]]
    #: Keyword arguments of PEFT's ``LoraConfig``; ``None`` where one of them cannot be determined.
    peft: Optional[Dict[str, Any]]
    #: Arguments that cannot be determined, each with what would help.
    peft_undetermined: Dict[str, str]

    def __init__(self, study: "Study", request: Dict[str, Any]) -> None:
        self._study = study
        self._lines: List[str] = []
        self._reached = request["from"]
        self._study_told = False
        self._diverged = False
        self.number = request["run"]
        self.configuration = request["configuration"]
        self.start, self.stop = request["from"], request["to"]
        self.full_steps, self.seed = request["full_steps"], request["seed"]
        self.checkpoint, self.metric = Path(request["checkpoint"]), request["metric"]
        self.dataset_weights = request["dataset_weights"]
        self.peft, self.peft_undetermined = request["peft"], request["peft_undetermined"]

    def report(self, step: int, value: float, **metrics: float) -> None:
        """Reports the metric after ``step`` steps, and other metrics by name. NaN means that the run diverged.

        Reports are kept here until the trial is told, so a crash loses those of the present trial and nothing else.
        """
        value = float(value) if math.isfinite(value) else math.nan
        line: Dict[str, Any] = {"step": int(step), **{k: float(v) for k, v in metrics.items()}, self.metric: value}
        self._lines.append(json.dumps(line))
        self._reached = max(self._reached, int(step))
        self._diverged = self._diverged or not math.isfinite(value)

    def should_stop(self) -> bool:
        """Whether the run has reached the step asked for, or diverged."""
        return self._diverged or self._reached >= self.stop

    def __getitem__(self, name: str) -> Any:
        return self.configuration[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.configuration)

    def __len__(self) -> int:
        return len(self.configuration)

    def __enter__(self) -> "Trial":
        return self

    def __exit__(
        self, kind: "Optional[Type[BaseException]]", error: Optional[BaseException], where: "Optional[TracebackType]"
    ) -> None:
        if kind is None:
            self._study.tell(self)

    def __repr__(self) -> str:
        return f"Trial({self.number}, steps {self.start} to {self.stop}, {self.configuration})"

    def _text(self) -> str:
        if not self._lines:
            raise InvalidInput(f"run {self.number} has no report; call trial.report(step, value) before it is told")
        return "".join(line + "\n" for line in self._lines)

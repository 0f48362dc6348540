"""Trials with Hugging Face Trainer and PEFT. Needs ``torch``, ``transformers`` and, for :func:`lora_config`, ``peft``.

The training of one trial::

    model = get_peft_model(AutoModelForCausalLM.from_pretrained(MODEL), jobs.hf.lora_config(trial))
    arguments = TrainingArguments(**jobs.hf.training_arguments(trial), eval_strategy="steps", eval_steps=20)
    data = jobs.hf.datasets_mixture(domains, trial["mixture"], examples=trial.full_steps * batch, seed=trial.seed)
    trainer = Trainer(model, arguments, train_dataset=data, eval_dataset=held_out, callbacks=[jobs.hf.TrialCallback(trial)])
    trainer.train(resume_from_checkpoint=jobs.hf.last_checkpoint(trial))
"""

from __future__ import annotations

import math
import random
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence

from torch.utils.data import Dataset, IterableDataset
from transformers import TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from ._trial import Trial

__all__ = ["TrialCallback", "datasets_mixture", "last_checkpoint", "lora_config", "training_arguments"]


class TrialCallback(TrainerCallback):
    """Reports evaluations to a trial; evaluates, saves a checkpoint and stops at its last step, or where it diverged."""

    def __init__(self, trial: Trial, metric: Optional[str] = None) -> None:
        self.trial = trial
        self.metric = metric or trial.metric

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        if state.global_step >= self.trial.stop:
            control.should_evaluate = control.should_save = control.should_training_stop = True
        return control

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Dict[str, float], **kwargs: Any) -> Any:
        if self.metric not in metrics:
            raise KeyError(f"the evaluation has no {self.metric!r}; it has {', '.join(sorted(metrics))}")
        named = {name: v for name, v in metrics.items() if isinstance(v, (int, float)) and name not in (self.metric, "epoch")}
        self.trial.report(state.global_step, metrics[self.metric], **named)
        if not math.isfinite(metrics[self.metric]):
            control.should_training_stop = True
        return control


def training_arguments(trial: Trial) -> Dict[str, Any]:
    """Keyword arguments of ``TrainingArguments``: folder, seed, and the length of learning-rate schedules.

    ``max_steps`` is the length of a full run; :class:`TrialCallback` stops at the trial's last step. Since transformers 5 the examples are read
    in the order of :func:`datasets_mixture`, so that a run which pauses early has seen its mixture; earlier versions shuffle them.
    """
    arguments = {"output_dir": str(trial.checkpoint), "max_steps": trial.full_steps, "seed": trial.seed, "save_strategy": "no"}
    if "train_sampling_strategy" in TrainingArguments.__dataclass_fields__:
        arguments["train_sampling_strategy"] = "sequential"
    return arguments


def last_checkpoint(trial: Trial) -> Optional[str]:
    """The newest checkpoint of a trial; ``None`` where it starts from step 0. For ``resume_from_checkpoint``."""
    return get_last_checkpoint(str(trial.checkpoint)) if trial.checkpoint.is_dir() else None


def lora_config(trial: Trial, **arguments: Any) -> Any:
    """PEFT's ``LoraConfig`` of a trial; ``arguments`` add to what the trial says, such as ``task_type="CAUSAL_LM"``.

    Raises:
        ValueError: an argument cannot be determined, with what would help.
    """
    from peft import LoraConfig

    if trial.peft is None:
        why = "; ".join(f"{name}: {help}" for name, help in trial.peft_undetermined.items())
        raise ValueError(f"the arguments of LoraConfig cannot be determined: {why}")
    return LoraConfig(**{**trial.peft, **arguments})


def datasets_mixture(
    datasets: Mapping[str, Any], weights: Mapping[str, float], *, examples: int, seed: int = 0
) -> Any:
    """Data sets mixed by weights: after every n examples, each data set has given its share of n, to within one.

    Each is shuffled anew for every pass through it. Data sets that know their length make one with a length, from which Trainer
    resumes; if one does not (streaming), they are read in their order and the result is iterable too.
    """
    unknown = sorted(set(weights) ^ set(datasets))
    if unknown:
        raise ValueError(f"weights and data sets differ in {', '.join(unknown)}; expected the same names in both")
    order = shares(weights, examples)
    if all(hasattr(d, "__len__") and hasattr(d, "__getitem__") for d in datasets.values()):
        return _Mixed(datasets, order, seed)
    return _Streamed(datasets, order)


def shares(weights: Mapping[str, float], count: int) -> List[str]:
    """``count`` names in proportion to their weights, as evenly as possible: the one furthest behind its share comes next."""
    total = sum(weights.values())
    if not (math.isfinite(total) and total > 0 and min(weights.values()) >= 0):
        raise ValueError(f"the weights are {dict(weights)}, expected numbers of at least 0 that are not all 0")
    given, order = dict.fromkeys(weights, 0), []
    for n in range(1, count + 1):
        name = max(weights, key=lambda part: weights[part] / total * n - given[part])
        given[name] += 1
        order.append(name)
    return order


class _Mixed(Dataset):  # type: ignore[type-arg]
    def __init__(self, datasets: Mapping[str, Any], order: Sequence[str], seed: int) -> None:
        self._datasets = datasets
        passes = {name: _passes(len(datasets[name]), name, seed) for name in set(order)}
        self._where = [(name, next(passes[name])) for name in order]

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, index: int) -> Any:
        name, at = self._where[index]
        return self._datasets[name][at]


def _passes(length: int, name: str, seed: int) -> Iterator[int]:
    if length == 0:
        raise ValueError(f"the data set {name!r} is empty, but has a weight above 0")
    dice = random.Random(f"{seed} {name}")
    while True:
        order = list(range(length))
        dice.shuffle(order)
        yield from order


class _Streamed(IterableDataset):  # type: ignore[type-arg]
    def __init__(self, datasets: Mapping[str, Iterable[Any]], order: Sequence[str]) -> None:
        self._datasets, self._order = datasets, order

    def __iter__(self) -> Iterator[Any]:
        streams = {name: _again_and_again(self._datasets[name], name) for name in set(self._order)}
        for name in self._order:
            yield next(streams[name])


def _again_and_again(examples: Iterable[Any], name: str) -> Iterator[Any]:
    while True:
        empty = True
        for example in examples:
            empty = False
            yield example
        if empty:
            raise ValueError(f"the data set {name!r} is empty, but has a weight above 0")

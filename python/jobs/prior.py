"""Runs of other tools as prior runs: writes a run table, which ``jobs import FOLDER`` adds to a study without using its budget.

``python -m jobs.prior optuna STUDY.toml STORAGE NAME FOLDER`` and ``python -m jobs.prior wandb STUDY.toml EXPORT.csv FOLDER`` do the same.
The study file names the dimensions, the metric and the length of a full run. Runs that lack a dimension are left out and counted.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ._jobs import InvalidInput

__all__ = ["Written", "from_optuna", "from_wandb"]

_YES, _NO = ("1", "true", "True"), ("0", "false", "False")
#: A configuration by names of parameters, and its curve.
_Run = Tuple[Mapping[str, Any], Sequence[Tuple[int, float]]]


class Written(NamedTuple):
    """What a table holds."""

    folder: Path
    runs: int
    #: Runs that were left out, each with the reason.
    left_out: List[str]


def from_optuna(study: Any, study_file: "Union[str, Path]", folder: "Union[str, Path]") -> Written:
    """Writes the trials of a study of Optuna as a run table.

    A trial has the parameters of the study file's dimensions by their names; a mixture ``m`` has one per part, ``m.a``. Shares are divided by their
    sum. Its curve is what it reported by ``trial.report(value, step)``; a finished trial without reports has its value at the last step.
    """
    space = _Space(Path(study_file))
    runs = [(f"trial {t.number}", t.params, _curve(t, space.full_steps)) for t in study.get_trials(deepcopy=False)]
    return space.write(runs, Path(folder))


def from_wandb(export: "Union[str, Path]", study_file: "Union[str, Path]", folder: "Union[str, Path]") -> Written:
    """Writes the runs of a W&B sweep as a run table, from the CSV file that the page of the sweep exports.

    Columns are named as the dimensions, the metric as in the study file; ``config.`` and ``summary.`` before a name are accepted. The value is
    that of the run's last step: the column ``_step`` or ``global_step``, and a full run where there is neither.
    """
    space = _Space(Path(study_file))
    with open(export, newline="", encoding="utf-8-sig") as file:
        rows = [{_plain(key): value for key, value in row.items() if key} for row in csv.DictReader(file)]
    if rows and space.metric not in rows[0]:
        raise InvalidInput(f"{export} has no column {space.metric!r}; it has {', '.join(rows[0])}")
    runs = [(row.get("Name") or f"line {n}", row, _last(row, space)) for n, row in enumerate(rows, 2)]
    return space.write(runs, Path(folder))


def _curve(trial: Any, full_steps: int) -> List[Tuple[int, float]]:
    curve = sorted((int(step), float(value)) for step, value in trial.intermediate_values.items() if step > 0)
    if not curve and trial.state.name == "COMPLETE":
        curve = [(full_steps, float(trial.value))]
    return curve


def _plain(key: str) -> str:
    for start in ("config.", "summary."):
        if key.startswith(start):
            return key[len(start) :]
    return key


def _last(row: Mapping[str, str], space: "_Space") -> List[Tuple[int, float]]:
    step = next((row[key] for key in ("_step", "global_step") if row.get(key)), str(space.full_steps))
    return [(int(float(step)), float(row[space.metric]))] if row.get(space.metric) else []


class _Space:
    def __init__(self, study_file: Path) -> None:
        self.settings = _read_toml(study_file)
        self.dimensions = [d for d in self.settings.get("dimension", []) if d.get("kind", "fixed") != "fixed"]
        self.full_steps = int(self.settings.get("budget", {}).get("full_steps") or 0)
        self.metric = self.settings.get("objective", {}).get("metric", "eval_loss")
        if not self.dimensions or not self.full_steps:
            raise InvalidInput(f"{study_file}: expected dimensions, and full_steps in [budget]")

    def columns(self) -> List[str]:
        return [f"{d['name']}.{part}" for d in self.dimensions for part in d.get("parts", [])] + [
            d["name"] for d in self.dimensions if d["kind"] != "simplex"
        ]

    def values(self, given: Mapping[str, Any]) -> Dict[str, Any]:
        """The columns of a configuration, or a ``ValueError`` that names what is wrong."""
        values: Dict[str, Any] = {}
        for dimension in self.dimensions:
            name, kind = dimension["name"], dimension["kind"]
            if kind == "simplex":
                values.update(_shares(name, dimension["parts"], given))
            elif given.get(name) in (None, ""):
                raise ValueError(f"it has no {name}")
            else:
                values[name] = _value(name, kind, given[name])
        return values

    def write(self, runs: "Iterable[Tuple[str, Mapping[str, Any], Sequence[Tuple[int, float]]]]", folder: Path) -> Written:
        kept: List[_Run] = []
        left_out: List[str] = []
        for who, given, curve in runs:
            try:
                curve = [(step, value) for step, value in curve if step <= self.full_steps]
                if not curve:
                    raise ValueError("it has no value")
                kept.append((self.values(given), curve))
            except ValueError as why:
                left_out.append(f"{who}: {why}")
        if not kept:
            raise InvalidInput(f"no run can be used: {'; '.join(left_out[:3]) or 'there is none'}")
        folder.mkdir(parents=True, exist_ok=True)
        self._space_file(folder / "space.toml")
        self._tables(kept, folder)
        return Written(folder, len(kept), left_out)

    def _space_file(self, path: Path) -> None:
        from ._space import toml_value

        known = ("name", "kind", "parts", "choices", "low", "high", "log", "step", "role", "module")
        blocks = []
        for d in self.dimensions:
            lines = [f"{key} = {toml_value(d[key])}" for key in known if key in d and not isinstance(d[key], dict) and not _limit(d, key)]
            blocks.append("\n".join(["[[dimension]]", *lines]))
        curves = f"[curves]\nfull_steps = {self.full_steps}\nmetric = {toml_value(self.metric)}\n"
        path.write_text("\n\n".join([*blocks, curves]), encoding="utf-8")

    def _tables(self, runs: Sequence[_Run], folder: Path) -> None:
        columns = self.columns()
        with open(folder / "runs.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["run_id", *columns])
            out.writerows([n, *(values[column] for column in columns)] for n, (values, _) in enumerate(runs))
        with open(folder / "curves.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["run_id", "step", self.metric])
            out.writerows([n, step, value] for n, (_, curve) in enumerate(runs) for step, value in curve)


def _limit(dimension: Mapping[str, Any], key: str) -> bool:
    return dimension["kind"] == "simplex" and key in ("low", "high")


def _shares(name: str, parts: Sequence[str], given: Mapping[str, Any]) -> Dict[str, float]:
    missing = [part for part in parts if given.get(f"{name}.{part}") in (None, "")]
    if missing:
        raise ValueError(f"it has no {name}.{missing[0]}")
    shares = {part: float(given[f"{name}.{part}"]) for part in parts}
    total = sum(shares.values())
    if not (math.isfinite(total) and total > 0 and min(shares.values()) >= 0):
        raise ValueError(f"the shares of {name} are {', '.join(map(str, shares.values()))}")
    return {f"{name}.{part}": share / total for part, share in shares.items()}


def _value(name: str, kind: str, value: Any) -> Any:
    if kind == "boolean":
        if str(value) in _YES + _NO:
            return int(str(value) in _YES)
        raise ValueError(f"{name} is {value!r}, expected true or false")
    return int(float(value)) if kind == "integer" else value


def _read_toml(path: Path) -> Dict[str, Any]:
    try:
        import tomllib
    except ImportError:  # before Python 3.11
        import tomli as tomllib  # type: ignore[import-not-found, no-redef]
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _main(arguments: Sequence[str]) -> Optional[str]:
    if len(arguments) == 5 and arguments[0] == "optuna":
        import optuna

        _, study_file, storage, name, folder = arguments
        written = from_optuna(optuna.load_study(study_name=name, storage=storage), study_file, folder)
    elif len(arguments) == 4 and arguments[0] == "wandb":
        written = from_wandb(arguments[2], arguments[1], arguments[3])
    else:
        return "usage: python -m jobs.prior optuna STUDY.toml STORAGE NAME FOLDER\n       python -m jobs.prior wandb STUDY.toml EXPORT.csv FOLDER"
    for reason in written.left_out:
        print(f"left out: {reason}", file=sys.stderr)
    print(f"{written.runs} runs written to {written.folder}; next: jobs import {written.folder}")
    return None


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

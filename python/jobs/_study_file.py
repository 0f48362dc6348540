"""The study file that stands for the arguments of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional

from ._jobs import Handle, InvalidInput
from ._space import space_to_toml, toml_value

#: First line of the files that this module writes, and may therefore write again.
MARK = "# Written by the Python package jobs from the arguments of Study(...); change those instead."
#: What `jobs run` reports for such a study, since Python trains its runs.
TRAINER = """[trainer]
kind = "command"
command = ["sh", "-c", "echo 'the runs of this study are trained from Python; run its script again' >&2; exit 1"]"""


def study_file(space: Mapping[str, Any], top: Mapping[str, Any], **sections: Mapping[str, Any]) -> str:
    """The text of a study file. Keys that are ``None`` are left out.

    >>> print(study_file({"rate": 0.1}, {"seed": 1}, budget={"total_steps": 9}).split("[trainer]")[0].split(chr(10), 1)[1])
    seed = 1
    <BLANKLINE>
    [budget]
    total_steps = 9
    <BLANKLINE>
    <BLANKLINE>
    """
    blocks = [MARK + "\n" + _keys(top)]
    for name, keys in sections.items():
        if any(value is not None for value in keys.values()):
            blocks.append(f"[{name}]\n{_keys(keys)}")
    return "\n\n".join(blocks + [TRAINER, space_to_toml(space)]) + "\n"


def _keys(keys: Mapping[str, Any]) -> str:
    return "\n".join(f"{key} = {toml_value(value)}" for key, value in keys.items() if value is not None)


def write_and_open(folder: Path, text: str) -> Handle:
    """Writes the study file and opens the study. Where that fails, the file is as before."""
    path = folder / "study.toml"
    before: Optional[str] = path.read_text(encoding="utf-8") if path.exists() else None
    if before is not None and not before.startswith(MARK):
        raise InvalidInput(f"{path} was not written from Python; open it with Study.open({str(folder)!r}), or choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        return Handle(path)
    except BaseException:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
        raise

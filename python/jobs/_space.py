"""Search spaces: one function per kind of dimension, with the names of the study file."""

from __future__ import annotations

import json
import math
from typing import Any, Dict, Mapping, Optional, Sequence, Union

__all__ = ["Dimension", "boolean", "categorical", "fixed", "integer", "real", "simplex"]

Scalar = Union[bool, int, float, str]


class Dimension:
    """One setting of a search space. Made by :func:`simplex`, :func:`real` and the other functions of this module."""

    def __init__(self, keys: Dict[str, Any]) -> None:
        self._keys = {key: value for key, value in keys.items() if value is not None}

    def to_toml(self, name: str) -> str:
        """The dimension as a ``[[dimension]]`` of a study file.

        >>> print(integer(1, 64, log=True).to_toml("lora_rank"))
        [[dimension]]
        name = "lora_rank"
        kind = "integer"
        low = 1
        high = 64
        log = true
        """
        lines = ["[[dimension]]", f"name = {toml_value(name)}"]
        lines += [f"{key} = {toml_value(value)}" for key, value in self._keys.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return "Dimension(" + ", ".join(f"{k}={v!r}" for k, v in self._keys.items()) + ")"


def simplex(*parts: str) -> Dimension:
    """Shares of named parts that sum to 1: a data mixture.

    >>> simplex("maths", "code")
    Dimension(kind='simplex', parts=['maths', 'code'])
    """
    return Dimension({"kind": "simplex", "parts": list(parts)})


def real(low: float, high: float, *, log: bool = False, role: Optional[str] = None) -> Dimension:
    """A real number from ``low`` to ``high``, on a logarithmic scale if ``log``."""
    return Dimension({"kind": "real", "low": float(low), "high": float(high), "log": log or None, "role": role})


def integer(
    low: int, high: int, *, step: Optional[int] = None, log: bool = False, role: Optional[str] = None
) -> Dimension:
    """An integer from ``low`` to ``high``, every ``step``-th or on a logarithmic scale."""
    return Dimension({"kind": "integer", "low": low, "high": high, "step": step, "log": log or None, "role": role})


def categorical(choices: Sequence[Union[int, float, str]], *, role: Optional[str] = None) -> Dimension:
    """One of the choices. Numbers stay numbers and are searched in their order; names have none."""
    return Dimension({"kind": "categorical", "choices": list(choices), "role": role})


def boolean(*, role: Optional[str] = None, module: Optional[str] = None) -> Dimension:
    """On or off. ``lora_MODULE_proj`` is known as a module that may carry an adapter; others say ``role="lora_module"``."""
    return Dimension({"kind": "boolean", "role": role, "module": module})


def fixed(value: Scalar, *, role: Optional[str] = None) -> Dimension:
    """A value that is given to every trial and not searched."""
    return Dimension({"value": value, "role": role})


def space_to_toml(space: Mapping[str, Any]) -> str:
    """All dimensions of a space. A value that is no dimension is fixed.

    >>> print(space_to_toml({"lora_alpha": 32}))
    [[dimension]]
    name = "lora_alpha"
    value = 32
    """
    dimensions = ((name, d if isinstance(d, Dimension) else fixed(d)) for name, d in space.items())
    return "\n\n".join(d.to_toml(name) for name, d in dimensions)


def toml_value(value: Any) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    raise TypeError(f"{value!r} is a {type(value).__name__}, expected a number, a string, a boolean or a dimension such as jobs.real(0.1, 1.0)")

"""Keeps numbers of JSON as they stand in the file: 1.10, 1e400, or more digits than a float has."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


class Spelled(float):
    """A float whose own text is not the one in the file."""

    __slots__ = ("text",)
    text: str

    @classmethod
    def of(cls, text: str) -> Spelled:
        number = cls(text)
        number.text = text
        return number


def load_json(text: str, twice: list[str] | None = None) -> Any:
    """Return what JSON means, as `json.loads` does; a number that another text would stand for is `Spelled`.

    Parameters
    ----------
    twice : gets each name that an object has twice; the last counts
    """

    def of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs) and twice is not None:
            twice.extend(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        return made

    return json.loads(text, parse_float=_fraction, parse_int=_whole, object_pairs_hook=of_pairs)


def dump_json(value: Any) -> str:
    """Return a value of `load_json` as JSON, each number as it stands in the file."""
    try:
        return _dumped(value)
    except RecursionError:  # the library goes deeper
        return json.dumps(value, ensure_ascii=False)


def plain_type(value: Any) -> type:
    """Return the type of a value, float for a number that is `Spelled`."""
    return float if type(value) is Spelled else type(value)


def text_in_file(value: float) -> str:
    """Return a number of JSON as it stands in the file."""
    return value.text if isinstance(value, Spelled) else repr(value)


def _dumped(value: Any) -> str:
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_dumped, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join([f'{_dumped(name)}: {_dumped(one)}' for name, one in value.items()])}}}"
    return json.dumps(value, ensure_ascii=False)


def _fraction(text: str) -> float:
    number = float(text)
    return number if repr(number) == text else Spelled.of(text)


def _whole(text: str) -> float:
    return Spelled.of(text) if text == "-0" else int(text)

"""Records out of the JSON that the database keeps of them, also of what an earlier version wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=_Dataclass)


def read_record(kind: type[Record], found: Mapping[str, Any]) -> Record:
    """A record of what JSON held.

    Keys that the record does not have are passed over. What is missing, or null, takes the record's default.

    Raises
    ------
    TypeError
        If something is missing that has no default.
    """
    given = {one.name: found.get(one.name) for one in fields(kind)}
    return kind(**{name: _frozen(value) for name, value in given.items() if value is not None})


def read_optional(kind: type[Record], found: Mapping[str, Any] | None) -> Record | None:
    """The same; None where there is nothing, or not all that the record needs."""
    try:
        return read_record(kind, found) if found else None
    except TypeError:
        return None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value

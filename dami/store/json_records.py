"""Makes records from JSON of the database, also from JSON that an earlier version wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=_Dataclass)


def read_record(kind: type[Record], found: Mapping[str, Any]) -> Record:
    """Make a record from what JSON held.

    Keys that the record does not have are ignored. A value that is missing or null becomes the record's default.

    Raises
    ------
    TypeError
        If a value is missing that has no default.
    """
    given = {one.name: found.get(one.name) for one in fields(kind)}
    return kind(**{name: _frozen(value) for name, value in given.items() if value is not None})


def read_optional(kind: type[Record], found: Mapping[str, Any] | None) -> Record | None:
    """Make a record as `read_record` does; return None if `found` is empty or lacks a value that has no default."""
    try:
        return read_record(kind, found) if found else None
    except TypeError:
        return None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value

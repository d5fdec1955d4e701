"""Declares the data that the server sends to the map; the map's script is checked against it."""

from typing import Literal, TypedDict


class MapClass(TypedDict):
    id: int
    name: str
    color: str


class MapLabels(TypedDict):
    """Rows and, in the same order, the classes they have."""

    rows: list[int]
    classes: list[int]


class MapMarks(TypedDict):
    """The rows drawn above the others, in groups."""

    classes: list[MapClass]
    labels: MapLabels


class MapColors(TypedDict):
    """The address of all rows' colors (`CategoryColors` or `NumberColors`), and their title."""

    url: str
    title: str


class MapData(MapMarks):
    """All data that the map shows. `name`: name of the file of positions; `gone`: a bitset of discarded rows."""

    project: str
    n: int
    name: str | None
    model: int | None
    caption: str
    gone: str | None
    colors: MapColors | None


class CategoryColors(TypedDict):
    """`codes`: a byte for each row in base64, a position in `names`; any other byte means that nothing is known."""

    kind: Literal["category"]
    title: str
    names: list[str]
    palette: list[str]
    codes: str


class NumberColors(TypedDict):
    """`values`: a byte for each row in base64, from 0 for `low` to 254 for `high`; 255 is missing."""

    kind: Literal["number"]
    title: str
    low: float
    high: float
    values: str

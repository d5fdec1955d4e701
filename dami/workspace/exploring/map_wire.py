"""What the server tells the map, spelled once: the map's script is checked against it too."""

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
    """Where the colors of all rows are, `CategoryColors` or `NumberColors`, and what they show."""

    url: str
    title: str


class MapData(MapMarks):
    """All that the map shows, but for addresses. `name`: of the picture's file; `gone`: a bitset of discarded rows."""

    project: str
    n: int
    name: str | None
    model: int | None
    caption: str
    gone: str | None
    colors: MapColors | None


class CategoryColors(TypedDict):
    """`codes`: a byte a row in base64, a position in `names`; any other is a row of which nothing is known."""

    kind: Literal["category"]
    title: str
    names: list[str]
    palette: list[str]
    codes: str


class NumberColors(TypedDict):
    """`values`: a byte a row in base64, 0 for `low` to 254 for `high`; 255 is missing."""

    kind: Literal["number"]
    title: str
    low: float
    high: float
    values: str

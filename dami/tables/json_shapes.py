"""Makes rows of the JSON that pandas and maps write for a whole table.

pandas writes a table as columns of rows (its default), rows of columns ("index"), or names beside values ("split",
"table"); its row names become a column "index" unless they count 0, 1, 2, …. GeoJSON gives each feature properties and
a geometry: a point becomes two numbers, any other geometry stays JSON. Services put a list of rows beside the number of
its page and the like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from dami.errors import TableError
from dami.tables.json_numbers import plain_type

Record = dict[str, Any]
TIGHT = {"columns", "index", "data", "index_names", "column_names"}
POINT = ("longitude", "latitude", "altitude")


def table_in(whole: Mapping[str, Any]) -> list[Record] | None:
    """Return the rows of an object that holds a whole table, or None if it has none of the known shapes."""
    for rows_of in (_features, _split, _described, _by_label, _lists):
        rows = rows_of(whole)
        if rows:
            return rows
    return None


def list_of_rows(whole: Mapping[str, Any]) -> str | None:
    """Return the name of the one list of objects in an object, if it is a table; None if there is none or another.

    An order has a list of items, too: a table has more rows than there are names beside it.
    """
    lists = [name for name, value in whole.items() if _are_objects(value)]
    return lists[0] if len(lists) == 1 and len(whole[lists[0]]) >= max(2, len(whole)) else None


def are_features(records: Sequence[Record]) -> bool:
    """Return whether all objects are features of GeoJSON."""
    return bool(records) and all(
        record.get("type") == "Feature" and "geometry" in record and isinstance(record.get("properties"), dict | None)
        for record in records
    )


def rows_of_features(features: Sequence[Record]) -> list[Record]:
    """Return a row for each feature: its id, its properties, and where it lies."""
    taken = {name for feature in features for name in feature["properties"] or {}}
    rows = []
    for feature in features:
        row = {} if "id" not in feature else {_free("id", taken): feature["id"]}
        row |= feature["properties"] or {}
        geometry = feature["geometry"]
        place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        if isinstance(place, list) and 2 <= len(place) <= 3:
            row |= {_free(name, taken): value for name, value in zip(POINT, place, strict=False)}
        elif geometry is not None:
            row[_free("geometry", taken)] = geometry
        rows.append(row)
    return rows


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name} of the feature", taken)


def _features(whole: Mapping[str, Any]) -> list[Record] | None:
    features = whole.get("features")
    if whole.get("type") != "FeatureCollection" or not _are_objects(features) or not are_features(features):
        return None
    return rows_of_features(features)


def _split(whole: Mapping[str, Any]) -> list[Record] | None:
    names, data = whole.get("columns"), whole.get("data")
    if not {*whole} <= TIGHT or not isinstance(names, list) or not isinstance(data, list):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    texts = ["" if name is None else str(name) for name in names]
    twice = next((text for text, n in Counter(texts).items() if n > 1), None)
    if twice is not None:
        raise TableError(f"Two columns of this JSON are called “{twice}”. Give every column its own name.")
    rows = [dict(zip(texts, row, strict=True)) for row in data]
    labels = whole.get("index")
    return _labelled(labels, rows) if isinstance(labels, list) and len(labels) == len(rows) else rows


def _described(whole: Mapping[str, Any]) -> list[Record] | None:
    schema, data = whole.get("schema"), whole.get("data")
    if {*whole} != {"schema", "data"} or not isinstance(schema, dict) or not _are_objects(data):
        return None
    rows = [dict(row) for row in data]
    if schema.get("primaryKey") == ["index"] and all("index" in row for row in rows):
        return _labelled([row.pop("index") for row in rows], rows)
    return rows


def _by_label(whole: Mapping[str, Any]) -> list[Record] | None:
    """Return the rows of columns of rows, or of rows of columns: labels that are numbers belong to rows."""
    outer, values = [*whole], [*whole.values()]
    if not _are_objects(values):
        return None
    inner = [*values[0]]
    if not inner or any([*value] != inner for value in values):
        return None
    numbered = all(map(_is_label, inner)), all(map(_is_label, outer))
    if not any(numbered) and (len(outer) < 2 or len(inner) < 2):
        return None
    by_column = numbered[0]
    if not any(numbered):  # a column holds one type, a row most often several
        mixed_inside = any(len(_types(value.values())) > 1 for value in values)
        mixed_across = any(len(_types(value[name] for value in values)) > 1 for name in inner)
        if mixed_inside == mixed_across:
            return None
        by_column = mixed_across
    if by_column:
        return _labelled(inner, [{name: whole[name][label] for name in outer} for label in inner])
    return _labelled(outer, values)


def _lists(whole: Mapping[str, Any]) -> list[Record] | None:
    columns = [*whole.values()]
    if not columns or not all(isinstance(column, list) and len(column) == len(columns[0]) > 1 for column in columns):
        return None
    return [dict(zip(whole, row, strict=True)) for row in zip(*columns, strict=True)]


def _labelled(labels: Sequence[Any], rows: list[Record]) -> list[Record]:
    """Return the rows with their labels, unless these count 0, 1, 2, …."""
    if [str(label) for label in labels] == [str(place) for place in range(len(rows))]:
        return rows
    name = _free("index", {name for row in rows for name in row})
    return [{name: label, **row} for label, row in zip(labels, rows, strict=True)]


def _are_objects(values: Any) -> TypeGuard[list[Record]]:
    return isinstance(values, list) and len(values) > 0 and all(isinstance(value, dict) for value in values)


def _is_label(text: str) -> bool:
    return text.removeprefix("-").isdigit()


def _types(values: Any) -> set[str]:
    words = {bool: "yes/no", int: "number", float: "number", str: "text"}
    return {words.get(plain_type(value), "nested") for value in values if value is not None}

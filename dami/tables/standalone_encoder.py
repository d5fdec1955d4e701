"""Compute a network's inputs from rows of a table, by the description in encoding.json; this file stands alone.

    features = encode(rows, json.load(open("encoding.json")))

`rows` is a pandas.DataFrame with the columns that the description names; others are ignored. Values may be typed or
texts as they stand in a file. Texts are read as those of the table were, with its decimal sign and its order of day and
month; times and durations have to be given as seconds or as timedelta. Needs numpy and pandas, not DAMI.
"""

import base64
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

FORMATS = ("dami-encoding-1", "dami-encoding-2", "dami-encoding-3")
CODE = r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?"


def encode(rows: pd.DataFrame, encoding: dict[str, Any]) -> np.ndarray:
    """The features of rows, (n, d) float32. ValueError if the description is of another format."""
    if encoding["format"] not in FORMATS:
        raise ValueError(f"This program reads {', '.join(FORMATS)}, not {encoding['format']}.")
    columns = {name: _Column(rows[name], about, encoding["missing"]) for name, about in encoding["columns"].items()}
    features = []
    for feature in encoding["features"]:
        column = columns[feature["column"]]
        taken = column.take(feature)
        if "knots" in feature:
            taken = np.interp(taken, feature["knots"], feature["heights"])
        scaled = (taken - feature["subtract"]) / feature["divide"]
        features.append(np.where(column.unknown, 0.0, scaled).clip(-encoding["limit"], encoding["limit"]))
    return np.column_stack(features).astype(np.float32)


class _Column:
    """A column's values, read as the description says.

    values : numbers, dates, texts, or latitudes and longitudes
    missing : (n,) where there is none
    unknown : (n,) where it is a category that the encoding does not know
    """

    def __init__(self, series: pd.Series, about: dict[str, Any], absent: list[str]) -> None:
        self.about = about
        categories = about.get("categories", [])
        texts = series.map(_text, na_action="ignore").astype(object).where(series.notna(), np.nan)
        if "codes" in about and not (about["codes"]["by_code"] and pd.api.types.is_numeric_dtype(series)):
            texts = texts.map(lambda text: _meant(text, about["codes"]), na_action="ignore").astype(object)
        texts = texts.mask(texts.str.strip().isin(absent) & ~texts.isin(categories))
        if "spellings" in about:
            texts = texts.str.normalize("NFC").str.strip().str.lower().map(about["spellings"]).astype(object)
        if about.get("others_missing"):  # of format 1
            texts = texts.where(texts.isin(categories))
        self.values: Any = texts
        self.unknown: np.ndarray = np.zeros(len(series), bool)
        written = series.map(lambda value: isinstance(value, str)).to_numpy(bool) & texts.notna().to_numpy()
        if about["read_as"] == "number":
            numbers = pd.to_numeric(texts.str.strip().str.lower().replace({"true": "1", "false": "0"}), errors="coerce")
            numbers = numbers.astype(float)
            if "decimal" in about:  # from format 3 on
                read = texts[written].map(lambda text: _number(text, about["decimal"], about["units"])).astype(float)
                numbers[written] = read if about["decimal"] == "," else numbers[written].fillna(read)
            self.values = numbers.where(np.isfinite(numbers)).clip(-1e100, 1e100)
        elif about["read_as"] == "date":
            dates = series if pd.api.types.is_datetime64_any_dtype(series) else texts
            self.values = pd.to_datetime(dates, errors="coerce", utc=True, format="ISO8601")
            others = written & self.values.isna().to_numpy()
            self.values[others] = texts[others].map(lambda text: _moment(text, about.get("forms", [])))
        elif about["read_as"] == "place":
            self.values = _latitudes_and_longitudes(texts, about["patterns"])
        elif about["read_as"] == "category":
            self.unknown = (~texts.isin(categories) & ~(texts.isna() & about["missing_counts"])).to_numpy(bool)
        missing = self.values.isna().to_numpy()
        self.missing = missing.any(axis=1) if missing.ndim == 2 else missing

    def take(self, feature: dict[str, Any]) -> np.ndarray:
        what = feature["take"]
        if what == "is missing":
            return self.missing.astype(float)
        if what == "equals":
            return (self.values == feature["value"]).to_numpy(float)
        if what == "component":
            return self.components()[:, feature["component"]]
        return np.where(self.missing, feature["missing"], self.numbers(what))

    def numbers(self, what: str) -> np.ndarray:
        if what == "value":
            return self.values.to_numpy()
        if what in ("latitude", "longitude"):
            return self.values[what].to_numpy()
        if what == "seconds":
            return (self.values - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        if what == "weekday":
            return self.values.dt.day_of_week.to_numpy(float) + 1
        return getattr(self.values.dt, what).to_numpy(float)

    def components(self) -> np.ndarray:
        """All components of the texts, (n, k): computed once, and once for each distinct text."""
        if not hasattr(self, "_components"):
            idf, reduce = _array(self.about["idf"]), _array(self.about["components"])
            place = {term: k for k, term in enumerate(self.about["terms"])}
            codes, distinct = pd.factorize(self.values.fillna(""))
            reduced = np.zeros((len(distinct), len(reduce)))
            for row, text in enumerate(distinct):
                counts = Counter(piece for piece in _pieces(text, *self.about["pieces"]) if piece in place)
                found = [place[piece] for piece in counts]
                weights = np.array(list(counts.values())) * idf[found]
                if len(found):
                    reduced[row] = reduce[:, found] @ (weights / np.linalg.norm(weights))
            self._components = reduced[codes] / self.about["scale"]
        return self._components


def _number(text: str, decimal: str, units: list[str]) -> float:
    """The number that a text is, with a unit or brackets around it, by this decimal sign; NaN if it is none."""
    text = re.sub("[\u2212\u2013]", "-", text.strip().lower())
    if text.startswith("(") and text.endswith(")"):
        return -_number(text[1:-1], decimal, units)
    unit = rf"(?:(?:{'|'.join(map(re.escape, units))})\.?)?"
    group = rf"[{'.' if decimal == ',' else ','}'\u2019 \u00a0\u202f\u2009]"
    whole = rf"[0-9]+|[1-9][0-9]{{0,2}}(?P<group>{group})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    digits = rf"(?=[{decimal}]?[0-9])(?:{whole})?(?:[{decimal}][0-9]*)?(?:e[+-]?[0-9]+)?"
    found = re.fullmatch(rf"(?P<sign>[+-]?)\s*{unit}\s*(?P<after>[+-]?)(?P<digits>{digits})\s*{unit}", text)
    if not found:
        return np.nan
    size = float(re.sub(group, "", found["digits"]).replace(",", "."))
    return -size if "-" in found["sign"] + found["after"] else size


def _moment(text: str, forms: list[list[str]]) -> pd.Timestamp:
    """The moment in UTC that a text is by one of the forms, a pattern and how its date is written; NaT if by none."""
    for pattern, form in forms:
        found = re.search(pattern, text.strip())
        if not found:
            continue
        parts = {name: part or "" for name, part in found.groupdict().items()}
        day = re.sub("([A-Za-z]{3})[A-Za-z]*", r"\1", parts["date"]) if "%b" in form else parts["date"]
        try:
            midnight = datetime.strptime(re.sub(r"[ ,.\-]+", " ", day).strip() if "%b" in form else day, form)
        except ValueError:
            continue
        hour = float(parts["hour"] or 0)
        if parts["half"]:
            hour = hour % 12 + 12 * (parts["half"].lower() == "p")
        zone = re.search("([+-])([0-9]{2}):?([0-9]{2})?", parts["zone"])
        ahead = int(zone[1] + zone[2]) * 60 + int(zone[1] + (zone[3] or "0")) if zone else 0
        minutes, seconds = float(parts["minute"] or 0) - ahead, float((parts["second"] or "0").replace(",", "."))
        return pd.Timestamp(midnight + timedelta(hours=hour, minutes=minutes, seconds=seconds), tz="UTC")
    return pd.NaT


def _latitudes_and_longitudes(texts: pd.Series, patterns: list[str]) -> pd.DataFrame:
    places = pd.DataFrame(np.nan, index=texts.index, columns=["latitude", "longitude"])
    for pattern in patterns:
        parts = texts.str.strip().str.extract(pattern)
        for column, axis, limit in (("latitude", "lat", 90), ("longitude", "lon", 180)):
            degrees = parts[axis].astype(float)
            for name, size in ((f"{axis}_min", 60), (f"{axis}_sec", 3600)):
                degrees = degrees + (parts[name].astype(float).fillna(0) / size if name in parts else 0)
            for name in (f"{axis}_sign", f"{axis}_side"):
                if name in parts:
                    degrees = degrees.mask(parts[name].isin(["-", "\u2212", *"SsWw"]), -degrees)
            places[column] = places[column].fillna(degrees.where(degrees.abs() <= limit))
    return places.where(places.notna().all(axis=1))


def _pieces(text: str, shortest: int, longest: int) -> list[str]:
    pieces = []
    for word in text.lower().split():
        padded = f" {word} "
        for length in range(shortest, longest + 1):
            pieces += [padded[k : k + length] for k in range(max(1, len(padded) - length + 1))]
            if len(padded) <= length:
                break
    return pieces


def _meant(text: str, codes: dict[str, Any]) -> str:
    """What a text of a column of codes means: a label, or a code where the column means codes."""
    plain = text.strip()
    for spelled in (text, plain):
        if spelled in codes["labels"]:
            return codes["labels"][spelled]
    if plain in codes["codes"]:
        return codes["codes"][plain]
    if plain.casefold() in codes["loose"]:
        return codes["loose"][plain.casefold()]
    number = _text(float(plain)) if codes["numbers"] and re.fullmatch(CODE, plain) else ""
    return codes["codes"].get(number, text)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, timedelta | np.timedelta64):
        return str(pd.Timedelta(value).total_seconds())
    if isinstance(value, datetime):
        return value.date().isoformat() if value == pd.Timestamp(value).normalize() else value.isoformat(sep=" ")
    return str(value)


def _array(packed: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["base64"]), packed["dtype"]).reshape(packed["shape"])

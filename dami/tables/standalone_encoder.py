"""Compute a network's inputs from rows of a table, by the description in encoding.json; this file stands alone.

    features = encode(rows, json.load(open("encoding.json")))

`rows` is a pandas.DataFrame with the columns that the description names; others are ignored. Values may be typed or
texts as they stand in a file. Needs numpy and pandas, not DAMI.
"""

import base64
import re
import unicodedata
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

FORMATS = ("dami-encoding-1", "dami-encoding-2", "dami-encoding-3", "dami-encoding-4")
WHOLE = r"-?(0|[1-9][0-9]*)(\.0+)?"
MOMENT = "datetime64[us, UTC]"
CODE = r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?"


def encode(rows: pd.DataFrame, encoding: dict[str, Any]) -> np.ndarray:
    """The features of rows, (n, d) float32. ValueError if the description is of another format."""
    if encoding["format"] not in FORMATS:
        raise ValueError(f"This program reads {', '.join(FORMATS)}, not {encoding['format']}.")
    columns = {name: _Column(rows[name], about, encoding) for name, about in encoding["columns"].items()}
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

    def __init__(self, series: pd.Series, about: dict[str, Any], encoding: dict[str, Any]) -> None:
        self.about = about
        categories = about.get("categories", [])
        texts = series.map(_text, na_action="ignore").astype(object).where(series.notna(), np.nan)
        if "codes" in about and not (about["codes"]["by_code"] and pd.api.types.is_numeric_dtype(series)):
            texts = _meant(texts, about["codes"]["ways"])
        texts = texts.mask(texts.str.strip().isin(encoding["missing"]) & ~texts.isin(categories))
        if "spellings" in about:
            said = about["spellings"]
            texts = texts.map(lambda text: said.get(_word(text), said.get(_composed(text).lower())), na_action="ignore")
            texts = texts.astype(object).where(texts.notna(), np.nan)
        if "alike" in about:
            texts = texts.map(lambda text: _alike(text, categories, about["alike"]), na_action="ignore").astype(object)
            texts = texts.mask(texts.str.strip().isin(encoding["signs"]) & ~texts.isin(categories))
        if about.get("others_missing"):  # of format 1
            texts = texts.where(texts.isin(categories))
        self.values: Any = texts
        self.unknown: np.ndarray = np.zeros(len(series), bool)
        if about["read_as"] == "number":
            plain = texts.str.strip().str.lower().replace({"true": "1", "false": "0"})
            numbers = pd.to_numeric(plain, errors="coerce").astype(float)
            written = series.map(lambda value: isinstance(value, str)).to_numpy(bool) & texts.notna().to_numpy()
            if "number" in about and written.any():
                amounts = texts.str.strip().str.lower() if about["decimal"] else plain
                numbers[written] = _numbers(amounts[written], about)
            self.values = numbers.where(np.isfinite(numbers)).clip(-1e100, 1e100)
        elif about["read_as"] == "date":
            dates = series if pd.api.types.is_datetime64_any_dtype(series) else texts
            self.values = pd.to_datetime(dates, errors="coerce", utc=True, format="ISO8601").astype(MOMENT)
            if dates is texts:
                self.values = _dates(texts.str.strip(), self.values, about.get("dates", []))
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
            return self.values.astype("int64").to_numpy() / 1e6
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


def _numbers(texts: pd.Series, about: dict[str, Any]) -> pd.Series:
    """The numbers that texts (n,) in small letters name, as people write them."""
    units = "|".join(re.escape(unit) for unit in sorted(about["units"], key=len, reverse=True))
    bare = texts.str.replace("[\u2212\u2013]", "-", regex=True)
    bare = bare.str.replace(rf"^([+\-(]*)\s*(?:{units})\.?\s*(?=[0-9.,+\-(])", r"\1", regex=True)
    bare = bare.str.replace(rf"(?<=[0-9.,)])\s*(?:{units})\.?(\)?)$", r"\1", regex=True)
    bare = bare.str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.replace(r"^([+\-])\s+", r"\1", regex=True)
    decimal, by_group = about["decimal"], bare.str.fullmatch(r"[+\-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?").eq(True)
    if decimal is None:  # the comma of 1,5 can only be decimal
        decimal = "," if (bare.str.contains(",", regex=False).eq(True) & ~by_group).any() else "."
    group = "." if decimal == "," else ","
    grouped = rf"([+\-]?[1-9][0-9]{{0,2}})((?:[{group}\s'\u2019][0-9]{{3}})+)((?:[{decimal}][0-9]+)?)"
    bare = bare.str.replace(
        rf"^{grouped}$", lambda parts: parts[1] + re.sub("[^0-9]", "", parts[2]) + parts[3], regex=True
    )
    if decimal == ",":
        has_point = bare.str.contains(r"\.[0-9]").eq(True)
        is_other = has_point.any() and texts.str.match(about["number"]).all()
        bare = texts if is_other else bare.mask(has_point).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(bare.where(bare.str.match(about["number"]).eq(True)), errors="coerce").astype(float)
    if numbers.notna().all():
        return numbers
    seconds = numbers * np.nan
    for pattern in about["times"]:
        seconds = seconds.fillna(_seconds(texts.str.extract(f"(?i){pattern}")))
    return max(numbers, seconds, key=lambda found: found[~texts.duplicated()].notna().sum())


def _dates(texts: pd.Series, found: pd.Series, forms: list[list[str]]) -> pd.Series:
    """The dates (n,) in UTC that were found in texts, and those of other forms, in the order of day and month that
    reads more texts; where both read as many, what they read alike."""
    one, other = (_in_order(texts, found, [[form[0], form[k]] for form in forms]) for k in (1, -1))
    lost = [dates[~texts.duplicated()].isna().sum() for dates in (one, other)]
    return one.where(one == other) if lost[0] == lost[1] else one if lost[0] < lost[1] else other


def _in_order(texts: pd.Series, found: pd.Series, forms: list[list[str]]) -> pd.Series:
    for pattern, form in forms:
        parts = texts.where(found.isna()).str.extract(pattern)
        days = parts["date"]
        if days.isna().all():
            continue
        if "%b" in form:
            days = days.str.replace("([A-Za-z]{3})[A-Za-z]*", r" \1 ", regex=True)
            days = days.str.replace(r"[ ,.\-]+", " ", regex=True).str.strip()
        days = pd.to_datetime(days, format=form, errors="coerce", utc=True).astype(MOMENT)
        zone = parts["zone"].str.extract(r"([+\-])([0-9]{2}):?([0-9]{2})?")
        ahead = zone[1].astype(float).fillna(0) * 3600 + zone[2].astype(float).fillna(0) * 60
        seconds = _seconds(parts) - ahead.where(zone[0] != "-", -ahead)
        found = found.fillna(days + (1e6 * seconds.where(days.notna())).round().astype("timedelta64[us]"))
    return found


def _seconds(parts: pd.DataFrame) -> pd.Series:
    """The seconds of times (n,) whose parts (hour, minute and so on) stand in columns; NaN where no part does."""
    total = pd.Series(0.0, index=parts.index)
    for name, size in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if name in parts:
            numbers = parts[name].str.replace(",", ".", regex=False).astype(float).fillna(0)
            if name == "hour" and "half" in parts:
                half = parts["half"].str.lower()
                numbers = numbers.where(half.isna(), numbers % 12 + 12 * (half == "p"))
            total += size * numbers
    total = total.mask(parts["minus"] == "-", -total) if "minus" in parts else total
    return total.where(parts.drop(columns="minus", errors="ignore").notna().any(axis=1))


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


def _meant(texts: pd.Series, ways: list[dict[str, Any]]) -> pd.Series:
    """What texts of a column of codes mean, labels or codes, in the way that knows most of them."""
    found = [texts.map(lambda text, way=way: _looked_up(text, way), na_action="ignore") for way in ways]
    known = [sum(one[0] for one in some.dropna()) for some in found]
    best = found[max(range(len(ways)), key=lambda k: (known[k], -k))]
    return best.map(lambda one: one[1], na_action="ignore").astype(object)


def _looked_up(text: str, way: dict[str, Any]) -> tuple[bool, str | None]:
    """Whether a text is known, and what it means."""
    plain = _composed(text)
    number = _text(float(plain)) if re.fullmatch(CODE, plain) else ""
    for spelled, meanings in ((text, "texts"), (plain, "texts"), (plain.casefold(), "loose"), (number, "numbers")):
        if spelled in way[meanings]:
            return True, way[meanings][spelled]
    return False, None if way["only_labels"] and number else text


def _alike(text: str, categories: list[str], alike: dict[str, str]) -> str:
    """What a text means that may be spelled otherwise than in the table."""
    if text in categories:
        return text
    plain = _composed(text)
    if same := [category for category in categories if _composed(category) == plain]:
        return same[0]
    return alike.get(_word(text), text)


def _word(text: str) -> str:
    """A text in small letters without spaces around it; a whole number without its .0."""
    word = _composed(text).lower()
    return word.split(".")[0] if re.fullmatch(WHOLE, word) else word


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


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

"""Reads places in texts as latitude and longitude: "52.52, 13.405", "52°31'N 13°24'E", "POINT (13.405 52.52)".

JSON of a place is one, too: {"lat": 52.52, "lon": 13.405}, and a point of GeoJSON; so is what Python prints of them.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

EXPONENT = r"(?:[eE][+\-]?[0-9]{1,3})?"  # programs write 1e-05 in JSON
QUOTE, BLANKS = "[\"']", r"\s{0,40}"  # of JSON, or as Python prints it; without a bound, a hostile cell takes long
SIGN, LETTERS = "[-\u2212]?", {"lat": "[NSns]", "lon": "[EWew]"}


def _degrees(axis: str) -> str:
    return rf"(?P<{axis}_sign>{SIGN})(?P<{axis}>[0-9]{{1,3}}(?:\.[0-9]+)?{EXPONENT})"


def _with_letter(axis: str) -> str:
    minutes = rf"(?:(?P<{axis}_min>[0-9]{{1,2}}(?:\.[0-9]+)?)['\u2032\u2019] ?)?"
    seconds = rf"(?:(?P<{axis}_sec>[0-9]{{1,2}}(?:\.[0-9]+)?)(?:\"|''|\u2033|\u201d) ?)?"
    return rf"{_degrees(axis)}°? ?{minutes}{seconds}(?P<{axis}_side>{LETTERS[axis]})"


def _member(names: str, value: str) -> str:
    return rf"{QUOTE}(?i:{names}){QUOTE}{BLANKS}:{BLANKS}{value}{BLANKS}"


def _quoted(axis: str) -> str:
    return rf"{QUOTE}?{_degrees(axis)}{QUOTE}?"


def _object(*members: str) -> str:
    """Return the pattern of JSON with members in this order, beside which a height may stand."""
    height = _member("alt(?:itude)?|ele(?:vation)?|height", r"[^,{}\[\]]{0,40}")
    inside = rf",{BLANKS}".join([rf"(?:{height},{BLANKS})?{member}" for member in members])
    return rf"^\{{{BLANKS}{inside}(?:,{BLANKS}{height})?\}}$"


LATITUDE = _member("lat(?:itude)?", _quoted("lat"))
LONGITUDE = _member("lng|lon(?:g(?:itude)?)?", _quoted("lon"))
POINT = _member("type", f"{QUOTE}(?i:point){QUOTE}")
COORDINATES = _member(
    "coordinates",
    rf"\[{BLANKS}{_quoted('lon')}{BLANKS},{BLANKS}{_quoted('lat')}{BLANKS}(?:,{BLANKS}[0-9.eE+\-]{{1,40}}{BLANKS})?\]",
)
PLACES = (  # each with the named groups of the parts that it has
    rf"^\(?{_degrees('lat')}°? ?[,; ] ?{_degrees('lon')}°?\)?$",
    rf"^{_with_letter('lat')} ?[,; ]? ?{_with_letter('lon')}$",
    rf"^(?i:point) ?\({_degrees('lon')} {_degrees('lat')}\)$",
    *(_object(*members) for members in permutations((LATITUDE, LONGITUDE))),
    *(_object(*members) for members in permutations((POINT, COORDINATES))),
)
_FINE = r"\.[0-9]{2,}.*\.[0-9]{3,}|\.[0-9]{3,}.*\.[0-9]{2,}"
CLEAR = rf"{_FINE}|{LETTERS['lat']}.*{LETTERS['lon']}$|^(?i:point)|^\{{"
FURTHEST = {"lat": 90, "lon": 180}


def places_in(texts: pd.Series) -> np.ndarray:
    """Return the latitude and longitude that texts (n,) name, (n, 2) in degrees, both NaN where a text is no place."""
    codes, distinct = pd.factorize(texts)
    trimmed = pd.Series(distinct, dtype="str").str.strip()
    found = np.full((len(distinct) + 1, 2), np.nan)  # the last is for a missing text
    for pattern in PLACES:
        unread = np.flatnonzero(np.isnan(found[:-1]).any(axis=1))
        if not len(unread):
            break
        parts = trimmed.iloc[unread].str.extract(pattern)
        found[unread] = np.column_stack([_axis(parts, axis) for axis in FURTHEST])
    found[np.isnan(found).any(axis=1)] = np.nan
    return found[codes]


def _axis(parts: pd.DataFrame, axis: str) -> np.ndarray:
    total = np.zeros(len(parts))
    for name, size in ((axis, 1), (f"{axis}_min", 60), (f"{axis}_sec", 3600)):
        if name in parts:
            numbers = parts[name].astype("float64")
            total += (numbers if name == axis else numbers.fillna(0)).to_numpy() / size
    south = [parts[name].isin(["-", "\u2212", *"SsWw"]) for name in (f"{axis}_sign", f"{axis}_side") if name in parts]
    total = np.where(np.any(south, axis=0), -total, total)
    return np.where(np.abs(total) <= FURTHEST[axis], total, np.nan)


def are_places(distinct: np.ndarray, present: pd.Series, least: float) -> bool:
    """Return whether at least a share of texts (n,) clearly name places; the first few of them tell most columns."""
    first = pd.Series(distinct[:10], dtype="str")
    if first.str.contains(CLEAR).mean() < 0.5 or np.isnan(places_in(first)[:, 0]).mean() > 0.5:
        return False
    texts = present.astype("str")
    return bool((texts.str.contains(CLEAR) & ~np.isnan(places_in(texts)[:, 0])).mean() >= least)

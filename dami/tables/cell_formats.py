"""Finds cells of an .xlsx whose format shows another number than they hold: 5% for 0.05, and 00007 for 7."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dami.tables.cell_errors import place_of
from dami.tables.sheet_source import SheetSource, attribute

FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
STYLES = re.compile(rb"<(?:\w+:)?cellXfs[\s>](?P<styles>.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
STYLE = re.compile(rb"<(?:\w+:)?xf\s[^<>]*>")
OWN = {"9": "0%", "10": "0.00%"}  # formats that every workbook has, by number
TAG, TAG_END = rb"<(?:\w+:)?", rb"(?:\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*+"


@dataclass(frozen=True)
class Shown:
    """A cell with a format.

    Attributes
    ----------
    row, column : from 0 at the top left of the sheet
    number : what it holds
    text : what it shows
    """

    row: int
    column: int
    number: str
    text: str

    @property
    def is_percent(self) -> bool:
        return self.text.endswith("%")


def shown_otherwise(source: SheetSource) -> Iterator[Shown]:
    """Yield the cells of a sheet that show another number than they hold; none of another kind of workbook."""
    styles = _styles(source.styles)
    for match in _cells_of(styles).finditer(source.cells) if styles else ():
        code, place = styles[match["style"].decode()], place_of(match["place"])
        if place is None or attribute(match["said"], b"t") not in ("", "n"):
            continue
        number = float(match["number"])
        text = f"{100 * number:.12g}%" if "%" in code else f"{number:0{len(code)}.0f}"
        plain = f"{number:.12g}"
        if text != plain:
            yield Shown(*place, plain, text)


def _cells_of(styles: Iterable[str]) -> re.Pattern[bytes]:
    """Return the pattern of a cell of some styles with a number. No part is tried twice, however hostile a sheet is."""
    style = rb"(?=(?:[^<>]*\s)?s=[\"'](?P<style>" + b"|".join(map(str.encode, styles)) + rb")[\"'])"
    place = rb"(?=(?:[^<>]*\s)?(?P<place>r=[\"'][A-Z]{1,3}[0-9]{1,7}[\"']))"
    formula = TAG + b"f" + TAG_END
    number = TAG + rb"v>(?P<number>[0-9.eE+\-]+)</(?:\w+:)?v>"
    return re.compile(TAG + rb"c\s" + style + place + rb"(?P<said>[^<>]*)>\s*+(?:" + formula + rb")?+" + number)


def _styles(xml: bytes) -> dict[str, str]:
    """Return number of a style -> its format, of the styles whose format is one of percent, or of zeros alone."""
    named = {attribute(tag, b"numFmtId"): attribute(tag, b"formatCode") for tag in FORMAT.findall(xml)}
    codes = {number: code for number, code in {**OWN, **named}.items() if re.fullmatch(r"0{2,}|[0#,.]+ ?%", code)}
    styles = STYLES.search(xml)
    held = [attribute(tag, b"numFmtId") for tag in STYLE.findall(styles["styles"])] if styles else []
    return {str(place): codes[number] for place, number in enumerate(held) if number in codes}

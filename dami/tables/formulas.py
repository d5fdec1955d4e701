"""Finds formulas in a workbook that no program has calculated: their cells have no value, so they are read as empty."""

from __future__ import annotations

import re

from dami.tables.sheet_source import SheetSource, attribute, text_of
from dami.wording import count

CELL = re.compile(  # no part is tried twice: a hostile sheet takes no longer than another
    rb"<(?:\w+:)?c\s(?P<said>[^<>]*)>\s*+<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>(?P<formula>[^<]*)</(?:\w+:)?f>)\s*+"
    rb"(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?+\s*+</(?:\w+:)?c>"
)
ODS_TABLE = re.compile(rb"<(?:\w+:)?table\s[^<>]*>")
ODS_CELL = re.compile(
    rb"<(?:\w+:)?table-cell\s(?P<said>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>(?P<nothing>\s*+</(?:\w+:)?table-cell>)?+"
)
ODS_RESULT = re.compile(rb"\s(?:\w+:)?(?:(?:\w+-)?value=|value-type=[\"']string)")  # an empty text has no value
ODS_REFERENCE = re.compile(r'"[^"]*"|\[([^\[\]]*)\]')  # a text of a formula may hold brackets, too
SHOWN = 80  # characters of an example
TEXT = b't="str"'  # a formula whose result is an empty text


def without_result(source: SheetSource) -> list[str]:
    """Return a note of the formulas without a stored result in a sheet of an .xlsx or .ods; none if there is none."""
    match source.kind:
        case ".ods":
            n, example = _in_open_document(source)
        case ".xlsx":
            n, example = _in_excel(source.cells)
        case _:
            return []
    if not n:
        return []
    shown = f", such as {example}" if example else ""
    return [
        f"The result of a formula is missing in the file ({count(n, 'cell')}{shown}), and these cells are "
        "empty. Open the file in Excel or LibreOffice, save it, and choose it again."
    ]


def _in_excel(xml: bytes) -> tuple[int, str]:
    """Return how many formulas without a result a sheet has, and one of them or where it is."""
    some = b"f>" in xml  # most sheets are told apart at once
    found = [match for match in CELL.finditer(xml) if TEXT not in match["said"]] if some else []
    formula = next((text_of(match["formula"]) for match in found if match["formula"]), "")
    return len(found), f"“={formula}”" if formula else attribute(found[0]["said"], b"r") if found else ""


def _in_open_document(source: SheetSource) -> tuple[int, str]:
    """Return how many formulas without a result a sheet of a document has, and one of them."""
    xml, name = source.cells, rb"(?:\w+:)?name"
    start = next((m.end() for m in ODS_TABLE.finditer(xml) if attribute(m[0], name) == source.sheet), len(xml))
    end = xml.find(b"</table:table>", start)
    part = xml[start : end if end >= 0 else len(xml)]
    if b"formula=" not in part:
        return 0, ""
    without = [
        said
        for match in ODS_CELL.finditer(part)
        if (said := b" " + match["said"]) and b"formula=" in said and not ODS_RESULT.search(said)
        if match["nothing"] or said.endswith(b"/")
    ]
    n = sum(int(attribute(said, rb"(?:\w+:)?number-columns-repeated") or 1) for said in without)
    formula = attribute(without[0], rb"(?:\w+:)?formula") if without else ""
    return n, f"“{_as_shown(formula)}”" if formula else ""


def _as_shown(formula: str) -> str:
    """Return a formula of a document as people see it: of:=[.A2]>[.B2] is =A2>B2."""
    formula = formula[formula.find("=") :]
    own = ODS_REFERENCE.sub(
        lambda found: found[0] if found[1] is None else re.sub(r"(^|:)\.", r"\1", found[1]), formula
    )
    return own if len(own) <= SHOWN else f"{own[:SHOWN]}…"

"""Shows how a file was read, and lets a person read it otherwise: another sheet, another encoding, rows left out."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from dami import wording
from dami.tables.read_options import KINDS, HowRead, ReadOptions, Skipped
from dami.ui import elements, state

ENCODINGS = ("utf-8", "cp1252", "cp1250", "cp1251", "iso-8859-2", "koi8-r", "cp1253", "cp1254", "gb18030", "shift_jis")
SHOWN_CELLS = 6
Read = Callable[[ReadOptions], None]


def reading_choices(key: str, how: HowRead, options: ReadOptions, read: Read) -> None:
    """Offer what can be read otherwise; nothing if there is nothing to choose.

    Parameters
    ----------
    key : differs for each file
    how : how the file was read
    options : what a person has chosen so far
    read : called with other choices
    """
    if len(how.sheets) > 1:
        st.selectbox(
            "Sheet",
            how.sheets,
            index=how.sheets.index(how.sheet) if how.sheet in how.sheets else 0,
            key=f"sheet_{key}",
            on_change=lambda: _chosen(f"sheet_{key}", lambda sheet: read(replace(options, sheet=sheet))),
            width=320,
        )
    if how.encoding and not how.encoding.lower().startswith("utf"):
        found = how.encoding
        st.selectbox(
            "Encoding",
            [found, *(name for name in ENCODINGS if name != found)],
            key=f"encoding_{key}",
            on_change=lambda: _chosen(f"encoding_{key}", lambda name: read(replace(options, encoding=name))),
            help="Choose another one if letters below look wrong.",
            width=320,
        )
    _rows_around(key, how, options, read)


def _rows_around(key: str, how: HowRead, options: ReadOptions, read: Read) -> None:
    """Show the rows that were taken for no rows of the table, and let each kind be read as rows after all."""
    skipped = {one.kind for one in how.skipped}
    undone = [kind for kind in KINDS if options.skip is not None and kind not in options.skip]
    if not skipped and not undone:
        return
    n_rows = sum(one.n for one in how.skipped)
    are = "is" if n_rows == 1 else "are"
    with st.expander(f"{wording.count(n_rows, 'row')} of the file {are} no part of the table", icon=":material/crop:"):
        st.caption("They stay in your file. Take a mark away to read them as rows of the table.")
        for kind in KINDS:
            if kind in skipped or kind in undone:
                _one_kind(kind, [one for one in how.skipped if one.kind == kind], key, options, read)


def _one_kind(kind: str, skipped: list[Skipped], key: str, options: ReadOptions, read: Read) -> None:
    title = " ".join(one.note for one in skipped) or f"{KINDS[kind][1].capitalize()}: none is left out."
    st.checkbox(
        elements.plain(title),
        bool(skipped),
        key=f"skip_{kind}_{key}",
        on_change=lambda: _changed(kind, key, options, read),
    )
    cells = [list(row[:SHOWN_CELLS]) for one in skipped for row in one.cells if any(row)]
    if cells and kind != "empty":
        st.table(pd.DataFrame(cells).fillna("").map(elements.plain).rename(columns=_place), hide_index=True)


def _place(column: int) -> str:
    return f"cell {column + 1}"


def _chosen(key: str, use: Callable[[str], None]) -> None:
    chosen = state.sent(key)
    if chosen is not None:
        use(chosen)


def _changed(kind: str, key: str, options: ReadOptions, read: Read) -> None:
    is_skipped = state.sent(f"skip_{kind}_{key}")
    kinds = set(KINDS) if options.skip is None else set(options.skip)
    kinds = kinds | {kind} if is_skipped else kinds - {kind}
    read(replace(options, skip=tuple(name for name in KINDS if name in kinds)))

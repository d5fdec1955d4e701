"""Shows how a file was read, and lets a person read it otherwise, wherever a file comes in.

The choices are the sheet, the encoding where it is in doubt, what stands between and around values, and the rows that
are no part of the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dami import wording
from dami.tables.delimited import NAMES, QUOTE
from dami.tables.read_options import KINDS, QUOTES, HowRead, ReadOptions, Skipped
from dami.tables.text_encodings import ENCODINGS
from dami.ui import elements, state
from dami.ui.data.column_report import NAME
from dami.ui.data.meanings import ask
from dami.views.plots import shorten
from dami.workspace.projects import stored_tables
from dami.workspace.projects.stored_tables import OpenedFile

SHOWN_CELLS = 6
MOST_NOTES = 6  # that are in sight
Use = Callable[[OpenedFile], None]
Choose = Callable[[ReadOptions], None]


def read_upload(form: str, uploaded: UploadedFile | None, beside: str | None = None) -> str | None:
    """Return the id of an uploaded table; show what was mended, and offer to read it otherwise. None without a file.

    Parameters
    ----------
    form : name of the form
    beside : id of the table whose choices hold for the file, see `stored_tables.open_file_beside`
    """
    if uploaded is None:
        st.session_state.pop(form, None)  # it holds the file
        return None
    of = (uploaded.file_id, beside)
    before = st.session_state.get(form)
    said = before[1].kinds if before is not None and before[0][0] == uploaded.file_id else None
    with st.spinner("Reading the file…"):
        opened = state.read_once(
            form, of, lambda: stored_tables.open_file_beside(uploaded.getvalue(), uploaded.name, beside, kinds=said)
        )

    def use(found: OpenedFile) -> None:
        st.session_state[form] = (of, found)

    show_notes(opened.notes)
    elements.show_notice(f"{form}_error")
    reading_choices(form, opened, use)
    if beside is not None:
        _meanings(form, opened, beside, use)
    return opened.table


def _meanings(form: str, opened: OpenedFile, beside: str, use: Use) -> None:
    """Ask what the file leaves open that was opened beside a table; until a person says it, the default holds."""

    def change(kinds: Mapping[str, str | None]) -> None:
        with elements.keep_error(f"{form}_error"):
            said = {name: kind for name, kind in {**opened.kinds, **kinds}.items() if kind is not None}
            use(opened.otherwise(kinds=said))

    with st.container(horizontal=True):
        for doubt in stored_tables.doubts(opened.table, beside):
            key = f"{form}_{opened.table}_{doubt.column}_means"
            name = shorten(doubt.column, NAME)
            said = doubt.column in opened.kinds
            ask(doubt.column, doubt.question, doubt.holds, said, key, change, f"In “{name}”, ")


def show_notes(notes: list[str]) -> None:
    """Show sentences that say what was mended, if there are any; of very many, the first few."""
    lines = [f"- {elements.plain(note)}" for note in notes]
    if lines:
        first = "\n".join(lines[:MOST_NOTES]) if len(lines) > 1 else lines[0].removeprefix("- ")
        st.info(first, icon=":material/build:")
    if more := lines[MOST_NOTES:]:
        with st.expander(f"{wording.count(len(more), 'more note')} about the file"):
            st.markdown("\n".join(more))


def in_words(read: ReadOptions | HowRead) -> list[str]:
    """Return how a file is read, or is to be read: a few words for each choice that is made."""
    words = [] if read.sheet is None else [f"sheet “{read.sheet}”"]
    words += [] if read.encoding is None else [_named(ENCODINGS, read.encoding)]
    words += [] if read.delimiter is None else [f"{_named(NAMES, read.delimiter)} between values"]
    words += [] if read.quote is None else [f"{_named(QUOTES, read.quote)} around values"]
    if isinstance(read, HowRead):
        n_rows = sum(one.n for one in read.skipped)
        return [*words, f"{wording.count(n_rows, 'row')} left out"] if n_rows else words
    return [*words, *(f"{KINDS[kind][1]} are rows of the table" for kind in KINDS if not read.skips(kind))]


def reading_choices(place: str, opened: OpenedFile, use: Use) -> None:
    """Offer what can be read otherwise; nothing if there is nothing to choose.

    Parameters
    ----------
    place : of the form; an error is kept as that of `place`_error
    use : called with the file as it was read by other choices
    """
    how, options = opened.how, opened.options
    key = f"{place}_{opened.table}"

    def choose(chosen: ReadOptions) -> None:
        with elements.keep_error(f"{place}_error"):
            use(opened.otherwise(options=chosen))

    is_doubtful = how.encoding is not None and (options.encoding or not how.encoding.lower().startswith("utf"))
    offered: list[tuple[str, str, Any, Mapping[str, str]]] = []
    if len(how.sheets) > 1:
        offered.append(("sheet", "Sheet", how.sheet, {sheet: sheet for sheet in how.sheets}))
    if is_doubtful:
        offered.append(("encoding", "Encoding", how.encoding, ENCODINGS))
    if how.delimiter is not None and how.quote is not None:
        offered.append(("delimiter", "Between values", how.delimiter, NAMES))
        offered.append(("quote", "Around values", how.quote, QUOTES))
    kinds = [kind for kind in KINDS if not options.skips(kind) or any(one.kind == kind for one in how.skipped)]
    if not offered and not kinds:
        return
    names = {name for name, *_ in offered} - ({"quote"} if how.quote == QUOTE else set())
    told = ", ".join(in_words(HowRead(**{name: getattr(how, name) for name in names}, skipped=how.skipped)))
    title = f"How the file was read{': ' if told else ''}{told}"
    in_doubt = len(how.sheets) > 1 or is_doubtful or bool(options.chosen)
    with st.expander(elements.plain(title), expanded=bool(in_doubt), icon=":material/rule:"):
        with st.container(horizontal=True):
            for name, label, found, titles in offered:
                _one_choice(name, label, found, titles, key, options, choose)
        if kinds:
            st.caption("Rows that are no part of the table. Take a mark away to read them as rows of it.")
        for kind in kinds:
            _one_kind(kind, [one for one in how.skipped if one.kind == kind], key, options, choose)


def _named(titles: Mapping[str, str], value: str) -> str:
    return titles.get(value, f"“{value}”")


def _one_choice(
    name: str, label: str, found: str, titles: Mapping[str, str], key: str, options: ReadOptions, choose: Choose
) -> None:
    values = [*([found] if found not in titles else []), *titles]
    key = f"{name}_{key}"

    def changed() -> None:
        value = state.sent(key)
        st.session_state[key] = found  # what does not fit is not done
        if value is not None:
            choose(replace(options, **{name: value}))

    st.selectbox(
        label,
        values,
        index=values.index(found),
        key=key,
        format_func=lambda value: _named(titles, value),
        on_change=changed,
        width=230,
    )


def _one_kind(kind: str, skipped: list[Skipped], key: str, options: ReadOptions, choose: Choose) -> None:
    key = f"skip_{kind}_{key}"

    def changed() -> None:
        kinds = {name for name in KINDS if options.skips(name)} - {kind} | ({kind} if state.sent(key) else set())
        st.session_state[key] = bool(skipped)
        choose(replace(options, skip=tuple(name for name in KINDS if name in kinds)))

    title = " ".join(one.note for one in skipped) or f"{KINDS[kind][1].capitalize()}: none is left out."
    st.checkbox(elements.plain(title), bool(skipped), key=key, on_change=changed)
    cells = pd.DataFrame([list(row) for one in skipped for row in one.cells if any(row)]).fillna("")
    filled = [place for place in cells if cells[place].astype(bool).any()][:SHOWN_CELLS]
    if filled and kind != "empty":
        st.table(cells[filled].map(elements.plain).rename(columns=_place), hide_index=True)


def _place(column: int) -> str:
    return f"cell {column + 1}"

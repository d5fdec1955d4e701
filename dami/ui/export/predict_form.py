"""Draws the form that predicts new rows: choose a file, wait for a worker, look at the result, download it."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dami import wording
from dami.store import jobs, models
from dami.store.records import Project
from dami.tables.reading import READERS
from dami.ui import elements
from dami.ui.data.reading_choices import read_upload
from dami.workspace.transfer import predict_new_rows
from dami.workspace.transfer.predict_new_rows import Predicted

NAMED = 12  # the most columns that the hint names


@elements.failing
def predict_form(project: Project) -> None:
    """Draw the form and the result; the page draws both again when the worker is done."""
    model = models.latest(project.id)
    if model is None:
        return
    wanted = predict_new_rows.needed_columns(project, model)
    uploaded = st.file_uploader(
        "A table of new rows",
        type=[*READERS],
        key=f"new_rows_{project.id}",
        help=elements.plain(f"Needs the columns {wording.listed(wanted, NAMED)}."),
    )
    table = read_upload("predict_read", uploaded, project.table_id)
    if uploaded is None or table is None:
        return
    predict_new_rows.require_columns(project, model, table, uploaded.name)
    found = predict_new_rows.stored_prediction(project, table)
    if found is not None:
        _show(found, uploaded.name)
        return
    asked = (table, model.number)
    if st.session_state.get("predict_asked") != asked:
        st.session_state.predict_asked = asked
        predict_new_rows.start(project, table)
    last = jobs.latest(project.id, predict_new_rows.KIND)
    if predict_new_rows.running(project, table) is not None:
        st.info("The new rows are being predicted; the result appears here.", icon=":material/hourglass_top:")
        return
    message = last.message if last is not None and last.state == "failed" else "The work was stopped."
    elements.show_error(message)
    st.button("Predict again", on_click=again, args=(project, table), icon=":material/replay:")


def again(project: Project, table: str) -> None:
    predict_new_rows.start(project, table)


def _show(found: Predicted, filename: str) -> None:
    counts = ", ".join(f"{count:,} as {name}" for name, count in list(found.counts.items())[:10])
    st.text(f"{wording.count(found.n_rows, 'row')} predicted: {counts}{', …' if len(found.counts) > 10 else ''}.")
    for note in found.notes:
        st.caption(elements.plain(note))
    stem = filename.rsplit(".", 1)[0][:60] or "rows"
    with st.container(horizontal=True):
        _download("Predictions", found.rows, f"{stem}.predictions.csv", type="primary")
        _download("CSV exactly as written", found.plain_rows, f"{stem}.predictions-as-written.csv")
        if not found.too_many:
            _download(
                "Local weights",
                found.weights,
                f"{stem}.weights.csv",
                help="For each row and class the exact linear model that the network is there: a bias, and a weight "
                "for each encoded feature.",
            )
    st.caption(
        "In “Predictions”, a text that a spreadsheet would run as a formula has an apostrophe before it, as in “Table "
        "as CSV” above. “CSV exactly as written” has none: do not open that file in a spreadsheet unless you trust who "
        "wrote the rows."
    )
    if found.too_many:
        st.caption(
            "The local weights of so many rows are too large for a browser. On the command line: python -m dami "
            "predict model.dami TABLE --weights FILE"
        )
    preview = found.preview()
    st.dataframe(
        preview,
        hide_index=True,
        placeholder="",
        height=min(320, 38 + 35 * len(preview)),
        column_config=_pinned(preview),
    )


def _download(title: str, data: Callable[[], bytes], filename: str, **more: Any) -> None:
    st.download_button(
        title, data, filename, "text/csv", f"new_rows_{title}", on_click="ignore", icon=":material/download:", **more
    )


def _pinned(preview: pd.DataFrame) -> dict[str, Any]:
    pinned = elements.pinned(preview, ("row", "prediction", "confidence"))
    percent = st.column_config.NumberColumn(format="percent", pinned=True)
    return {**elements.columns_of(preview), **pinned, "confidence": percent}

"""Draws the page Export: every row's label, given or predicted, with its source."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dami.errors import DamiError
from dami.store import annotations, models, projects
from dami.studies import rivals
from dami.ui import elements, state
from dami.ui.export.predict_form import predict_form
from dami.workspace.app_folder import page_file
from dami.workspace.comparing import rivals_job
from dami.workspace.projects import labels
from dami.workspace.projects.stored_tables import table
from dami.workspace.training import class_evidence, rounds
from dami.workspace.transfer import export_job, exporters
from dami.workspace.transfer.labeled_table import exported_table

PREVIEWED = 200

project = state.require_project("Export")
# The parts that change are fragments, because a download button that is drawn again forgets that it was pressed.
CHANGING = ["state", "written", "confidence", "rival", "new_rows", "model"]
elements.heading(
    "Export",
    "The labels you gave and the network's for all other rows, each with its source.",
    project,
    fragments=[f"export_{part}" for part in CHANGING],
)


def state_panel() -> None:
    now = projects.get(project.id)
    model = models.trained(now.id)
    given = annotations.labels(now.id)
    brought = [row for row in labels.imported(now) if row not in given]
    total = len(table(now.table_id))
    current = rounds.is_current(now, model)
    if labels.of_two_classes(now):
        rounds.start_if_outdated(now)
    first, second, third = st.columns(3)
    first.metric("Labelled here", f"{len(given):,}", border=True)
    second.metric("Labelled in the file", f"{len(brought):,}", border=True)
    third.metric("Predicted", f"{total - len(given) - len(brought):,}" if model else "0", border=True)
    if model is None:
        st.info(
            "There is no network yet, so rows without a label stay empty in the file: label rows of at least two "
            "classes.",
            icon=":material/neurology:",
        )
    elif not current:
        st.info(
            "The network is being trained on your last labels; the files below will have its predictions in a moment."
        )


def buttons(section: exporters.Section) -> None:
    """Draw a button for every exporter of a section, and one for each preparation that an exporter needs."""
    now = projects.get(project.id)
    waiting: list[exporters.Preparation] = []
    with st.container(horizontal=True):
        for name, exporter in exporters.of_section(section).items():
            try:
                is_waiting = exporter.preparation is not None and not exporter.preparation.is_done(now)
                missing = "" if is_waiting else exporter.missing(now)
            except DamiError as error:  # one package's fault must not take the other buttons away
                is_waiting, missing = False, str(error)
            if is_waiting and exporter.preparation is not None:
                waiting.append(exporter.preparation)
            elif missing:
                st.button(exporter.title, disabled=True, icon=":material/download:", help=elements.plain(missing))
            else:
                download(exporter, partial(export_job.made, project.id, name), f"export_{name}", is_first=name == "csv")
        for preparation in {one.title: one for one in waiting}.values():
            st.button(preparation.title, on_click=preparation.start, args=(now,), icon=":material/deployed_code:")


def download(exporter: exporters.Exporter, data: Callable[[], bytes], key: str, is_first: bool = False) -> None:
    st.download_button(
        exporter.title,
        data=data,
        file_name=exporters.file_name(project, exporter),
        mime=exporter.mime,
        key=key,
        on_click="ignore",
        icon=":material/download:",
        type="primary" if is_first else "secondary",
    )


def written_panel() -> None:
    """Tell of a file that takes long, and hand it out once it is there: a browser does not wait for it for ever."""
    now = projects.get(project.id)
    found = export_job.slow(now)
    if found is None:
        return
    exporter = exporters.EXPORTERS[found.exporter]
    if found.is_written:
        since = "" if found.is_current else " What has changed since you asked for it is not in it."
        st.success(f"“{elements.plain(exporter.title)}” is written.{since}", icon=":material/task:")
        job = found.job
        download(exporter, lambda: export_job.written(project.id, job), key=f"written_{job}")
    else:
        st.info(
            f"“{elements.plain(exporter.title)}” is being written; how far it is stands above. The download begins by "
            "itself, and if your browser does not wait that long, the file is here once it is written.",
            icon=":material/hourglass_top:",
        )


def confidence_panel() -> None:
    model = models.trained(project.id)
    if model is not None:
        said = class_evidence.sentences(project, model)
        st.caption(elements.plain(" ".join([class_evidence.CONFIDENCE, *said])))


elements.fragment(state_panel, key="export_state")()
elements.fragment(written_panel, key="export_written")()
st.subheader("The labelled table", anchor=False)
st.caption(
    "Every row in its order, with its label and where that is from: you (human), the file (imported), the network "
    "(model) or the hidden labels (oracle). Beside it which network predicted it, how sure that is, who labelled it, "
    "when, in which round."
)
elements.fragment(confidence_panel, key="export_confidence")()
buttons("table")
st.caption(
    "Every cell of the table is in these files as it was written. One exception: in “Table as CSV”, a text that a "
    "spreadsheet would run as a formula (it begins with =, +, - or @) has an apostrophe before it, which DAMI takes "
    "away when it reads the file; the column with_apostrophe says where. “CSV exactly as written” has none: do not "
    "open that file in a spreadsheet unless you trust who wrote the table."
)
st.caption(
    "A sheet of Excel has no type for some cells, which are texts there: numbers of 16 digits and more, exact decimals "
    "of Parquet, dates before 1900, negative durations, times and durations with a fraction of a second, times with a "
    "time zone, columns that mix numbers and texts. If two columns of your file have one name, so they do here; in "
    "Parquet the second one is called “name (2)”."
)
if st.toggle(f"Preview the first {PREVIEWED} rows"):
    labelled = exported_table(project)
    preview = labelled.rows(range(min(PREVIEWED, len(labelled))), [*labelled.frame]).listed
    first_seen = ("label", "label_source", "confidence")
    config = {**elements.columns_of(preview), **elements.pinned(preview, first_seen)}
    st.dataframe(preview, placeholder="", column_config=config)


def rival_panel() -> None:
    """Offer the predictions of what may predict in place of the newest network, once they were compared."""
    now = projects.get(project.id)
    found, model, instead = rivals_job.newest(now), models.trained(now.id), rivals_job.instead(now)
    if found is None or model is None or found[1].instead is None:
        return
    number, standings = found
    name = standings.instead
    st.subheader(f"Other predictions: {name}", anchor=False)
    if instead is None:
        st.caption(
            f"It was compared with network {number}. Network {model.number} is newer and has not been compared: do "
            "that on the Model page, and other predictions can be exported here."
        )
        st.page_link(page_file("model"), label="Model", icon=":material/arrow_forward:")
        return
    st.markdown(elements.plain(standings.sentence))
    if name == rivals.JOINT:
        st.caption(rivals.ABOUT_JOINT)
    st.caption(
        f"The same table as above, but its rows without a label are predicted by {rivals.named(instead)}, trained on "
        f"all labels of network {number}; the column predicted_by says so. Local models, maps and model files remain "
        f"the network's. {rivals.CAUTION}"
    )
    buttons("rival")


elements.fragment(rival_panel, key="export_rival")()


def new_rows_panel() -> None:
    now = projects.get(project.id)
    if models.trained(now.id) is not None:
        predict_form(now)
    else:
        st.caption("This takes a network: label rows of at least two classes.")


st.subheader("New rows", anchor=False)
st.caption("The network labels rows that it has never seen: a table with the same columns, without the labels.")
elements.fragment(new_rows_panel, key="export_new_rows")()

st.subheader("To send and to keep", anchor=False)
st.caption(
    "Each is one file that opens in any browser, without a server or a network. The report says what was labelled, by "
    "whom, and how good the network became, on a page or two that print well; the replay plays every answer on the map."
)
buttons("send")


def model_panel() -> None:
    if models.trained(project.id) is not None:
        buttons("network")
    else:
        st.caption("Not trained yet.")


st.subheader("The network, for use elsewhere", anchor=False)
st.caption(
    "The model file labels other tables on the command line. ONNX runs in any language: with it come its encoding, "
    "described in JSON, and six lines of Python that use them without DAMI."
)
st.code("python -m dami predict model.dami TABLE", language=None, width=480)
elements.fragment(model_panel, key="export_model")()

st.subheader("The project", anchor=False)
st.caption("Table, classes and the whole annotation log in one file; open it on the Data page of any DAMI.")
buttons("project")

"""Export: every row's label, given or predicted, and where it came from."""

import streamlit as st

from dami.store import annotations, models
from dami.ui import parts, state
from dami.workspace import exporting, labels, model_files, rounds
from dami.workspace.tables import table

project = state.require_project("Export")
parts.heading("Export", "The labels you gave and the network's for all other rows, each with its source.", project)

model = models.latest(project.id)
trained = model is not None and bool(model.summary.get("classes"))
given = annotations.labels(project.id)
brought = [row for row in labels.imported(project) if row not in given]
total = len(table(project.table_id))
running = rounds.running(project.id)
if not rounds.is_current(project, model) and running is None and len(set(labels.known(project).values())) >= 2:
    rounds.start_if_outdated(project)

first, second, third = st.columns(3)
first.metric("Labelled here", f"{len(given):,}", border=True)
second.metric("Labelled in the file", f"{len(brought):,}", border=True)
third.metric("Predicted", f"{total - len(given) - len(brought):,}" if trained else "0", border=True)
if not trained:
    st.info(
        "There is no network yet, so rows without a label stay empty in the file: label rows of at least two classes.",
        icon=":material/neurology:",
    )
elif not rounds.is_current(project, model):
    st.info("The network is being trained on your last labels; the files below will have its predictions in a moment.")


def download(name: str, primary: bool = False) -> None:
    exporter = exporting.EXPORTERS[name]
    st.download_button(
        exporter.title,
        data=lambda: exporter.write(project),
        file_name=exporting.file_name(project, exporter),
        mime=exporter.mime,
        key=f"export_{name}",
        on_click="ignore",
        icon=":material/download:",
        type="primary" if primary else "secondary",
    )


st.subheader("The labelled table", anchor=False)
st.caption(
    "Every row in its order, with its label and where that is from: you (human), the file (imported), the network "
    "(model) or the hidden labels (oracle). Beside it how sure the network is, who labelled it, when, in which round."
)
with st.container(horizontal=True):
    download("csv", primary=True)
    download("parquet")
st.caption(
    "In CSV, a text that a spreadsheet would run as a formula (it begins with =, +, - or @) has an apostrophe before "
    "it; Parquet and the project file have it as it is."
)
if st.toggle("Preview the first 200 rows"):
    preview = exporting.labeled_table(project).head(200)
    first_seen = ("label", "label_source", "confidence")
    pinned = {name: st.column_config.Column(pinned=True) for name in first_seen}
    st.dataframe(preview, placeholder="", column_config={**parts.narrow(preview.columns), **pinned})

st.subheader("The model", anchor=False)
st.caption("The network with its encoding, to label other tables on the command line:")
st.code("python -m dami predict model.dami TABLE", language=None, width=480)
if not trained:
    st.caption("Not trained yet.")
elif model_files.ready(project):
    download("model")
else:
    st.button("Prepare the model file", on_click=model_files.prepare, args=(project,), icon=":material/deployed_code:")

st.subheader("The project", anchor=False)
st.caption("Table, classes and the whole annotation log in one file; open it on the Data page of any DAMI.")
with st.container(horizontal=True):
    download("project")
    download("log")

import io
import re

import numpy as np
import pandas as pd
import pytest

from dami.store import annotations, models
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.transfer import exporters, model_files
from dami.workspace.transfer.labeled_table import labeled_table

LOG = [
    *("event", "row", "action", "label", "undoes", "source", "annotator", "pressed", "committed", "model", "round"),
    *("strategy", "space", "distance", "nearest", "radius", "reason", "note", "batch", "saw"),
]


@pytest.fixture
def labeled(desk, frame, once):
    """In label mode: 12 labels came with the table, 10 were given by hand; project, truth, and rows labelled."""
    truth = frame["kind"].copy()
    frame.loc[frame.index >= 12, "kind"] = None

    def make():
        project = desk.begin(frame, mode="label", annotator="Ada")
        desk.work(project)
        rows = desk.label_queue(project, truth, 10)
        desk.work(project)
        return project, truth, rows

    return once(make)


def test_every_label_stands_on_its_row_with_where_it_came_from(desk, labeled):
    project, truth, rows = labeled
    table = labeled_table(project)
    chosen = models.get(project.id, 1).selection
    given = table.loc[rows]
    assert given["label"].tolist() == truth[rows].tolist()
    assert set(given["label_source"]) == {"human"} and set(given["labeled_by"]) == {"Ada"}
    assert (
        set(given["round"]) == {1}
        and set(given["strategy"]) == {project.strategy}
        and set(given["confidence"]) == {1.0}
    )
    assert given["distance"].tolist() == pytest.approx([pick.distance for pick in chosen.picks[:10]])
    moments = pd.to_datetime(given["labeled_at"])
    assert [moment.timestamp() for moment in moments] == [1.7e9 + row for row in rows]
    brought = table.loc[:11]
    assert brought["label"].tolist() == truth[:12].tolist() and set(brought["label_source"]) == {"imported"}
    assert brought["labeled_by"].isna().all() and brought["distance"].isna().all()


def test_all_other_rows_have_the_prediction_of_the_network(desk, labeled):
    project, truth, rows = labeled
    table = labeled_table(project)
    others = [row for row in range(12, 60) if row not in rows]
    model = models.latest(project.id)
    probabilities = np.array(artifacts(project.id, model.number).probabilities)
    expected = np.array(model.summary.classes)[probabilities.argmax(1)]
    assert table.loc[others, "label"].tolist() == expected[others].tolist()
    assert set(table.loc[others, "label_source"]) == {"model"}
    np.testing.assert_allclose(table.loc[others, "confidence"].astype(float), probabilities.max(1)[others], atol=1e-4)
    assert (table.loc[others, "label"] == truth[others]).mean() > 0.5  # better than chance, on a few labels


def test_renamed_classes_are_exported_by_their_names(desk, labeled):
    from dami.store import classes

    project, _, _ = labeled
    classes.rename_class(project.id, 0, "Katze")
    table = labeled_table(project)
    assert "cat" not in set(table["label"]) and (table["label"] == "Katze").sum() >= 1


def test_undone_unsure_and_discarded_rows_have_no_given_label(desk, labeled):
    project, _, rows = labeled
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 1}}])
    desk.press(project, [{"row": 0, "action": "discard"}, {"row": 1, "action": "unsure", "note": "blurred"}])
    table = labeled_table(project)
    assert table.loc[[rows[0], 1], "label_source"].tolist() == ["model"] * 2
    assert table.loc[0, ["label", "label_source", "confidence"]].isna().all()
    assert table.loc[[0, 1], "answer"].tolist() == ["discard", "unsure"] and pd.isna(table.loc[rows[0], "answer"])
    assert table.loc[1, "note"] == "blurred"


def test_without_a_network_unlabelled_rows_stay_empty(desk, frame):
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog"])
    desk.press(project, [{"row": 4, "class": 1}])
    table = labeled_table(project)
    assert table["label"].dropna().to_dict() == {4: "dog"}
    assert table["label_source"].dropna().to_dict() == {4: "human"}
    assert pd.read_csv(io.BytesIO(exporters.csv(project)))["label"].dropna().to_dict() == {4: "dog"}


def test_practise_keeps_the_known_labels_in_a_column_of_their_own(desk, project, frame):
    desk.work(project)
    desk.press(project, [{"row": 5, "source": "oracle", "class": None}, {"row": 7, "class": 0}])
    table = labeled_table(project)
    assert table["known_label"].tolist() == frame["kind"].tolist()
    assert table.loc[[5, 7], "label"].tolist() == [frame["kind"][5], "cat"]
    assert table.loc[[5, 7], "label_source"].tolist() == ["oracle", "human"]


def test_columns_of_the_table_that_are_called_like_ours_survive(desk, frame):
    names = {"weight": "confidence", "legs": "label", "age": "label_in_table", "color": "note"}
    frame = frame.rename(columns=names)
    project = desk.begin(frame)
    table = labeled_table(project)
    assert table.columns.is_unique
    for original in names.values():
        kept = [name for name in table.columns if name.startswith(original) and table[name].equals(frame[original])]
        assert len(kept) == 1, original
    assert table["label"].isna().all()


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_the_files_say_the_same_when_pandas_reads_them(desk, labeled, name):
    project, _, _ = labeled
    table = labeled_table(project)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[name]
    again = read(io.BytesIO(exporters.EXPORTERS[name].write(project)))
    assert again.columns.tolist() == table.columns.tolist()
    for column in ("label", "label_source", "labeled_by", "labeled_at", "strategy", "name", "color"):
        assert again[column].fillna("(none)").tolist() == table[column].fillna("(none)").tolist()
    for column in ("confidence", "round", "distance", "weight", "age"):
        np.testing.assert_allclose(
            again[column].astype(float), table[column].astype("Float64").to_numpy(float, na_value=np.nan)
        )


def test_odd_texts_survive_the_csv(desk, frame):
    frame.loc[0, "color"] = 'a "quoted", comma\nand line'
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=['x,"y', "é ß"])
    desk.press(project, [{"row": 0, "class": 0}, {"row": 1, "class": 1}])
    again = pd.read_csv(io.BytesIO(exporters.csv(project)))
    assert again["label"][:2].tolist() == ['x,"y', "é ß"]
    assert again["color"][:2].tolist() == frame["color"][:2].tolist()


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "-2+3", '=HYPERLINK("http://x","y")']


def test_a_spreadsheet_runs_nothing_of_ours(desk, frame):
    frame = frame.rename(columns={"age": "=age"})
    texts = [*FORMULAS, "-5", "+1.5e3", "a=b", "'quoted", ""]
    frame.loc[: len(texts) - 1, "color"] = texts
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["=class", "-other"])
    desk.press(project, [{"row": 0, "class": 0}, {"row": 1, "class": 1}, {"action": "note", "row": 2, "note": "=note"}])
    for written in (exporters.csv(project), exporters.log(project)):
        read = pd.read_csv(io.BytesIO(written), dtype=str, keep_default_na=False)
        cells = [*read.columns, *read.to_numpy().ravel()]
        for cell in cells:
            assert not re.match(r"[=+@\t\r]|-(?![0-9.]+$)", cell) or cell == "+1.5e3", cell
    csv = pd.read_csv(io.BytesIO(exporters.csv(project)), dtype=str, keep_default_na=False)
    kept = csv["color"][: len(texts)].tolist()
    assert kept == [f"'{text}" for text in FORMULAS] + texts[len(FORMULAS) :]
    assert csv["label"][:2].tolist() == ["'=class", "'-other"] and csv["note"][2] == "'=note" and "'=age" in csv
    parquet = pd.read_parquet(io.BytesIO(exporters.EXPORTERS["parquet"].write(project)))
    assert parquet["color"][: len(texts)].tolist() == texts and parquet["label"][0] == "=class"


def test_the_log_has_every_event_and_names_its_columns_when_empty(desk, project):
    assert pd.read_csv(io.BytesIO(exporters.log(project))).columns.tolist()[: len(LOG)] == LOG
    desk.press(project, [{"row": 3, "class": 1}, {"action": "undo", "undoes": {"client": "tab", "seq": 1}}])
    log = pd.read_csv(io.BytesIO(exporters.log(project)))
    assert log["action"].tolist() == ["label", "undo"] and log["row"].tolist() == [3, 3]
    assert log["label"][0] == "dog" and log["undoes"][1] == log["event"][0]


@pytest.mark.parametrize("pressed", [1e300, -1e300, 0, 9e15])
def test_a_wrong_clock_in_a_browser_does_not_keep_the_labels_in(desk, project, pressed):
    desk.press(project, [{"row": 3, "class": 1, "pressed": pressed}])
    exporters.log(project)
    at = labeled_table(project)["labeled_at"][3]
    assert abs(pd.Timestamp(at).timestamp() - annotations.current(project.id)[3].committed) < 1


def test_file_names_are_names_of_files(desk, frame):
    from dami.store import projects

    project = desk.begin(frame)
    for name, stem in (("Ölraum 3/..\\x", "Ölraum-3----x"), ("///", "project"), ("a" * 300, "a" * 60)):
        named = projects.rename(project.id, name)
        assert exporters.file_name(named, exporters.EXPORTERS["csv"]) == f"{stem}.labeled.csv"


def test_the_model_file_predicts_what_the_table_says(desk, labeled, run_dami, tmp_path):
    project, _, _ = labeled
    with pytest.raises(exporters.model_files.ProjectError, match="not prepared"):
        model_files.read(project)
    model_files.prepare(project)
    assert [(job.state, job.message) for job in desk.work(project)] == [("done", "")]
    assert model_files.ready(project)
    (tmp_path / "model.dami").write_bytes(exporters.EXPORTERS["model"].write(project))
    table = labeled_table(project)
    table.drop(columns=table.columns[5:]).to_csv(tmp_path / "rows.csv", index=False)
    answer = run_dami("predict", tmp_path / "model.dami", tmp_path / "rows.csv")
    predicted = pd.read_csv(io.StringIO(answer))
    by_model = table["label_source"] == "model"
    assert len(predicted) == 60
    assert predicted["label"][by_model].tolist() == table["label"][by_model].tolist()
    np.testing.assert_allclose(
        predicted["confidence"][by_model], table["confidence"][by_model].astype(float), atol=2e-4
    )
    model = models.latest(project.id)
    classes_ = np.array(model.summary.classes)
    assert predicted["label"].tolist() == classes_[artifacts(project.id, model.number).probabilities.argmax(1)].tolist()


def test_there_is_no_model_file_before_there_is_a_network(desk, project):
    desk.work(project)
    with pytest.raises(exporters.model_files.ProjectError, match="No network"):
        model_files.read(project)
    model_files.prepare(project)
    failed = desk.work(project)[-1]
    assert (failed.state, failed.message[:10]) == ("failed", "No network")

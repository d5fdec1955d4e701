"""Labels and models that travel: imports, predictions for new rows."""

import numpy as np
import pandas as pd
from app_client import ODD, button, choice, fine, show, start, table_of, texts, things, train, work

from dami.store import annotations, projects
from dami.ui.elements import plain
from dami.workspace.annotating import corrections
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import ClassDraft, begin
from dami.workspace.projects.labels import class_list
from dami.workspace.transfer import predict_new_rows
from dami.workspace.transfer.labeled_table import labeled_table


def test_labels_are_imported_with_a_look_at_what_contradicts(trained):
    at = start(trained)
    show(at, "data")
    before = annotations.labels(trained)
    rows = [0, 1, 2, 20, 21, 22, 99, 30, 30, 24]
    labels = ["big", "big", "BIG", "big", "small", ODD, "big", "big", "small", "n/a"]
    said = pd.DataFrame({"row": rows, "label": labels})
    picker = next(one for one in at.file_uploader if one.label == "The file with labels")
    fine(picker.upload("Bo's labels.csv", b"# by Bo\n" + said.to_csv(index=False).encode(), "text/csv").run())
    assert "1 line of comments" in at.info[0].value
    between = next(one for one in at.selectbox if one.label == "Between values")
    fine(between.select(";").run())
    assert "No column tells which row is meant" in at.error[0].value.replace("\\", "")
    between = next(one for one in at.selectbox if one.label == "Between values")
    fine(between.select(",").run())
    counts = {"Rows found": "9", "Not found": "1", "Ambiguous": "1", "In conflict": "1"}
    assert {one.label: one.value for one in at.metric} == counts
    pairs = at.table[-1].value.map(lambda text: text.replace("\\", ""))
    assert pairs["in the file"].tolist() == ["0 · big", "21 · small", "24 · n/a"]
    assert pairs["row here"].tolist() == ["0", "21", "24"]
    assert pairs["in the project"].iloc[1].startswith(str(things()["size"].iloc[21]))
    assert at.dataframe[-1].value.to_numpy().tolist() == [[1, "small", "big"]]
    assert "99" in texts(at) and "with different labels; they stay out: 30" in texts(at)
    assert ODD in "".join(one.value for one in at.text)  # shown as typed
    for question, answer, count in (
        ("What shall become of them?", "Add them as classes", 3),
        ("Where they contradict", "Take the file's labels", 4),
    ):
        fine(next(one for one in at.radio if one.label == question).set_value(answer).run())
        assert button(at, f"Import {count} labels")
    one, missing = (next(box for box in at.checkbox if word in box.label) for word in ("BIG", "n/a"))
    assert one.value and not missing.value
    fine(one.uncheck().run())
    assert {one.label: one.value for one in at.metric}["In conflict"] == "2" and button(at, "Import 5 labels")
    fine(next(box for box in at.checkbox if "BIG" in box.label).check().run())
    fine(next(box for box in at.checkbox if "n/a" in box.label).check().run())
    fine(button(at, "Import 5 labels").click().run())
    assert "5 labels were imported into Things" in "".join(one.value for one in at.success)
    after = annotations.labels(trained)
    big, small, odd, missing = 0, 1, 2, 3
    changed = {row: given for row, given in after.items() if before.get(row) != given}
    assert changed == {1: big, 20: big, 21: small, 22: odd, 24: missing}
    assert [entry.name for entry in class_list(trained).shown] == ["big", "small", " ".join(ODD.split()), "n/a"]
    assert "Bo's labels.csv" in (annotations.current(trained)[20].reason or "")
    corrections.undo(projects.get(trained))
    assert annotations.labels(trained) == before
    assert [entry.name for entry in class_list(trained).shown] == ["big", "small"]


def test_rows_are_appended_from_a_newer_file_and_every_label_stays_on_its_row():
    frame = things()
    frame.insert(0, "customer", [f"C{row:02d}" for row in range(40)])
    classes = [ClassDraft("big"), ClassDraft("small")]
    mine = begin(table_of(frame.drop(columns="kind").head(30)), "Mine", classes=classes)
    annotations.record(mine.id, [{"action": "label", "row": row, "class": row % 2} for row in range(6)])
    at = show(start(mine.id), "data")

    def give(name: str, newer: pd.DataFrame) -> None:
        picker = next(one for one in at.file_uploader if one.label == "The newer file")
        fine(picker.upload(name, newer.drop(columns="kind").to_csv(index=False).encode(), "text/csv").run())

    give("broken.csv", frame.assign(customer="C1"))
    assert "has the value “C1” twice" in "".join(one.value for one in at.error)
    give("later.csv", frame.sample(frac=1, random_state=0).assign(owner="*Ann*"))
    assert "10 rows would be added to the 30 that there are." in texts(at)
    assert plain("Left out, since the table does not have it: “owner”.") in texts(at)
    fine(button(at, "Add 10 rows").click().run())
    assert "10 rows were added to Mine" in "".join(one.value for one in at.success)
    table = labeled_table(projects.get(mine.id))
    assert table["customer"][:30].tolist() == frame["customer"][:30].tolist()
    assert set(table["customer"]) == set(frame["customer"])
    assert table["label"][:6].tolist() == ["big", "small"] * 3 and table["label"][6:].isna().all()


def test_new_rows_are_predicted_by_a_worker_and_bad_ones_refused(trained):
    at = start(trained)
    show(at, "export")
    rows = things().drop(columns="kind").head(5)
    [picker] = at.file_uploader
    fine(picker.upload("bad.csv", rows.drop(columns="size").to_csv(index=False).encode(), "text/csv").run())
    assert "bad.csv lacks the column" in "".join(one.value for one in at.error).replace("\\", "")
    assert [one.label for one in at.selectbox] == ["Between values", "Around values"]  # the fault may lie there
    fine(at.file_uploader[0].upload("rows.csv", rows.to_csv(index=False).encode(), "text/csv").run())
    assert "being predicted" in texts(at)
    work()
    fine(at.run())
    assert "5 rows predicted" in texts(at)
    assert {"Predictions", "Local weights", "Report", "Model file", "Network as ONNX"} <= {
        one.proto.label for one in at.get("download_button")
    }
    assert at.dataframe[0].value.columns[:2].tolist() == ["row", "size"]


def days(form: str, n: int) -> pd.DataFrame:
    when = pd.date_range("2024-01-01", periods=n, freq="9D").strftime(form)
    return pd.DataFrame({"customer": [f"C{row:02}" for row in range(n)], "when": when, "size": np.arange(n) * 7 % 11})


def newer_days() -> bytes:
    rows = {"customer": ["N1", "N2"], "when": ["03/04/2024", "05/06/2024"], "size": [3, 4]}
    return pd.DataFrame(rows).to_csv(index=False).encode()


def test_a_doubt_of_a_newer_file_is_settled_where_rows_are_added():
    opened = stored_tables.open_file(days("%Y-%m-%d", 30).to_csv(index=False).encode(), "days.csv")
    mine = begin(opened.table, "Mine", classes=[ClassDraft("big"), ClassDraft("small")])
    at = show(start(mine.id), "data")
    picker = next(one for one in at.file_uploader if one.label == "The newer file")
    fine(picker.upload("newer.csv", newer_days(), "text/csv").run())
    assert "cannot be told apart" in texts(at)
    asked = choice(at, "In “when”, “03/04/2024” means")
    assert asked.value is None and [*asked.options] == ["3 April 2024 (day first)", "4 March 2024 (month first)"]
    fine(asked.select("date, month first").run())
    assert "cannot be told apart" not in texts(at)
    fine(choice(at, "Between values").select(",").run())  # what was said holds however else the file is read
    assert choice(at, "In “when”, “03/04/2024” means").value == "date, month first"
    fine(choice(at, "In “when”, “03/04/2024” means").select("as DAMI found it").run())
    assert "cannot be told apart" in texts(at) and choice(at, "In “when”, “03/04/2024” means").value is None
    fine(choice(at, "In “when”, “03/04/2024” means").select("date, day first").run())
    fine(button(at, "Add 2 rows").click().run())
    grown = stored_tables.written(projects.get(mine.id).table_id)
    assert grown.frame["when"].tolist()[-2:] == [pd.Timestamp("2024-04-03"), pd.Timestamp("2024-06-05")]
    assert grown.texts("when").tolist()[-2:] == ["03/04/2024", "05/06/2024"]


def test_a_doubt_of_new_rows_is_settled_where_they_are_predicted():
    own = days("%d/%m/%Y", 40).assign(kind=["big", "small"] * 20)
    opened = stored_tables.open_file(own.to_csv(index=False).encode(), "days.csv")
    project = begin(opened.table, "Mine", target="kind", mode="practise").id
    train(project)
    at = show(start(project), "export")
    fine(at.file_uploader[0].upload("rows.csv", newer_days(), "text/csv").run())
    asked = choice(at, "In “when”, “03/04/2024” means")
    assert asked.value == "date, day first"  # as the table has them
    predicted = []
    for meaning in (None, "date, month first"):
        if meaning is not None:
            fine(choice(at, "In “when”, “03/04/2024” means").select(meaning).run())
        work()
        fine(at.run())
        assert "2 rows predicted" in texts(at)
        predicted.append(at.session_state.predict_read[1].table)
    assert choice(at, "In “when”, “03/04/2024” means").value == "date, month first"
    assert [stored_tables.table(table)["when"][0].month for table in predicted] == [4, 3]
    found = [predict_new_rows.stored_prediction(projects.get(project), table) for table in predicted]
    confidences = [one.preview()["confidence"].tolist() for one in found]
    assert confidences[0] != confidences[1]
    assert found[1].preview()["when"].tolist() == ["03/04/2024", "05/06/2024"]

"""Labels and models that travel: imports, predictions for new rows."""

import pandas as pd
from app_client import ODD, button, fine, show, start, texts, things, work

from dami.store import annotations, projects
from dami.workspace.annotating import corrections


def test_labels_are_imported_with_a_look_at_what_contradicts(trained):
    at = start(trained)
    show(at, "data")
    before = annotations.labels(trained)
    said = pd.DataFrame({"row": [0, 1, 20, 21, 22, 99], "label": ["big", "big", "big", "small", ODD, "big"]})
    picker = next(one for one in at.file_uploader if one.label == "The file with labels")
    fine(picker.upload("Bo's labels.csv", b"# by Bo\n" + said.to_csv(index=False).encode(), "text/csv").run())
    assert "1 line of comments" in at.info[0].value
    between = next(one for one in at.selectbox if one.label == "Between values")
    fine(between.select(";").run())
    assert "No column tells which row is meant" in at.error[0].value.replace("\\", "")
    between = next(one for one in at.selectbox if one.label == "Between values")
    fine(between.select(",").run())
    assert [one.value for one in at.metric] == ["3", "1", "1", "1"]  # new, the same, in conflict, not found
    assert at.dataframe[-1].value.to_numpy().tolist() == [[1, "small", "big"]]
    assert "99" in texts(at)
    assert ODD in "".join(one.value for one in at.text)  # shown as typed
    for question, answer, count in (
        ("What shall become of them?", "Add them as classes", 3),
        ("Where they contradict", "Take the file's labels", 4),
        ("What shall become of them?", "Leave their rows out", 3),
    ):
        fine(next(one for one in at.radio if one.label == question).set_value(answer).run())
        assert button(at, f"Import {count} labels")
    fine(button(at, "Import 3 labels").click().run())
    assert "3 labels were imported into Things" in "".join(one.value for one in at.success)
    after = annotations.labels(trained)
    big, small = 0, 1
    assert {row: given for row, given in after.items() if before.get(row) != given} == {1: big, 20: big, 21: small}
    assert "Bo's labels.csv" in (annotations.current(trained)[20].reason or "")
    corrections.undo(projects.get(trained))
    assert annotations.labels(trained) == before


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

"""The app and the command line read the same classes from a file, in the same order, and ask for the same rows."""

import csv
import io

import pytest

from dami.commands.table_files import read
from dami.errors import ProjectError, TableError
from dami.selection.model_file import load_model
from dami.store import classes, models
from dami.tables.reading import read_table
from dami.workspace.projects import begin, stored_tables

TARGETS = {
    "texts with spaces around": (["cat", "dog ", "cat  ", " owl", "dog"], ["cat", "dog", "owl"]),
    "capital and small letters": (["b", "B", "a", "A"], ["A", "a", "B", "b"]),
    "halves": (["0.5", "1", "2"], ["0.5", "1", "2"]),
    "decimal commas": (["1,5", "2,5", "10,5"], ["1,5", "10,5", "2,5"]),
    "huge numbers": (["1e16", "3e16", "-2"], ["-2", "1e16", "3e16"]),
    "whole numbers": (["10", "9", "-1"], ["-1", "9", "10"]),
    "whole numbers with decimals": (["1.0", "0.0"], ["0.0", "1.0"]),
    "yes and no": (["true", "false"], ["false", "true"]),
    "numbers and texts": (["none of them", "10", "9"], ["9", "10", "none of them"]),
    "no number": (["infinity", "no number", "7"], ["7", "infinity", "no number"]),
}


@pytest.mark.parametrize(("values", "expected"), TARGETS.values(), ids=TARGETS)
def test_app_and_command_line_agree(desk, frame, run_dami, few_steps, tmp_path, values, expected):
    labels = [values[k % len(values)] if k % 7 else ("NA" if k % 2 else "") for k in range(len(frame))]
    path, model_path = tmp_path / "given.csv", tmp_path / "model.dami"
    frame[["weight", "legs"]].assign(answer=labels).to_csv(path, index=False)

    project = begin.begin(
        stored_tables.open_file(path, path.name).table, "P", target="answer", mode="label", strategy="dami"
    )
    desk.work(project)
    model = models.latest(project.id)
    assert sorted(entry.value for entry in classes.list_classes(project.id)) == sorted(expected)
    assert list(model.summary.classes) == expected

    answered = run_dami("query", path, "--target", "answer", "-n", 10, "--seed", project.seed)
    picks = [int(row["row"]) for row in csv.DictReader(io.StringIO(answered))]
    assert picks == list(model.selection.rows[:10])

    run_dami("train", path, "--target", "answer", "--out", model_path, "--seed", project.seed)
    assert load_model(model_path).classes_.tolist() == list(model.summary.classes)
    shown = csv.DictReader(io.StringIO(run_dami("predict", model_path, path)))
    assert {row["label"] for row in shown} <= set(expected)


def test_measurements_are_no_classes_to_either(desk, frame, run_dami, tmp_path):
    path = tmp_path / "given.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(ProjectError, match="many different values"):
        desk.begin(read_table(path), target="weight", mode="label")
    with pytest.raises(TableError, match="an amount, not classes"):
        run_dami("query", path, "--target", "weight")


def test_numbers_are_classes_to_both_if_somebody_says_so(frame, tmp_path):
    path = tmp_path / "given.csv"
    frame.drop(columns="kind").assign(code=[f"{k % 30}.50" for k in range(len(frame))]).to_csv(path, index=False)
    with pytest.raises(TableError, match="code=category"):
        read(str(path), "code")
    _, labels, names = read(str(path), "code", ("code=category",))
    table_id = stored_tables.with_kinds(stored_tables.open_file(path, path.name).table, {"code": "category"})
    assert names == [name for name, _ in begin.check_target(table_id, "code").classes] and len(names) == 30
    assert names[:2] == ["0.50", "1.50"] and labels[31] == "1.50"

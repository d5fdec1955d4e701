import pandas as pd
import pytest

from dami.errors import DamiError, ProjectError, TableError
from dami.selection.strategies import RECOMMENDED
from dami.store import classes, models
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.projects.labels import imported, truth
from dami.workspace.training import rounds


def names_of(project):
    return [entry.name for entry in classes.list_classes(project.id)]


def test_practise_explains_the_papers_dami_and_real_work_gets_what_is_recommended(desk, frame):
    assert desk.begin(frame).strategy == "dami"
    assert desk.begin(frame, mode="label").strategy == RECOMMENDED
    assert desk.begin(frame, mode="label", strategy="margin").strategy == "margin"
    with pytest.raises(ProjectError, match="no strategy 'best'; there are dami, "):
        desk.begin(frame, strategy="best")


def test_another_strategy_takes_over_with_the_next_selection(desk, project):
    desk.work(project)
    first = models.latest(project.id)
    assert first.selection.strategy == "dami"
    changed = workspace_projects.choose_strategy(project, "random")
    assert changed.strategy == "random" and rounds.running(project.id) is not None
    desk.work(project)
    second = models.latest(project.id)
    assert second.selection.strategy == "random" and second.selection.rows != first.selection.rows
    assert workspace_projects.choose_strategy(changed, "random") == changed
    assert rounds.running(project.id) is None  # nothing new was asked for
    with pytest.raises(ProjectError, match="no strategy 'best'"):
        workspace_projects.choose_strategy(changed, "best")


def test_classes_of_the_column_come_first_then_those_that_are_named(desk, frame):
    frame.loc[frame["kind"] == "owl", "kind"] = None
    project = desk.begin(frame, mode="label", classes=["dog", " big   fish ", "", "big fish"])
    assert names_of(project) == ["cat", "dog", "big fish"]
    assert len(imported(project)) == 40 and truth(project) is None


def test_a_class_of_the_column_keeps_its_very_name(desk, frame):
    frame["kind"] = frame["kind"].map({"cat": "a  cat", "dog": "d" * 300, "owl": "3.0"})
    table_id = stored_tables.stored.store_table(frame).id
    found = [name for name, _ in workspace_projects.check_target(table_id, "kind").classes]
    drafts = [ClassDraft(name, f"guideline of {len(name)}") for name in found]
    project = workspace_projects.begin(table_id, "p", target="kind", classes=drafts)
    assert sorted(names_of(project)) == sorted(found) and len(found) == 3
    assert all(entry.guideline == f"guideline of {len(entry.name)}" for entry in classes.list_classes(project.id))
    assert len(imported(project)) == 60


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"target": "nowhere"}, "no column 'nowhere'"),
        ({"target": "weight"}, "bin it first"),
        ({"target": None, "classes": ["one"]}, "only 'one' is there"),
        ({"target": None, "classes": ["one", " one"]}, "only 'one' is there"),
        ({"target": None}, "none is there"),
        ({"target": None, "classes": ["x" * 201, "x" * 200 + "y"]}, "has 201 characters, and 200 is the most"),
        ({"target": None, "classes": ["one", "tw\ud83d"]}, r"name 'tw\\ud83d' holds half of a character"),
        ({"goal": 0}, "at least 1"),
        ({"left_out": ["name", "weight", "legs", "color", "age"]}, "no column to learn from"),
    ],
)
def test_what_makes_no_project_is_said(desk, frame, more, says):
    with pytest.raises(ProjectError, match=says):
        desk.begin(frame, **more)


def test_a_target_of_very_many_classes_is_refused(desk, frame):
    many = pd.concat([frame] * 3, ignore_index=True)
    many["words"] = [f"quite a different sentence number {k}" for k in range(180)]
    with pytest.raises(ProjectError, match="too many to tell apart"):
        desk.begin(many, "words")


def test_a_name_is_needed_and_shortened(desk, frame):
    table_id = stored_tables.stored.store_table(frame).id
    with pytest.raises(ProjectError, match="a name"):
        workspace_projects.begin(table_id, "  ", target="kind")
    assert len(workspace_projects.begin(table_id, "x" * 999, target="kind").name) == 200


@pytest.mark.parametrize("n", [1, 0])
def test_a_table_needs_two_rows(n):
    with pytest.raises(TableError, match="row"):
        stored_tables.open_file(("a,b\n" + "1,2\n" * n).encode(), "few.csv")


def test_opening_in_three_ways_gives_stored_tables(home):
    text = "a\tb\n1\tx\n2\ty\n"
    assert stored_tables.table(stored_tables.open_text(text).table)["b"].tolist() == ["x", "y"]
    assert stored_tables.open_file(text.encode(), "t.tsv").table == stored_tables.open_text(text).table
    assert len(stored_tables.table(stored_tables.open_demo("wine"))) == 178
    for wrong in (lambda: stored_tables.open_text(" \n"), lambda: stored_tables.open_demo("nothing")):
        with pytest.raises(DamiError):
            wrong()


@pytest.mark.parametrize(("rows", "n_classes", "goal"), [(5, 2, 5), (400, 2, 100), (400, 6, 150)])
def test_the_goal_is_derived(rows, n_classes, goal):
    assert workspace_projects.default_goal(rows, n_classes) == goal

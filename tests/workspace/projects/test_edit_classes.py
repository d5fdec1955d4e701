"""Classes edited midway: whatever is renamed, merged or parted, every label can be had back."""

import pytest

from dami.errors import ProjectError
from dami.store import annotations, classes, jobs, models, projects
from dami.workspace.projects import edit_classes
from dami.workspace.projects.begin import MOST_CLASSES
from dami.workspace.projects.labels import class_list, known
from dami.workspace.transfer.labeled_table import labeled_table


@pytest.fixture
def labeled(desk, frame, once):
    """20 of 60 animals labelled rightly, a network trained on them."""

    def make():
        classes = ["cat", "dog", "owl", "elk"]
        project = desk.begin(frame.drop(columns="kind"), target=None, mode="label", classes=classes)
        for _ in range(2):
            desk.work(project)
            desk.label_queue(project, frame["kind"], 10)
        return desk.trained(project)

    return once(make)


def names(project):
    return [entry.name for entry in class_list(project.id).shown]


def test_a_name_that_a_renamed_class_had_can_be_given_again(labeled):
    before = known(labeled)
    edit_classes.rename(labeled, 0, " great\n cat ")
    new = edit_classes.add(labeled, "cat", " small ")
    assert (new.name, new.guideline) == ("cat", "small")
    assert names(labeled) == ["great cat", "dog", "owl", "elk", "cat"]
    values = [entry.value for entry in classes.list_classes(labeled.id)]
    assert len(set(values)) == len(values)  # labels of the one are not taken for labels of the other
    assert known(labeled) == before


def test_merges_of_merges_are_parted_one_by_one(desk, labeled):
    before = known(labeled)
    log = annotations.history(labeled.id)
    edit_classes.merge(labeled, 0, 1)
    edit_classes.merge(labeled, 1, 2)
    assert names(labeled) == ["owl", "elk"] and set(known(labeled).values()) == {2}
    assert set(labeled_table(labeled)["label"].dropna()) == {"owl"}
    edit_classes.part(labeled, 1)
    assert known(labeled) == {row: 1 if class_id == 0 else class_id for row, class_id in before.items()}
    edit_classes.part(labeled, 0)
    assert known(labeled) == before and annotations.history(labeled.id) == log


def test_a_merge_is_learnt_by_the_next_network_alone(desk, labeled):
    old = models.latest(labeled.id)
    edit_classes.merge(labeled, 0, 1)
    assert models.latest(labeled.id) == old
    desk.work(labeled)
    new = models.latest(labeled.id)
    assert new.number == old.number + 1 and sorted(new.summary.classes) == ["dog", "owl"]


def test_adding_renaming_and_explaining_train_nothing(labeled):
    last = jobs.latest(labeled.id, "train")
    edit_classes.add(labeled, "fox")
    edit_classes.rename(labeled, 1, "hound")
    assert edit_classes.set_guideline(labeled, 1, "  barks ").guideline == "barks"
    assert jobs.latest(labeled.id, "train") == last


def test_before_the_first_network_a_merge_trains_nothing_more(desk, frame):
    project = desk.begin(frame)
    waiting = [job.id for job in jobs.active(project.id)]
    edit_classes.merge(project, 0, 1)
    assert [job.id for job in jobs.active(project.id)] == waiting
    desk.work(project)
    desk.press(project, [{"row": row, "source": "oracle"} for row in range(6)])
    assert set(known(project).values()) == {1, 2}  # the hidden labels of cats count as dogs


@pytest.mark.parametrize(
    "change",
    [
        lambda project: edit_classes.add(project, "dog"),
        lambda project: edit_classes.add(project, "  "),
        lambda project: edit_classes.add(project, "x" * 201),
        lambda project: edit_classes.rename(project, 0, "x" * 201),
        lambda project: edit_classes.add(project, "fox", "red " * 1_300),
        lambda project: edit_classes.set_guideline(project, 0, "x" * 5_001),
        lambda project: edit_classes.rename(project, 0, "dog"),
        lambda project: edit_classes.rename(project, 0, " "),
        lambda project: edit_classes.rename(project, 9, "fox"),
        lambda project: edit_classes.merge(project, 0, 0),
        lambda project: edit_classes.merge(project, 0, 9),
    ],
)
def test_what_cannot_be_changed_stays(labeled, change):
    before = classes.list_classes(labeled.id)
    with pytest.raises(ProjectError):
        change(labeled)
    assert classes.list_classes(labeled.id) == before


def test_there_is_a_most_of_classes(labeled):
    for k in range(MOST_CLASSES - 4):
        edit_classes.add(labeled, f"class {k}")
    with pytest.raises(ProjectError, match="at most 100"):
        edit_classes.add(labeled, "one more")


def test_who_has_read_labels_hears_that_their_project_was_deleted_since(labeled):
    answers = annotations.current(labeled.id)
    projects.delete(labeled.id)
    projects.purge(0)
    with pytest.raises(ProjectError, match=r"no project|deleted"):
        known(labeled, answers)

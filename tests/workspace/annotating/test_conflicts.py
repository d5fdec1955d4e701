"""Two answers to one row, given without sight of each other: from the outbox to the list that a person decides."""

from dami.store import annotations
from dami.workspace.annotating import corrections, pad
from dami.workspace.annotating.conflicts import conflicts
from dami.workspace.projects import edit_classes
from dami.workspace.projects.labels import class_list


def test_a_tab_that_was_offline_is_told_apart_and_one_word_settles_it(desk, frame):
    project = desk.begin(frame, mode="label")
    seen = pad.pad(project.id)["seen"]
    box = {"seq": 1, "action": "label", "row": 7, "source": "human", "saw": seen}
    pad.commit(project, {"client": "awake", "items": [{**box, "class": 0}]}, "Ann")
    pad.commit(project, {"client": "asleep", "items": [{**box, "class": 1}]}, "Bob")
    [found] = conflicts(project)
    assert (found.row, found.class_id, found.stands, found.unseen) == (7, 1, "dog by Bob", "cat by Ann")
    assert pad.pad(project.id)["conflicts"] == 1
    corrections.confirm(project, 7, "Ann", saw=annotations.last_event(project.id))
    assert conflicts(project) == [] and annotations.labels(project.id)[7] == 1


def test_a_mark_that_conflicts_can_be_confirmed(desk, frame):
    project = desk.begin(frame, mode="label")
    for client, what in (("a", {"action": "label", "class": 0}), ("b", {"action": "discard"})):
        pad.commit(project, {"client": client, "items": [{"seq": 1, "row": 7, "saw": 0, **what}]}, client)
    [found] = conflicts(project)
    assert (found.class_id, found.stands) == (None, "discard by b")
    corrections.confirm(project, 7)
    assert conflicts(project) == [] and annotations.current(project.id)[7].action == "discard"


def test_classes_that_were_merged_do_not_conflict(desk, frame):
    project = desk.begin(frame, mode="label")
    for client, class_id in (("a", 0), ("b", 1)):
        item = {"seq": 1, "action": "label", "row": 7, "class": class_id, "saw": 0}
        pad.commit(project, {"client": client, "items": [item]}, client)
    first, second = class_list(project.id).shown[:2]
    edit_classes.merge(project, first.id, second.id)
    assert conflicts(project) == []

"""A room from its opening to its export, on a small table, with the worker in the test's own process."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.store import annotations, classes, models, projects, rooms
from dami.tables.reading import open_table
from dami.workspace.annotating import pad
from dami.workspace.annotating import row_cards as workspace_rows
from dami.workspace.comparing import experiment_job
from dami.workspace.exploring import map_colors
from dami.workspace.projects import labels
from dami.workspace.transfer import project_file
from dami.workspace.workshop import archive, class_progress, handouts, room_lifecycle
from dami.workspace.workshop.room_lifecycle import TEACHER, join, open_room, settle


def answer(desk, person, row, class_id, **more):
    """As the participant's pad sends it."""
    project = projects.get(person.project)
    client = f"tab-{person.id}"
    seq = annotations.acks(project.id).get(client, 0) + 1
    item = {"seq": seq, "action": "label", "row": row, "class": class_id, "source": "human", **more}
    return pad.commit(project, {"client": client, "items": [item]}, person.nickname)


def queue(room, person):
    desk = pad.Desk(person.nickname, handouts.rows_for(room, person)) if room.sharing == "shared" else None
    return [entry["row"] for entry in pad.pad(person.project, None, desk)["queue"]]


def test_a_room_takes_the_table_and_its_classes_and_none_of_the_labels(desk, frame):
    source = desk.begin(frame, mode="label")
    classes.rename_class(source.id, 0, "feline")
    classes.merge_class(source.id, 2, 1)
    classes.set_guideline(source.id, 1, "barks, or hoots")
    room = open_room(source, "  My   room ", "own", strategies=("dami", "random"))
    ada, bo, cy = (join(room, name) for name in ("Ada", "Bo", "Cy"))
    for project in (projects.get(room.project), projects.get(ada.project)):
        listed = labels.class_list(project.id)
        assert [entry.name for entry in listed.shown] == ["feline", "dog"]
        assert listed.names == {0: "feline", 1: "dog", 2: "dog"}
        assert listed.shown[1].guideline == "barks, or hoots"
        assert labels.known(project) == {} and project.holds_back
    assert room.name == "My room"
    assert [projects.get(one.project).strategy for one in (ada, bo, cy)] == ["dami", "random", "dami"]
    assert len({room.project, ada.project, bo.project, cy.project}) == 4


def test_known_labels_are_held_back_from_who_labels_and_measure_their_network(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada = join(room, "Ada")
    copy = projects.get(ada.project)
    with pytest.raises(ProjectError, match="Only Practise"):
        labels.oracle(copy, 3)
    card = workspace_rows.cards(copy, [3])[0]
    assert card["class"] is None and "kind" not in {value["column"] for value in card["values"]}
    desk.work(copy)
    for row in queue(room, ada)[:10]:
        answer(desk, ada, row, ["cat", "dog", "owl"].index(frame["kind"][row]))
    desk.work(copy)
    model = models.latest(copy.id)
    assert model.n_labeled == 10 and model.summary.quality.kind == "hidden"
    assert models.accuracies(copy.id) == [(10, pytest.approx(model.summary.quality.accuracy))]
    [curve] = class_progress.curves(room)
    assert (curve.nickname, curve.n_labeled) == ("Ada", [10])


def test_who_has_a_copy_gets_its_first_picture_and_keeps_it(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada = join(room, "Ada")
    kinds = {(job.kind, job.project) for job in desk.work(None) + desk.work(None, "map")}
    assert ("map", room.project) in kinds and ("map", ada.project) not in kinds
    assert models.latest(ada.project).map_name.startswith("preview-")


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u200e", "x" * 41, "Teacher", "\x00"])
def test_names_that_are_none_are_refused(desk, frame, name):
    room = open_room(desk.begin(frame), "A room")
    with pytest.raises(ProjectError):
        join(room, name)
    assert rooms.participants(room.id) == []


def test_a_taken_name_leaves_no_copy_behind(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    join(room, "Ada")
    before = len(projects.listing(rooms=True))
    with pytest.raises(ProjectError, match="already"):
        join(room, " ADA ")
    assert len(projects.listing(rooms=True)) == before


def test_a_shared_table_hands_each_row_to_one_and_grows_its_rounds_with_the_class(desk, frame):
    room = open_room(desk.begin(frame), "A room", "shared")
    desk.work(None)
    people = [join(room, f"person {k}") for k in range(6)]
    assert projects.get(room.project).round_size == 12
    queues = [queue(room, one) for one in people]
    handed = [row for rows in queues for row in rows]
    assert len(handed) == len(set(handed)) == 6 * handouts.AHEAD
    answer(desk, people[0], queues[0][0], 1)
    assert queue(room, people[0])[:3] == queues[0][1:4]
    assert queue(room, people[1]) == queues[1]


def test_each_sees_and_takes_back_their_own_answers_alone(desk, frame):
    room = open_room(desk.begin(frame), "A room", "shared", overlap=2)
    desk.work(None)
    ada, bo = join(room, "Ada"), join(room, "Bo")
    first = queue(room, ada)[0]
    answer(desk, ada, first, 0)
    assert queue(room, bo)[0] == first  # the second opinion comes first
    answer(desk, bo, first, 2)
    shown = pad.pad(room.project, None, pad.Desk("Ada", []))
    assert [(entry["row"], entry["class"]) for entry in shown["history"]] == [(first, 0)]
    answer(desk, ada, first, None, action="undo", undoes={"client": f"tab-{ada.id}", "seq": 1})
    said = class_progress.answered(room)
    assert said.by_person == {"Ada": {}, "Bo": {first: 2}}
    assert queue(room, ada)[0] == first


def test_standings_are_what_one_would_count_by_hand(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada, bo, cy = (join(room, name) for name in ("Ada", "Bo", "Cy"))
    truth = [["cat", "dog", "owl"].index(kind) for kind in frame["kind"]]
    for row in range(8):
        answer(desk, ada, row, truth[row])
        answer(desk, bo, row, truth[row] if row < 6 else (truth[row] + 1) % 3)
    answer(desk, cy, 0, (truth[0] + 1) % 3)
    answer(desk, cy, 40, truth[40])
    answer(desk, cy, 41, 0, action="unsure")
    said = class_progress.answered(room)
    by_name = {one.nickname: one for one in class_progress.progress_of_participants(room, said)}
    assert [by_name[n].n_labels for n in ("Ada", "Bo", "Cy")] == [8, 8, 2]
    assert [by_name[n].right for n in ("Ada", "Bo", "Cy")] == [1.0, 0.75, 0.5]
    assert by_name["Ada"].accuracy is None and by_name["Ada"].last is not None
    splits = class_progress.disagreements(said)
    assert splits[0].row == 0 and {split.row for split in splits} == {0, 6, 7}
    assert splits[0].votes == {truth[0]: ["Ada", "Bo"], (truth[0] + 1) % 3: ["Cy"]}
    codes = class_progress.verdicts(room, said)
    words = [class_progress.VERDICTS[code] if code < 255 else None for code in codes]
    assert words[:8] == ["disagree", *["agree"] * 5, "disagree", "disagree"]
    assert words[40] == "one label" and words[41] is None


@pytest.mark.parametrize("sharing", ["own", "shared"])
def test_what_the_teacher_settles_stands_above_the_votes(desk, frame, sharing):
    room = open_room(desk.begin(frame), "A room", sharing, overlap=2)
    desk.work(None)
    ada, bo = join(room, "Ada"), join(room, "Bo")
    answer(desk, ada, 5, 0)
    answer(desk, bo, 5, 1)
    settle(room, 5, 2)
    said = class_progress.answered(room)
    assert said.settled == {5: 2} and class_progress.disagreements(said) == []
    assert said.by_person == {"Ada": {5: 0}, "Bo": {5: 1}}
    assert class_progress.VERDICTS[class_progress.verdicts(room, said)[5]] == "settled"
    assert labels.known(projects.get(room.project))[5] == 2
    assert 5 not in queue(room, ada)
    assert '"settled"' in map_colors.colors(projects.get(room.project), "agreement")


def test_curves_are_averaged_over_those_who_have_come_as_far():
    curves = [
        class_progress.Curve("a", "dami", [10, 20], [0.5, 0.7]),
        class_progress.Curve("b", "dami", [12, 18, 30], [0.6, 0.8, 0.9]),
        class_progress.Curve("c", "random", [10], [0.4]),
    ]
    found = class_progress.means(curves)
    assert [n for n, *_ in found["dami"]] == [10, 12, 18, 20, 30]
    assert found["dami"][1] == pytest.approx((12, 0.55, 0.5, 0.6))
    assert found["dami"][3] == pytest.approx((20, 0.75, 0.7, 0.8))
    assert found["dami"][4] == pytest.approx((30, 0.9, 0.9, 0.9))
    assert found["random"] == [(10, 0.4, 0.4, 0.4)]


def test_the_archive_holds_what_everybody_said_and_runs_nothing(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada, eve = join(room, "Ada"), join(room, "=HYPERLINK(1)")
    answer(desk, ada, 3, 0)
    answer(desk, eve, 3, 0)
    answer(desk, ada, 4, 1)
    answer(desk, eve, 4, 2)
    answer(desk, eve, 7, 2)
    settle(room, 7, 1)
    with zipfile.ZipFile(io.BytesIO(archive.archive(room))) as packed:
        assert sorted(packed.namelist()) == ["README.txt", "labels.csv", "log.csv", "people.csv"]
        people = open_table(packed.read("people.csv"), "people.csv")
        read = {name: pd.read_csv(io.BytesIO(packed.read(name))) for name in packed.namelist() if name[-3:] == "csv"}
    table = read["labels.csv"]
    assert len(table) == len(frame) and (table["known_label"] == frame["kind"]).all()
    assert table["by Ada"].dropna().to_dict() == {3: "cat", 4: "dog"}
    assert table["by =HYPERLINK(1)"].dropna().to_dict() == {3: "cat", 4: "owl", 7: "owl"}
    assert table["label"].dropna().to_dict() == {3: "cat", 7: "dog"}
    assert table["verdict"].dropna().to_dict() == {3: "agree", 4: "disagree", 7: "settled"}
    assert read["people.csv"]["nickname"].tolist() == ["Ada", "'=HYPERLINK(1)"]
    assert people.written["nickname"].tolist() == ["Ada", "=HYPERLINK(1)"]  # read by DAMI, as they were
    assert read["people.csv"]["labels"].tolist() == [2, 3]
    assert read["log.csv"]["annotator"].tolist() == ["Ada", "'=HYPERLINK(1)", "Ada", *["'=HYPERLINK(1)"] * 2, TEACHER]


def test_rooms_are_separate(desk, frame):
    first, second = (open_room(desk.begin(frame), name, "shared") for name in ("One", "Two"))
    ada, bo = join(first, "Ada"), join(second, "Ada")
    assert ada.project != bo.project
    answer(desk, ada, 1, 0)
    assert class_progress.answered(second).by_person == {"Ada": {}}
    assert rooms.of_project(ada.project).id == first.id


def test_a_closed_room_takes_what_is_on_its_way_and_lets_nobody_in(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada = join(room, "Ada")
    closed = room_lifecycle.close(room)
    with pytest.raises(ProjectError, match="closed"):
        join(closed, "Bo")
    assert answer(desk, ada, 2, 1).refused == []
    assert class_progress.answered(room).by_person["Ada"] == {2: 1}
    room_lifecycle.reopen(room)
    join(room, "Bo")


def test_deleting_takes_copies_along_and_restoring_brings_them_back(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ada = join(room, "Ada")
    room_lifecycle.delete(room)
    assert rooms.listing() == []
    with pytest.raises(ProjectError):
        projects.get(ada.project)
    room_lifecycle.restore(room)
    assert projects.get(ada.project) and rooms.listing() == [room]


def test_a_table_without_known_labels_makes_a_room_all_the_same(desk, frame):
    source = desk.begin(frame.drop(columns="kind"), target=None, mode="label", classes=["cat", "dog"])
    room = open_room(source, "A room")
    ada = join(room, "Ada")
    answer(desk, ada, 0, 1)
    [one] = class_progress.progress_of_participants(room, class_progress.answered(room))
    assert one.right is None and one.n_labels == 1
    assert "known_label" not in archive.labels_table(room).frame


def test_the_known_labels_answer_a_simulation_of_the_room(desk, frame):
    room = open_room(desk.begin(frame), "A room")
    ready = experiment_job.readiness(projects.get(room.project))
    assert ready.ready and ready.n_rows == len(frame)


def test_a_project_of_a_room_opens_elsewhere_as_a_practice(desk, frame):
    room = open_room(desk.begin(frame), "A room", "shared")
    answer(desk, join(room, "Ada"), 4, 1)
    opened = project_file.unpack(project_file.pack(projects.get(room.project)))
    assert opened.mode == "practise" and labels.known(opened) == {4: 1}
    assert opened.id in [project.id for project in projects.listing()]


@pytest.mark.parametrize(
    "votes, said", [({}, None), ({"a": 1}, 1), ({"a": 1, "b": 2}, None), ({"a": 1, "b": 2, "c": 2}, 2)]
)
def test_the_majority(votes, said):
    assert class_progress.majority(votes) == said


def test_the_share_of_right_labels_leaves_out_what_is_not_known():
    assert class_progress.share_right({0: 1, 1: 1, 2: 0}, np.array([1, 0, -1])) == 0.5
    assert class_progress.share_right({2: 0}, np.array([1, 0, -1])) is None

import json
import threading
import time
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from dami.errors import DamiError, ProjectError
from dami.store import annotations, database, projects, schema, tables


def label(seq, row, class_id, **more):
    return {"seq": seq, "row": row, "action": "label", "class": class_id, "pressed": 100.0 + seq, **more}


def undo(seq, target, client="tab", **more):
    named = {"client": client, "seq": target} if client else target
    return {"seq": seq, "row": None, "action": "undo", "undoes": named, "pressed": 100.0 + seq, **more}


def test_labels_are_stored_in_order_and_acknowledged(project):
    answer = annotations.append(project, "tab", [label(2, 7, 1), label(0, 5, 0), label(1, 7, 2)])
    assert [(event.seq, event.row, event.class_id) for event in answer.stored] == [(0, 5, 0), (1, 7, 2), (2, 7, 1)]
    assert answer.acks == annotations.acks(project) == {"tab": 2}
    assert annotations.labels(project) == {5: 0, 7: 1}
    assert annotations.events(project) == answer.stored == annotations.history(project)
    assert annotations.events(project, after=answer.stored[1].id) == answer.stored[2:]
    assert annotations.last_event(project) == answer.stored[-1].id


def test_everything_known_about_an_answer_is_kept(project):
    seen = []

    def evidence(item):
        seen.append(item["seq"])
        return {
            "strategy": "dami",
            "space": "representation",
            "distance": 1.5,
            "nearest": 3,
            "radius": 2.5,
            "round": 8,
            "reason": "far away",
            "row": 999,
        }

    given = label(4, 9, 2, note="blurred", model=3, round=1, step=6, source="oracle")
    before = time.time()
    [event] = annotations.append(project, "tab", [given], evidence=evidence).stored
    assert before <= event.committed <= time.time()
    assert (event.project, event.client, event.seq, event.row, event.action, event.class_id) == (
        project,
        "tab",
        4,
        9,
        "label",
        2,
    )
    assert (event.note, event.undoes, event.source, event.annotator, event.pressed) == (
        "blurred",
        None,
        "oracle",
        "ada",
        104.0,
    )
    assert (event.model, event.round, event.step, event.strategy, event.space) == (3, 8, 6, "dami", "representation")
    assert (event.distance, event.nearest, event.radius, event.reason) == (1.5, 3, 2.5, "far away")
    assert annotations.events(project) == [event]
    annotations.append(project, "tab", [given], evidence=evidence)
    assert seen == [4]  # not asked again for what is stored


def test_evidence_that_cannot_be_had_costs_no_label(project):
    def evidence(item):
        raise ProjectError("The model's files are gone.")

    annotations.append(project, "tab", [label(0, 1, 0)], evidence=evidence)
    assert annotations.labels(project) == {1: 0}


def test_distances_that_are_no_numbers_are_left_empty(project):
    import numpy as np

    odd = label(0, np.int64(1), np.int64(0), distance=np.inf, radius=np.float32("nan"), nearest=-1, model=np.int64(0))
    [event] = annotations.append(project, "tab", [odd]).stored
    assert (event.row, event.distance, event.radius, event.nearest, event.model) == (1, None, None, None, 0)


def test_an_outbox_sent_again_is_stored_once(project):
    items = [label(0, 1, 0), label(1, 2, 1), undo(2, 0), {"seq": 3, "row": 4, "action": "unsure", "pressed": 1 / 3}]
    first = annotations.append(project, "tab", items)
    revision = projects.revision(project)
    again = annotations.append(project, "tab", json.loads(json.dumps(items)))
    assert again.stored == [] and again.refused == [] and again.repeated == [0, 1, 2, 3]
    assert again.acks == first.acks == {"tab": 3}
    assert len(annotations.events(project)) == 4
    assert projects.revision(project) == revision
    more = annotations.append(project, "tab", [*items, label(4, 5, 0)])
    assert [event.seq for event in more.stored] == [4]


@pytest.mark.parametrize(
    "other",
    [
        label(0, 2, 0),
        label(0, 1, 1),
        label(0, 1, 0) | {"pressed": 7.0},
        label(0, 1, 0, note="n"),
        label(0, 1, 0, source="oracle"),
        {"seq": 0, "row": 1, "action": "unsure"},
        undo(0, 1),
    ],
)
def test_a_number_used_for_something_else_is_a_conflict(project, other):
    annotations.append(project, "tab", [label(0, 1, 0), label(1, 3, 0)])
    answer = annotations.append(project, "tab", [other, label(2, 9, 0)])
    assert [(refusal.seq, refusal.conflict) for refusal in answer.refused] == [(0, True)]
    assert [event.seq for event in answer.stored] == [2]
    assert annotations.labels(project) == {1: 0, 3: 0, 9: 0}


def test_a_conflict_within_one_outbox(project):
    answer = annotations.append(project, "tab", [label(0, 1, 0), label(0, 1, 0), label(0, 2, 0)])
    assert (len(answer.stored), answer.repeated, [refusal.seq for refusal in answer.refused]) == (1, [0], [0])


def test_clients_do_not_disturb_each_other(project):
    annotations.append(project, "one", [label(0, 1, 0)])
    annotations.append(project, "two", [label(0, 1, 1)])
    assert annotations.acks(project) == {"one": 0, "two": 0}
    assert annotations.labels(project) == {1: 1}


def test_a_late_number_below_a_stored_one_is_stored(project):
    annotations.append(project, "tab", [label(5, 1, 0)])
    assert len(annotations.append(project, "tab", [label(3, 1, 1)]).stored) == 1
    assert annotations.labels(project) == {1: 1}  # the log's order counts
    assert annotations.acks(project) == {"tab": 5}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (label(1, 1000, 0), "no row 1000: the table has 1,000 rows"),
        (label(1, -1, 0), "names no row"),
        (label(1, None, 0), "names no row"),
        (label(1, True, 0), "names no row"),
        (label(1, "3", 0), "names no row"),
        (label(1, 3, 9), "no class 9"),
        (label(1, 3, None), "names no class"),
        (label(1, 3, 0, source="robot"), "robot"),
        ({"seq": 1, "row": 3, "action": "burn"}, "burn"),
        ({"row": 3, "action": "label", "class": 0}, "without its number"),
        (label(2**60, 3, 0), "without its number"),
        (undo(1, 77), "not in the log"),
        (undo(1, 77, client=None), "not in the log"),
        ({"seq": 1, "action": "undo"}, "does not say"),
        ({"seq": 1, "action": "undo", "undoes": {"client": 3, "seq": "x"}}, "does not say"),
    ],
)
def test_a_bad_item_is_refused_and_the_others_are_stored(project, bad, says):
    answer = annotations.append(project, "tab", [label(0, 1, 0), bad, label(3, 2, 1)])
    assert [event.seq for event in answer.stored] == [0, 3]
    [refusal] = answer.refused
    assert says in refusal.reason and not refusal.conflict
    assert annotations.labels(project) == {1: 0, 2: 1}


@pytest.mark.parametrize("number", [True, 1.5, "1", None, -(2**60)])
def test_what_is_no_number_is_not_acknowledged_as_one(project, number):
    answer = annotations.append(project, "tab", [{"seq": number, "row": 1, "action": "label", "class": 0}])
    assert answer.stored == [] and [refusal.seq for refusal in answer.refused] == [None]


def test_a_refused_last_item_is_acknowledged_all_the_same(project):
    answer = annotations.append(project, "tab", [label(0, 1, 0), label(1, 5000, 0)])
    assert answer.acks == {"tab": 1}
    assert annotations.acks(project) == {"tab": 0}


@pytest.mark.parametrize("client", ["", "x" * 201, None, 5])
def test_a_client_needs_a_name(project, client):
    with pytest.raises(ProjectError):
        annotations.append(project, client, [label(0, 1, 0)])


def test_an_undo_of_another_project_is_refused(project, table):
    other = projects.create("Other", table.id, classes=["a"]).id
    [event] = annotations.append(other, "tab", [label(0, 1, 0)]).stored
    answer = annotations.append(project, "tab", [undo(0, event.id, client=None)])
    assert len(answer.refused) == 1
    assert annotations.labels(other) == {1: 0}


def test_undo_redo_and_what_lies_below(project):
    def do(*items):
        annotations.append(project, "tab", items)
        return annotations.labels(project)

    assert do(label(0, 1, 0), label(1, 1, 1)) == {1: 1}
    assert do(undo(2, 1)) == {1: 0}
    assert do(undo(3, 2)) == {1: 1}  # redo
    assert do(undo(4, 0)) == {1: 1}  # what lies below goes without a trace
    assert do(undo(5, 3)) == {}  # redo undone, and below it nothing is left
    assert do(undo(6, 4)) == {1: 0}
    assert [event.seq for event in annotations.history(project)] == [0]
    assert do(undo(7, 1)) == {1: 0}  # undone twice:
    assert do(undo(8, 2)) == {1: 0}  # one undo is left
    assert do(undo(9, 7)) == {1: 1}


def test_an_undo_in_the_outbox_of_what_it_undoes(project):
    answer = annotations.append(project, "tab", [label(0, 1, 0), label(1, 2, 0), undo(2, 1), undo(3, 2), undo(4, 0)])
    ids = [event.id for event in answer.stored]
    assert [event.undoes for event in answer.stored] == [None, None, ids[1], ids[2], ids[0]]
    assert [event.row for event in answer.stored] == [1, 2, 2, 2, 1]
    assert annotations.labels(project) == {2: 0}


def test_the_last_action_on_a_row_counts(project):
    annotations.append(
        project,
        "tab",
        [
            label(0, 1, 0),
            {"seq": 1, "row": 1, "action": "unsure"},
            {"seq": 2, "row": 2, "action": "discard"},
            {"seq": 3, "row": 3, "action": "later"},
            label(4, 3, 2),
        ],
    )
    assert {row: event.action for row, event in annotations.current(project).items()} == {
        1: "unsure",
        2: "discard",
        3: "label",
    }
    assert annotations.labels(project) == {3: 2}
    assert [event.seq for event in annotations.history(project, limit=2)] == [3, 4]
    assert annotations.history(project, limit=0) == []


def test_the_server_numbers_what_it_records(project):
    first = annotations.record(
        project, [{"row": row, "action": "label", "class": 0} for row in (3, 4)], annotator="bob"
    )
    second = annotations.record(
        project,
        [
            {"row": 3, "action": "label", "class": 1, "source": "imported"},
            {"row": 5, "action": "undo", "undoes": first.stored[1].id},
        ],
    )
    assert [event.seq for event in first.stored + second.stored] == [0, 1, 2, 3]
    assert {event.annotator for event in first.stored} == {"bob"}
    assert annotations.labels(project) == {3: 1}
    assert annotations.acks(project) == {"server": 3}
    assert (
        annotations.record(project, [{"row": 3000, "action": "later"}]).refused[0].reason.startswith("There is no row")
    )


def test_a_copied_log_means_the_same(project, table):
    annotations.append(project, "tab", [label(0, 1, 0), label(1, 2, 1), undo(2, 0)])
    annotations.append(project, "two", [label(0, 3, 2), undo(1, 2, client="tab"), undo(2, 1)])
    other = projects.create("Copy", table.id, classes=["cat", "dog", "owl"]).id
    assert annotations.copy_log(other, annotations.events(project)) == 6
    assert annotations.labels(other) == annotations.labels(project) == {1: 0, 3: 2}
    kept = ("client", "seq", "row", "action", "class_id", "annotator", "pressed", "committed")
    there, here = annotations.events(project), annotations.events(other)
    assert [[getattr(event, name) for name in kept] for event in here] == [
        [getattr(event, name) for name in kept] for event in there
    ]
    with pytest.raises(ProjectError, match="labels already"):
        annotations.copy_log(other, there)


def test_a_damaged_log_is_not_copied_in_part(project, table):
    good = [{"id": 1, "client": "tab", **label(0, 1, 0)}]
    for bad in (
        {"id": 2, **label(1, 2, 0)},
        {"id": 2, "client": "tab", **label(1, 2, 17)},
        {"id": 2, "client": "tab", "seq": 1, "action": "undo", "undoes": 40},
        good[0],
    ):
        with pytest.raises(ProjectError, match="Event 2 of the annotation log"):
            annotations.copy_log(project, [*good, bad])
        assert annotations.events(project) == []


@pytest.mark.parametrize("statement", [sa.update(schema.event).values(row=0), sa.delete(schema.event)])
def test_the_database_itself_refuses_to_change_the_log(project, statement):
    annotations.append(project, "tab", [label(0, 1, 0)])
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), database.transaction() as connection:
        connection.execute(statement)
    assert annotations.labels(project) == {1: 0}


def test_a_missing_project_takes_no_label():
    with pytest.raises(ProjectError, match="does not exist"):
        annotations.append("nosuchprojectatall", "tab", [label(0, 1, 0)])


def test_threads_see_their_own_labels_and_lose_none(project):
    wrong = []

    def work(name):
        for seq in range(40):
            row = 100 * int(name) + seq
            annotations.append(project, name, [label(seq, row, seq % 3)])
            if annotations.labels(project).get(row) != seq % 3:
                wrong.append(row)

    workers = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert len(annotations.labels(project)) == 160
    annotations._cache.clear()
    assert len(annotations.labels(project)) == 160  # the followed log equals the one read anew


WRITER = """
import sys
from itertools import count
from select import select
from dami.store import annotations
project, client = sys.argv[1:]
annotations.acks(project)  # opens the database
print("ready", flush=True)
sys.stdin.readline()
for seq in count():
    if select([sys.stdin], [], [], 0)[0]:
        break
    answer = annotations.append(project, client, [{"seq": seq, "row": seq % 1000, "action": "label", "class": seq % 3}])
    print(answer.acks[client], flush=True)
"""


def test_two_processes_writing_at_once_lose_nothing(project, start):
    writers = {client: start(WRITER, project, client) for client in ("one", "two")}
    for writer in writers.values():
        assert writer.stdout.readline() == "ready\n"
    for writer in writers.values():
        writer.stdin.write("\n")
        writer.stdin.flush()
    # They take turns: both go on until each has been let in between the other's answers, again and again.
    deadline = time.monotonic() + 120
    acknowledged = {client: [] for client in writers}
    switches = 0
    while switches <= 20:
        assert time.monotonic() < deadline, switches
        for client, writer in writers.items():
            acknowledged[client] += [int(writer.stdout.readline()) for _ in range(10)]
        log = annotations.events(project)
        switches = sum(before.client != after.client for before, after in pairwise(log))
    for writer in writers.values():
        writer.stdin.write("stop\n")
        writer.stdin.flush()
    for client, writer in writers.items():
        acknowledged[client] += map(int, writer.stdout.read().split())
        assert acknowledged[client] == list(range(len(acknowledged[client]))), writer.stderr.read()
    log = annotations.events(project)
    for client, numbers in acknowledged.items():
        assert [event.seq for event in log if event.client == client] == numbers


def test_a_killed_writer_leaves_all_it_acknowledged(project, start):
    writer = start(WRITER, project, "doomed")
    writer.stdin.write("\n")
    writer.stdin.flush()
    assert writer.stdout.readline() == "ready\n"
    acknowledged = [writer.stdout.readline() for _ in range(50)]
    writer.kill()
    acknowledged += writer.stdout.readlines()
    last = max(int(line) for line in acknowledged if line.endswith("\n"))
    stored = [event.seq for event in annotations.events(project)]
    assert last >= 49
    assert stored == list(range(len(stored)))
    assert len(stored) >= last + 1
    annotations.append(project, "next", [label(0, 1, 0)])  # and the database goes on


class LogMachine(RuleBasedStateMachine):
    """The log against a model that keeps everything and works out from scratch, by definition, what is in effect."""

    numbers = Bundle("numbers")

    @initialize()
    def begin(self):
        table = tables.store_table(_frame())
        self.project = projects.create("Machine", table.id, classes=["a", "b", "c"]).id
        self.sent = {"one": [], "two": []}
        self.log = []  # (client, seq, row, action, class, (client, seq) undone)

    @rule(
        target=numbers,
        client=st.sampled_from(["one", "two"]),
        rows=st.lists(
            st.tuples(
                st.integers(0, 3), st.sampled_from(["label", "label", "unsure", "later", "discard"]), st.integers(0, 2)
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def act(self, client, rows):
        items = []
        for row, action, class_id in rows:
            seq = len(self.sent[client]) + len(items)
            class_id = class_id if action == "label" else None
            items.append({"seq": seq, "row": row, "action": action, "class": class_id, "pressed": float(seq)})
            self.log.append((client, seq, row, action, class_id, None))
        self.send(client, items)
        return multiple(*[(client, item["seq"]) for item in items])

    @rule(target=numbers, client=st.sampled_from(["one", "two"]), undone=numbers)
    def undo(self, client, undone):
        seq = len(self.sent[client])
        row = next(entry[2] for entry in self.log if entry[:2] == undone)
        self.log.append((client, seq, row, "undo", None, undone))
        self.send(client, [{"seq": seq, "action": "undo", "undoes": {"client": undone[0], "seq": undone[1]}}])
        return (client, seq)

    @rule(client=st.sampled_from(["one", "two"]), last=st.integers(1, 5))
    def send_again(self, client, last):
        answer = annotations.append(self.project, client, self.sent[client][-last:])
        assert answer.stored == [] and answer.refused == []

    @rule()
    def forget(self):
        annotations._cache.clear()

    def send(self, client, items):
        answer = annotations.append(self.project, client, items)
        assert len(answer.stored) == len(items)
        self.sent[client] += items

    def in_effect(self, entry):
        return not any(other[5] == entry[:2] and self.in_effect(other) for other in self.log)

    @invariant()
    def agrees(self):
        kept = [entry for entry in self.log if entry[3] != "undo" and self.in_effect(entry)]
        assert [_key(event) for event in annotations.history(self.project)] == [entry[:5] for entry in kept]
        last = {entry[2]: entry[:5] for entry in kept}
        assert {row: _key(event) for row, event in annotations.current(self.project).items()} == last
        assert annotations.labels(self.project) == {row: e[4] for row, e in last.items() if e[3] == "label"}
        assert annotations.acks(self.project) == {c: len(sent) - 1 for c, sent in self.sent.items() if sent}


def _key(event):
    return event.client, event.seq, event.row, event.action, event.class_id


def _frame():
    import pandas as pd

    return pd.DataFrame({"a": range(4)})


def test_what_is_in_effect_is_what_is_by_definition():
    n = max(8, settings.default.max_examples // 5)
    few = settings(max_examples=n, stateful_step_count=30, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(LogMachine, settings=few)


def test_the_error_of_a_broken_evidence_function_is_not_hidden(project):
    with pytest.raises(ZeroDivisionError):
        annotations.append(project, "tab", [label(0, 1, 0)], evidence=lambda item: 1 / 0)
    assert issubclass(ProjectError, DamiError)

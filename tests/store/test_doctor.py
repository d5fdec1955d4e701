"""What the doctor finds in data folders that were damaged on purpose, by SQL and by hand, one fault at a time."""

import sqlite3

import numpy as np
import pytest

from dami.errors import DamiError
from dami.store import annotations, audits, database, files, models, projects
from dami.store.doctor import _replayed, examine
from dami.store.model_records import Pick, StoredSelection


def label(seq, row, class_id=0, **more):
    return {"seq": seq, "action": "label", "row": row, "class": class_id, **more}


@pytest.fixture
def labeled(project):
    """Twelve labels, one taken back, one put off; a network that has seen them; an audit."""
    items = [label(k, 10 * k, k % 3) for k in range(1, 13)]
    items += [{"seq": 13, "action": "undo", "undoes": {"client": "tab", "seq": 12}}]
    items += [{"seq": 14, "action": "later", "row": 7}, {"seq": 15, "action": "note", "row": 10, "note": "odd"}]
    assert not annotations.append(project, "tab", items).refused
    last = annotations.last_event(project)
    models.save_model(
        project, 1, through_event=last, n_labeled=11, selection=StoredSelection("dami", tuple(map(Pick, (1, 2, 3))))
    )
    audits.draw(project, [500, 501], 900)
    return project


def damage(*statements):
    """Change the database as no code of ours would."""
    if database.engine().dialect.name == "postgresql":
        with database.transaction() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # without guards and keys
            for statement in statements:
                assert connection.exec_driver_sql(statement).rowcount == 1
        return
    path = database.home() / "dami.db"
    database.reset()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount == 1
        for _, sql in guards:
            connection.execute(sql)
    connection.close()


def faults():
    whole, [examined] = examine()
    return [*whole, *examined.faults]


def test_what_is_sound_is_called_sound_and_counted(labeled):
    whole, [examined] = examine()
    assert whole == [] and examined.faults == []
    assert (examined.name, examined.n_events, examined.n_labels) == ("Animals", 15, 11)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE event SET row = 1000 WHERE id = 3", "Event 3 is of row 1000, which the table does not have"),
        ("UPDATE event SET row = -1 WHERE id = 3", "Event 3 is of row -1"),
        ("UPDATE event SET class_id = 9 WHERE id = 4", "Event 4 gives a class (9) that the project does not have"),
        ("UPDATE event SET class_id = NULL WHERE id = 4", "Event 4 gives a class (None)"),
        ("UPDATE event SET action = 'shout' WHERE id = 4", "Event 4 does what no version of DAMI does ('shout')"),
        ("UPDATE event SET undoes = 99 WHERE id = 13", "Event 13 takes back an event (99) that was not there"),
        ("UPDATE event SET undoes = 14 WHERE id = 13", "Event 13 takes back an event (14) that was not there"),
        ("DELETE FROM event WHERE id = 15", "Network 1 has seen events that the log does not have"),
        ("DELETE FROM event WHERE id = 12", "Event 13 takes back an event (12) that was not there"),
        ("UPDATE model SET selection = '{\"rows\": [5000]}'", "Network 1 asks for rows that the table does not have"),
        ("UPDATE audit SET rows = '[1, 5000]'", "Audit 1 holds rows that the table does not have"),
        ("DELETE FROM class_ WHERE id = 2", "Event 2 gives a class (2)"),
    ],
)
def test_each_damage_is_told_and_nothing_else_about_others(labeled, statement, said):
    other = projects.create("Other", projects.get(labeled).table_id, classes=["a", "b"]).id
    annotations.append(other, "tab", [label(1, 5)])
    damage(statement)
    whole, listed = examine()
    by_name = {examined.name: examined.faults for examined in listed}
    assert any(said in fault for fault in by_name["Animals"]), by_name
    assert by_name["Other"] == []
    assert all(fault.endswith(".") for fault in [*whole, *by_name["Animals"]])


@pytest.mark.sqlite
def test_a_key_without_its_other_half_is_told(labeled):
    damage("UPDATE class_ SET project = 'gone' WHERE id = 0")
    assert any("“event” belongs to something of “class_”" in fault for fault in faults())


def test_a_log_that_could_be_changed_is_told(untouched, labeled):
    guard, drop = {
        "sqlite": ("event_is_never_deleted", "DROP TRIGGER event_is_never_deleted"),
        "postgresql": ("event_is_append_only", "ALTER TABLE event DISABLE TRIGGER event_is_append_only"),
    }[database.engine().dialect.name]
    with database.transaction() as connection:
        connection.exec_driver_sql(drop)
    [found] = faults()
    assert f"not guarded against changes ({guard})" in found


def test_a_table_that_is_gone_or_changed_is_told(labeled):
    path = files.table_path(projects.get(labeled).table_id)
    data = path.read_bytes()
    path.write_bytes(data[:-3] + b"xyz")
    assert any("is not as it was stored" in fault for fault in faults())
    path.unlink()
    [found] = faults()
    assert "is gone" in found and str(path) in found
    path.write_bytes(data)
    assert faults() == []


@pytest.mark.sqlite
def test_a_damaged_page_of_the_database_is_told(labeled):
    path = database.home() / "dami.db"
    database.reset()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_event_project_id'")
        [(size,)] = connection.execute("PRAGMA page_size")
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 100)
        file.write(np.random.default_rng(0).bytes(size - 100))
    try:
        found = faults()
    except DamiError as error:
        found = [str(error)]
    assert any("damaged" in fault for fault in found)


@pytest.mark.sqlite
def test_without_a_database_it_says_so_and_makes_none(untouched, data_folder):
    with pytest.raises(DamiError, match="There is no database in"):
        examine()
    assert not (data_folder / "dami.db").exists()


@pytest.mark.sqlite
@pytest.mark.parametrize("seed", range(20))
def test_the_log_read_from_its_end_is_the_log_read_forward(project, seed):
    rng = np.random.default_rng(seed)
    items = []
    for seq in range(1, 60):
        if items and rng.random() < 0.45:
            item = {"seq": seq, "action": "undo", "undoes": {"client": "tab", "seq": int(rng.integers(1, seq))}}
        else:
            item = label(seq, int(rng.integers(8)), int(rng.integers(3)))
            item |= {"batch": f"b{rng.integers(4)}"} if rng.random() < 0.4 else {}
        items.append(item)
    assert not annotations.append(project, "tab", items).refused
    ours = {row: event.id for row, event in _replayed(annotations.events(project)).items()}
    assert ours == {row: event.id for row, event in annotations.current(project).items()}
    assert examine()[1][0].faults == []

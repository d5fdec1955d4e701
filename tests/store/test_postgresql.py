"""What is PostgreSQL's alone: how it is reached, what befalls it, and what it cannot hold by itself."""

import socket
import threading

import psycopg
import pytest
import sqlalchemy as sa

from dami.errors import DamiError
from dami.store import annotations, classes, database, postgresql, projects, schema

pytestmark = pytest.mark.postgresql


@pytest.fixture
def pg():
    """A connection beside DAMI's."""
    address = database.url().replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def label(seq, row, **more):
    return {"seq": seq, "row": row, "action": "label", "class": 0, **more}


def test_writers_take_turns_and_readers_never_wait(project):
    with database.transaction() as connection:
        connection.execute(sa.update(schema.project).values(name="Beasts"))
        renamed = threading.Thread(target=projects.rename, args=(project, "Creatures"))
        renamed.start()
        assert projects.get(project).name == "Animals"
        renamed.join(0.2)
        assert renamed.is_alive()
    renamed.join()
    assert projects.get(project).name == "Creatures"


def test_a_writer_of_another_process_is_waited_for_but_not_for_ever(project, pg, monkeypatch):
    monkeypatch.setattr(postgresql, "BUSY_SECONDS", 1)
    database.reset()
    with pg.transaction():
        pg.execute("SELECT pg_advisory_xact_lock(%s)", (postgresql.TURN,))
        with pytest.raises(DamiError, match="held by another program"):
            projects.rename(project, "Beasts")
        assert projects.get(project).name == "Animals"
    assert projects.rename(project, "Beasts").name == "Beasts"


def test_the_short_forms_of_the_address_are_understood(project, monkeypatch):
    for short in ("postgresql://", "postgres://", "postgresql+psycopg2://"):
        monkeypatch.setenv("DAMI_DATABASE_URL", database.url().replace("postgresql+psycopg://", short))
        assert projects.get(project).name == "Animals"


def test_a_server_that_goes_and_comes_back_loses_no_label(project, postgres, pg):
    pg.execute("CHECKPOINT")  # all that the tests before have written need not be read again
    annotations.append(project, "tab", [label(1, 1)])
    postgres.kill()
    try:
        with pytest.raises(DamiError, match="cannot be reached; nothing was stored"):
            annotations.append(project, "tab", [label(2, 2)])
    finally:
        postgres.start()
    assert len(annotations.append(project, "tab", [label(1, 1), label(2, 2)]).stored) == 1
    assert annotations.labels(project) == {1: 0, 2: 0}


def test_a_connection_that_is_cut_in_the_middle_is_said_in_words(project, pg):
    with pytest.raises(DamiError, match="cannot be reached"), database.transaction() as connection:
        connection.execute(sa.update(schema.project).values(name="Beasts"))
        pg.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        connection.execute(sa.select(schema.project.c.id)).all()
    assert projects.get(project).name == "Animals"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql+psycopg://dami:hush@127.0.0.1:{closed}/dami", "cannot be reached"),
        ("postgresql+psycopg://dami:hu@sh@nowhere.invalid/dami", "cannot be reached"),
        ("postgresql+psycopg://dami:hush@127.0.0.1:{port}/nothing", "no such database or user"),
        ("postgresql+psycopg://nobody:hush@127.0.0.1:{port}/postgres", "no such database or user"),
        ("postgresql+psycopg://dami:hush@127.0.0.1:{port}/postgres?hush=hush", "is not understood"),
        ("postgresql+psycopg://dami:hush@127.0.0.1:hush/postgres", "no address"),
        ("postgresql+psycopg://dami:hush@127.0.0.1:{port}/postgres?sslmode=hush", "is not understood"),
        ("mysql+pymysql://dami:hush@127.0.0.1/dami", "no address"),
        ("hush", "no address"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_without_its_password(monkeypatch, postgres, address, said):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    monkeypatch.setenv("DAMI_DATABASE_URL", address.format(closed=closed, port=postgres.port))
    with pytest.raises(DamiError, match=said) as raised:
        projects.listing()
    assert "DAMI_DATABASE_URL" in str(raised.value) and "hu" not in str(raised.value).replace("human", "")


def test_a_password_that_is_wrong_is_told(monkeypatch, postgres, pg, project):
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    pg.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
    try:
        rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{before}")
        pg.execute("SELECT pg_reload_conf()")
        monkeypatch.setenv("DAMI_DATABASE_URL", database.url().replace("dami@", "locked:wrong@"))
        with pytest.raises(DamiError, match="check user and password") as raised:
            projects.listing()
        assert "wrong" not in str(raised.value)
        monkeypatch.setenv("DAMI_DATABASE_URL", database.url().replace("wrong", "right"))
        with pytest.raises(DamiError, match="make the user its owner"):
            projects.listing()
    finally:
        rules.write_text(before)
        pg.execute("SELECT pg_reload_conf()")


def test_a_database_that_can_only_be_read_is_told(project, pg):
    pg.execute("ALTER ROLE dami SET default_transaction_read_only = on")
    database.reset()
    try:
        assert projects.get(project).name == "Animals"
        with pytest.raises(DamiError, match="only be read"):
            projects.rename(project, "Beasts")
    finally:
        pg.execute("ALTER ROLE dami RESET default_transaction_read_only")


def test_characters_and_numbers_that_it_cannot_hold_come_back_or_are_left_out(project):
    classes.add_class(project, "a\0b", "\0")
    assert [(entry.name, entry.value) for entry in classes.list_classes(project)][-1] == ("a\0b", "\0")
    huge = {"model": 2**40, "nearest": 2**31, "undoes": 2**52}
    answer = annotations.append(project, "tab\0", [label(2**50, 1, note="\0", saw=2**52, **huge), label(1, 2**33)])
    [event] = answer.stored
    assert (event.note, event.model, event.nearest, len(answer.refused)) == ("\0", None, None, 1)
    assert annotations.events(project) == [event] and annotations.acks(project) == {"tab\0": 2**50}
    for nothing in ("\0", "x" * 5000):
        with pytest.raises(DamiError, match="does not exist"):
            projects.get(nothing)

import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dami.errors import DamiError, ProjectError
from dami.store import annotations, classes, database, projects, schema, sqlite
from dami.store.migrate import configuration


@pytest.mark.sqlite
def test_home_is_absolute_and_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAMI_HOME", "here/below")
    assert database.home() == tmp_path / "here" / "below"
    assert database.home().is_dir()


@pytest.mark.sqlite
def test_without_a_setting_home_is_in_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DAMI_HOME")
    assert database.home() == tmp_path / ".dami"


@pytest.mark.sqlite
def test_home_that_cannot_be_made_is_said_in_words(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(DamiError, match="set DAMI_HOME"):
        database.home()


@pytest.mark.sqlite
def test_sqlite_is_set_up_for_many_readers_and_a_power_cut():
    with database.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.sqlite
def test_another_folder_is_another_database(tmp_path, monkeypatch, project):
    first = database.engine()
    assert database.engine() is first
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "other"))
    assert database.engine() is not first
    assert projects.listing() == []


@pytest.mark.sqlite
def test_the_url_setting_wins(untouched, tmp_path, monkeypatch):
    monkeypatch.setenv("DAMI_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    assert projects.listing() == []
    assert (tmp_path / "elsewhere.db").exists()
    assert not (database.home() / "dami.db").exists()


@pytest.mark.sqlite
@pytest.mark.parametrize("url", ["nonsense", "no+such://database"])
def test_an_impossible_url_is_said_in_words(monkeypatch, url):
    monkeypatch.setenv("DAMI_DATABASE_URL", url)
    with pytest.raises(DamiError, match="DAMI_DATABASE_URL"):
        database.engine()


def test_migrations_from_empty_give_the_schema_of_the_code(untouched):
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_the_comparison_with_the_schema_sees_a_difference(untouched):
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE job ADD COLUMN stray TEXT")
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) != []


def test_a_database_of_the_first_schema_keeps_all_it_holds(untouched):
    old = sa.create_engine(database.url())
    with old.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        connection.exec_driver_sql("INSERT INTO table_ VALUES ('t', 9, 1, '[]', 1.0)")
        connection.exec_driver_sql(
            "INSERT INTO project VALUES "
            "('p', 'Old', 't', 'f.csv', NULL, 'label', 5, 0, 10, 'ada', 'k', 'dami', '{}', 1, 1, NULL, 7)"
        )
        connection.exec_driver_sql("INSERT INTO class_ VALUES ('p', 0, 'cat', 'cat', ''), ('p', 1, 'dog', 'dog', '')")
        connection.exec_driver_sql(
            "INSERT INTO event (project, client, seq, row, action, class_id, note, source, annotator, committed) "
            "VALUES ('p', 'tab', 1, 3, 'label', 1, 'tail', 'human', 'ada', 2.0)"
        )
        connection.exec_driver_sql("INSERT INTO model VALUES ('p', 1, 1, 1, 'ready', '{}', '{}', NULL, 1)")
    old.dispose()
    assert projects.get("p").name == "Old"
    assert annotations.labels("p") == {3: 1} and annotations.notes("p") == {3: "tail"}
    assert [entry.merged_into for entry in classes.list_classes("p")] == [None, None]
    with database.reading() as connection:
        assert connection.execute(sa.select(schema.model.c.mark)).scalar() == "p.1"
    [event] = annotations.record("p", [{"row": 4, "action": "label", "class": 0}], batch=True).stored
    assert event.batch is not None
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), database.transaction() as connection:
        connection.exec_driver_sql("UPDATE event SET class_id = 0")


@pytest.mark.sqlite
def test_head_is_the_newest_migration():
    assert ScriptDirectory.from_config(configuration()).get_heads() == [database.HEAD]


def test_a_database_of_a_newer_dami_is_refused(untouched):
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.reset()
    with pytest.raises(ProjectError, match="newer DAMI"):
        projects.listing()


@pytest.mark.sqlite
def test_alembic_is_imported_only_when_there_is_something_to_do(untouched, start):
    code = (
        "import sys; from dami.store import annotations, jobs, models, projects, tables; projects.listing();"
        "print([m in sys.modules for m in ('alembic', 'pandas', 'numpy', 'torch', 'streamlit')])"
    )
    assert start(code).communicate()[0].strip() == "[True, False, False, False, False]"
    assert start(code).communicate()[0].strip() == "[False, False, False, False, False]"


def test_several_processes_may_be_the_first(untouched, start):
    code = (
        "import sys; from dami.store import projects; print('ready', flush=True); sys.stdin.readline();"
        "print(projects.listing())"
    )
    processes = [start(code) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert (out, process.returncode) == ("[]\n", 0), errors


def test_a_failed_transaction_leaves_nothing(project):
    before = projects.revision(project)
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute(sa.update(schema.project).values(revision=99))
        raise RuntimeError
    assert projects.revision(project) == before


def test_a_reader_sees_one_state_throughout(project):
    count = sa.select(schema.project.c.revision).where(schema.project.c.id == project)
    with database.reading() as connection:
        before = connection.execute(count).scalar()
        projects.rename(project, "Beasts")  # does not wait for the reader
        assert connection.execute(count).scalar() == before
    assert projects.revision(project) > before


@pytest.mark.sqlite
def test_a_locked_database_is_said_in_words(data_folder, monkeypatch, project):
    database.reset()
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(data_folder / "dami.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DamiError, match="held by another program"):
        projects.rename(project, "Beasts")
    assert projects.get(project).name == "Animals"  # reading goes on
    other.close()
    assert projects.rename(project, "Beasts").name == "Beasts"


@pytest.mark.sqlite
def test_a_read_only_database_is_said_in_words(data_folder, monkeypatch, project):
    monkeypatch.setenv("DAMI_DATABASE_URL", f"sqlite:///file:{data_folder / 'dami.db'}?mode=ro&uri=true")
    assert projects.get(project).name == "Animals"
    with pytest.raises(DamiError, match="only be read"):
        projects.rename(project, "Beasts")


@pytest.mark.sqlite
def test_a_full_disk_is_said_in_words_and_loses_nothing(project):
    items = [{"seq": i, "row": i, "action": "label", "class": 0, "note": "n" * 1000} for i in range(500)]
    annotations.append(project, "tab", items[:3])
    opened = database.engine()
    with opened.connect() as connection:  # the one connection of the pool: the limit holds for what comes
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
        connection.rollback()
    with pytest.raises(DamiError, match="full"):
        annotations.append(project, "tab", items)
    assert annotations.labels(project) == {0: 0, 1: 0, 2: 0}
    database.reset()
    assert len(annotations.append(project, "tab", items).stored) == 497


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_said_in_words(data_folder):
    (data_folder / "dami.db").write_bytes(b"GIF89a" * 500)
    with pytest.raises(DamiError, match="damaged or is no SQLite database"):
        projects.listing()


@pytest.mark.sqlite
def test_a_folder_that_is_not_there_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("DAMI_DATABASE_URL", f"sqlite:///{tmp_path / 'missing' / 'dami.db'}")
    with pytest.raises(DamiError, match="cannot be opened"):
        projects.listing()


def test_a_mistake_in_our_own_values_is_not_disguised(project):
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as connection:
        connection.execute(sa.update(schema.project).values(table_id="0" * 64))


@pytest.mark.sqlite
def test_values_become_what_json_holds_everywhere():
    import numpy as np

    given = {1: np.float32(0.5), "a": (np.arange(2), float("nan")), "b": {"c": float("inf"), "d": None, "e": True}}
    assert database.plain(given) == {"1": 0.5, "a": [[0, 1], None], "b": {"c": None, "d": None, "e": True}}


@pytest.mark.sqlite
def test_the_store_is_imported_quickly():
    code = "from dami.store import annotations, classes, database, files, jobs, models, projects, tables"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    assert "pandas" not in done.stderr
    assert "alembic" not in done.stderr

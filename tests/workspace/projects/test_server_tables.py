"""Tables that the owner of a server offers: what is listed, what is opened, and that nothing else can be."""

import pandas as pd
import pytest

from dami.errors import TableError
from dami.workspace.projects import server_tables, stored_tables


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(server_tables.VARIABLE, str(tmp_path / "tables"))
    (tmp_path / "tables" / "2026").mkdir(parents=True)
    return tmp_path / "tables"


def write(path, rows=3):
    pd.DataFrame({"a": range(rows), "b": "x"}).to_csv(path, index=False)
    return path


def names():
    return [entry.name for entry in server_tables.listing()]


def test_tables_of_the_folder_and_below_are_listed_and_open(folder):
    write(folder / "one.csv")
    pd.DataFrame({"a": range(5)}).to_parquet(folder / "2026" / "two.parquet")
    (folder / "notes.md").write_text("no table")
    write(folder / ".hidden.csv")
    assert names() == ["2026/two.parquet", "one.csv"]
    assert server_tables.listing()[1].size == (folder / "one.csv").stat().st_size
    assert len(stored_tables.table(server_tables.open_table("2026/two.parquet").table)) == 5


def test_one_file_may_be_offered(folder, monkeypatch):
    monkeypatch.setenv(server_tables.VARIABLE, str(write(folder / "one.csv")))
    write(folder / "two.csv")
    assert names() == ["one.csv"]


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "link.csv", "away/secret.csv", "gone.csv", ""])
def test_nothing_else_can_be_opened(folder, tmp_path, name):
    write(tmp_path / "secret.csv")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "away").symlink_to(tmp_path)
    assert names() == []
    with pytest.raises(TableError, match="not among the tables that this server offers"):
        server_tables.open_table(name)


def test_what_is_wrong_is_said(folder, monkeypatch):
    write(folder / "short.csv", rows=1)
    with pytest.raises(TableError, match=r"short\.csv has 1 row"):
        server_tables.open_table("short.csv")
    monkeypatch.setenv(server_tables.VARIABLE, str(folder / "missing"))
    with pytest.raises(TableError, match=r"cannot be read .* mend DAMI_TABLES"):
        server_tables.listing()


def test_without_the_owners_word_nothing_is_offered(monkeypatch):
    monkeypatch.delenv(server_tables.VARIABLE, raising=False)
    assert not server_tables.is_enabled()

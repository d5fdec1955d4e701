"""Packed tables are read, and what is no single table, broken or too large is refused in words."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from corpus import workbook

from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.read_options import ReadOptions
from dami.tables.reading import READERS, Reader, open_table, read_table

TABLE = b"a,b\n1,x\n2,y\n2,x\n"
ROWS = {"a": [1, 2, 2], "b": ["x", "y", "x"]}


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["table.csv.gz", "table.gz", "table.csv", "TABLE.CSV.GZ", "table.txt", ""])
def test_gzip_is_read_by_its_name_or_content(name):
    assert read_table(gzip.compress(TABLE), name or None).to_dict("list") == ROWS


def as_lzma(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE)


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        *(
            (pack, name)
            for pack, end in ((bz2.compress, ".bz2"), (lzma.compress, ".xz"))
            for name in ("t" + end, "t.csv")
        ),
        (as_lzma, "t.lzma"),
    ],
)
def test_bzip2_and_xz_are_read_alike(pack, name, monkeypatch):
    assert read_table(pack(TABLE), name).to_dict("list") == ROWS
    with pytest.raises(TableError, match=r"no whole (bzip2|xz|lzma) file"):
        read_table(pack(TABLE)[:-8], name)
    monkeypatch.setattr(size_limits, "MAX_BYTES", 1_000)
    with pytest.raises(TableError, match="unpacks to 0 MB"):
        read_table(pack(TABLE * 1_000), name)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_cannot_be_unpacked_in_steps_is_refused(method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("t.csv", TABLE)
    with pytest.raises(TableError, match="packed in a rare way"):
        read_table(buffer.getvalue(), "t.zip")


def test_a_text_may_begin_like_a_packed_file():
    assert list(read_table(b"BZh9,b\n1,2\n3,4\n", "t.csv").columns) == ["BZh9", "b"]


@pytest.mark.parametrize("name", ["table.zip", "table.csv", ""])
@pytest.mark.parametrize(
    "files",
    [
        {"table.csv": TABLE},
        {"folder/": b"", "folder/table.tsv": TABLE.replace(b",", b"\t")},
        {"table.csv": TABLE, "__MACOSX/._table.csv": b"\0\5\x16\7", ".DS_Store": b"\0"},
        {"book.xlsx": workbook({"Data": [["a", "b"], [1, "x"], [2, "y"], [2, "x"]]})},
    ],
)
def test_the_only_table_of_an_archive_is_read(name, files):
    read = open_table(packed(files), name or None)
    assert read.frame.to_dict("list") == ROWS and read.notes == []


def test_what_else_an_archive_holds_is_said():
    read = open_table(packed({"table.csv": TABLE, "README.txt": b"Hello.", "map.png": b"\x89PNG"}), "t.zip")
    assert read.frame.to_dict("list") == ROWS
    assert read.notes == ["Read “table.csv”; the archive also holds “README.txt”, “map.png”."]
    assert read_table(packed({"table.txt": TABLE, "map.png": b"\x89PNG"}), "t.zip").to_dict("list") == ROWS


def test_options_and_notes_pass_through_an_archive():
    data = packed({"t.csv": "a;b\n1;Б\n2;я\n".encode("cp1251")})
    read = open_table(gzip.compress(b"a;b\n1;2\n3;4\n"), "t.csv.gz", options=ReadOptions(delimiter=","))
    assert list(read.frame.columns) == ["a;b"] and read.how.delimiter == ","
    assert open_table(data, "t.zip", options=ReadOptions(encoding="cp1251")).frame["b"].tolist() == ["Б", "я"]


REFUSED = {
    "two tables": (packed({"a.csv": TABLE, "b.csv": TABLE}), "t.zip", "holds 2 tables: “a.csv”, “b.csv”"),
    "two texts": (packed({"a.txt": TABLE, "b.txt": TABLE}), "t.zip", "holds 2 tables: “a.txt”, “b.txt”"),
    "no table": (packed({"map.png": b"\x89PNG"}), "t.zip", "holds no table, only “map.png”"),
    "nothing": (packed({}), "t.zip", "holds no table, no files"),
    "half an archive": (packed({"a.csv": TABLE})[:60], "t.zip", "cannot be opened as a ZIP archive"),
    "a broken entry": (packed({"a.csv": TABLE}).replace(b"PK\x01\x02", b"PK\x01\x03"), "t.zip", "t.zip"),
    "text called zip": (TABLE, "t.zip", "cannot be opened as a ZIP archive"),
    "text called gzip": (TABLE, "t.csv.gz", "no whole gzip file"),
    "half a gzip": (gzip.compress(TABLE * 99)[:-20], "t.csv.gz", "no whole gzip file"),
    "broken gzip": (gzip.compress(TABLE)[:12] + b"\xff" * 20, "t.csv.gz", "no whole gzip file"),
    "gzip in gzip": (gzip.compress(gzip.compress(TABLE)), "t.csv.gz", "packed more than once"),
    "an archive in an archive": (packed({"t.csv": packed({"t.csv": TABLE})}), "t.zip", "packed more than once"),
    "an empty gzip": (gzip.compress(b""), "t.csv.gz", "t.csv is empty"),
    "an empty file in an archive": (packed({"a.csv": b""}), "t.zip", "a.csv is empty"),
    "a tar file": (gzip.compress(b"x" * 257 + b"ustar"), "t.tar.gz", "t.tar ends in .tar"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_packed_table_is_refused_in_words(name):
    data, filename, part = REFUSED[name]
    with pytest.raises(TableError) as error:
        read_table(data, filename)
    assert part in str(error.value) and "\n" not in str(error.value)


def test_a_protected_archive_is_refused_in_words():
    data = bytearray(packed({"a.csv": TABLE}))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag "encrypted" of both headers
        data[data.index(sign) + place] |= 1
    with pytest.raises(TableError, match=r"t\.zip is protected by a password"):
        read_table(bytes(data), "t.zip")


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: packed({"t.csv": data})], ids=["gzip", "zip"])
def test_what_unpacks_to_too_much_is_refused_before_it_fills_the_memory(pack, monkeypatch):
    monkeypatch.setattr(size_limits, "MAX_BYTES", 2_000_000)
    whole = b"a,b\n" + b"1,2\n" * 499_999
    assert len(read_table(pack(whole), "t.csv")) == 499_999
    with pytest.raises(TableError, match=r"unpacks to 2 MB; DAMI reads up to 2 MB"):
        read_table(pack(whole + b"\n"), "t.csv")
    seen = []
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: seen.append(size) or b"a\n1\n")
    read_table(gzip.compress(whole), "t.csv")
    assert seen == [2_000_001]  # never the whole file, however large it says to be


def test_a_reader_of_a_package_gets_its_packed_files_as_they_are(monkeypatch):
    monkeypatch.setitem(READERS, ".own", Reader("Own", lambda data, name: READERS[".csv"].read(data[2:], name)[:3]))
    assert read_table(b"\x1f\x8b" + TABLE, "t.own").to_dict("list") == ROWS
    assert read_table(gzip.compress(b"??" + TABLE), "t.own.gz").to_dict("list") == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xls_that_is_text_is_read_as_text(encoding):
    read = open_table("a\tb\n1\tx\n2\ty\n".encode(encoding), "export.xls")
    assert read.frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert read.notes == ["export.xls is text by its content, not a workbook, and was read as such."]

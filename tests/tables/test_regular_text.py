"""What Arrow splits at once is what Python's csv module splits row by row; all else is left to it."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dami.tables import delimited
from dami.tables.regular_text import lines_of, split_regular

PIECES = st.sampled_from(
    ["a", "é日", "1.5", " ", ",", ",", ";", "\n", "\n", "\r\n", "\r", '"', '""', '"a,b"', "\0", "#"]
)


def by_rows(text: str, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    first, *rows = csv.reader(io.StringIO(text.strip("\r\n"), newline=""), delimiter=delimiter, strict=True)
    assert all(len(row) == len(first) for row in rows)
    return first, [list(column) for column in zip(*rows, strict=True)] or [[] for _ in first]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "\n\r\na,b\r\n1,2\r\n\r\n",
        "a,b\r1,2\r3,4",
        'a,b\n"x, y","say ""no"""\n"two\nlines",\n"",""""\n',
        '"a\nb","c"\n1,2\n',
        "\ufeffa,b\n\ufeff1,2\n",
        "a,b\n\1,NA\nnull,\u2028\x85\n",
        "a,b\n" + "x" * 1000 + ",y\n",
    ],
)
def test_a_regular_text_is_split_as_by_rows(text: str) -> None:
    found = split_regular(text, ",")
    assert found is not None
    names, columns = found
    assert (names, [column.to_pylist() for column in columns]) == by_rows(text)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n\n3,4\n",  # a blank line
        "",
        "a,b\n",  # no row
        "a,b\n1,2,\n",  # a value more
        "a,b\n1\n",  # a value less
        "a\n1\n2\n",  # one column, where a blank line would be a row
        'a,b\n"1,2\n',  # does not close
        'a,b\n"1"x,2\n',  # closes too early
        'a,b\n""x,2\n',
        'a,b\n5" pipe,2\n',  # stands inside of a value
        'a,b\n1,"2\n3,"4\n',
        "a,b\n\ud800,y\n",
        "a,b\n\0,y\n",
    ],
)
def test_any_other_is_left_alone(text: str) -> None:
    assert split_regular(text, ",") is None


@example(pieces=["a", ",", "b", "\n", '""', "a", ",", "\n"])
@example(pieces=[",", "\0", "a", "a", "1.5", "\n", "a", "\n", ","])  # rows behind a NUL are lost without a word
@given(pieces=st.lists(PIECES, max_size=25))
def test_what_it_splits_is_never_another_than_by_rows(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert list(lines_of(text)) == list(io.StringIO(text, newline=""))
    found = split_regular(text, ",")
    if found is not None:
        names, columns = found
        assert (names, [column.to_pylist() for column in columns]) == by_rows(text)


@given(rows=st.lists(st.tuples(*[st.text("aé,;\"\n\r '", max_size=5)] * 3), min_size=2, max_size=6))
def test_whatever_is_written_with_quotation_marks_is_regular(rows: list[tuple[str, ...]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    found = split_regular(file.getvalue(), ",")
    assert found is not None
    names, columns = found
    assert [tuple(names), *zip(*(column.to_pylist() for column in columns), strict=True)] == rows


def test_a_text_is_read_alike_at_once_and_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a;b\n1;"x; y"\n2;\n' * 3
    at_once = delimited.read_delimited(text, "some.csv")
    monkeypatch.setattr(delimited, "split_regular", lambda text, delimiter: None)
    names, columns, delimiter, quote, notes = delimited.read_delimited(text, "some.csv")
    assert (names, delimiter, quote, notes) == (at_once[0], ";", '"', at_once[4]) and columns == at_once[1]

"""Columns that spaces set apart are refused in words, and no table of one column is taken for them."""

import pytest

from dami.errors import TableError
from dami.tables.reading import read_table

FIXED = {
    "names and numbers": "name      age  city\nAnnika     31  Bonn\nBo         22  Köln\nCarla      45  Ulm\n",
    "with gaps": "name      age  city\nAnnika         Bonn\nBo         22\nCarla      45  Ulm\n",
    "values with spaces": "city            n\nSankt Augustin  1\nBonn            2\nBad Honnef      3\n",
    "numbers apart by one space": "a b c\n1 2 x\n3 4 y\n5 6 z\n",
}
ONE_COLUMN = {
    "sentences": "text\nOne two.  Three four.\nFive six seven.\nEight.\n",
    "names of people": "first name\nAnn Lee\nBob Ray\nCy Coe\n",
    "a name with two spaces": "my  text\nOne two three\nFour five six\nSeven\n",
    "words and a number": "kind of lamp\nlamp no 1\nlamp no 2\nlamp no 3\n",
    "two rows": "a  b\n1  2\n",
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed_width_is_refused_in_words(name):
    with pytest.raises(
        TableError, match=r"^own\.txt sets its columns apart by spaces .*pandas\.read_fwf.* save it as CSV"
    ):
        read_table(FIXED[name].encode(), "own.txt")


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_a_table_of_one_column_is_read(name):
    text = ONE_COLUMN[name]
    assert read_table(text.encode(), "own.txt").shape == (text.count("\n") - 1, 1)

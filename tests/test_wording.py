"""Numbers and names in sentences."""

from dami.wording import count, joined, listed, noun, quoted


def test_a_noun_stands_in_the_form_of_its_number():
    assert [count(n, "row") for n in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]
    assert [count(n, "row was", "rows were") for n in (1, 2)] == ["1 row was", "2 rows were"]
    assert [noun(n, "class", "classes") for n in (1, 2)] == ["class", "classes"]


def test_a_long_list_ends_early():
    assert listed(["a", "b"], 2) == "a, b" and listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert quoted(["a", "b"], 2) == "“a”, “b”" and quoted(["a", "b", "c"], 2) == "“a”, “b”, …"


def test_a_whole_list_ends_with_and():
    assert [joined(parts) for parts in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]

"""A reason's words are made from its data: the row that it names, that row's class, its numbers as people read them."""

import pytest

from dami.selection.strategies import STRATEGIES, Explanation, QueryStrategy
from dami.selection.strategies.explanation import Fact, bits, in_words, number, share


def test_the_text_names_the_row_and_where_it_is_known_its_class():
    reason = Explanation("The nearest is {row}, of {braces}.", {"step": 1}, 12)
    assert reason.text == "The nearest is row 12, of {braces}."
    assert in_words(reason.sentence, 7, "{row} <b>") == "The nearest is row 7, “{row} <b>”, of {braces}."
    assert Explanation("As it is: {}.", {}).text == "As it is: {}."
    assert reason == Explanation(reason.text, {"step": 1}) != Explanation(reason.sentence, {"step": 1}, 13)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0, "0"), (0.0, "0"), (7, "7"), (1234567, "1,234,567"), (2.0, "2"), (-3.14159, "-3.14"), (98.24, "98.2")],
        *[(1234.5, "1,230"), (99.96, "100"), (0.9996, "1"), (0.00001234, "0.0000123"), (0.5, "0.5"), (120.4, "120")],
        *[(float("inf"), "inf"), ("a word", "a word"), (True, "True")],
    ],
)
def test_a_number_is_written_with_three_digits(value, text):
    assert number(value) == text


def test_shares_and_bits_have_their_units():
    assert (share(0.125), bits(1.23456)) == ("12.5 %", "1.23 bits")


class Crowd(QueryStrategy):
    name = title = "crowd"
    summary = "Crowds."
    facts = (Fact("company", "Rows in its region"), Fact("doubt", "Doubt", share))

    def choose(self, pool, n):
        raise NotImplementedError


def test_a_strategys_numbers_are_told_in_its_own_words():
    numbers = {"step": 1, "space": "input", "doubt": 0.5, "company": 1200, "not_said": None, "left_over": 2.5}
    told = [("Doubt", "50 %"), ("Rows in its region", "1,200"), ("left over", "2.5")]
    assert Crowd.facts_of(numbers) == told
    assert ("doubt", "0.5") in QueryStrategy.facts_of(numbers)  # as it is told once the strategy is gone


def test_a_labelled_row_that_is_the_nearest_centre_is_said_once():
    numbers = {"distance": 2.0, "nearest": 1500, "percent": 98.24, "nearest_labeled": 1500, "distance_labeled": 2.0}
    farther = ("Farther than", "98.2 % of the rows")
    assert Crowd.facts_of(numbers) == [farther]  # any strategy may begin in the input space
    others = [("Nearest labelled row", "row 1500"), ("Distance to it", "2")]
    assert STRATEGIES["dami-plus"].facts_of(numbers | {"nearest": 3}) == [farther, *others]

"""Holds the settings of a comparison: their defaults, their limits, and a sentence that says what they amount to."""

from dataclasses import dataclass

from dami.errors import ProjectError
from dami.selection.strategies import STRATEGIES
from dami.studies.experiment import MOST_ROWS, TEST_SHARE, pool_size, possible_rounds

DEFAULT = ("dami", "dami-plus", "random", "margin", "core-set", "badge")
SEEDS, INITIAL, BATCH, ROUNDS = 10, 30, 10, 20
FEWEST_ROUNDS = 8  # a curve needs as many; a small pool has smaller rounds instead
MOST_SEEDS = 100


@dataclass(frozen=True)
class Settings:
    """The settings of an experiment without its seeds: more seeds may be added later."""

    strategies: tuple[str, ...]
    n_initial: int
    batch_size: int
    rounds: int


def defaults(n_rows: int) -> Settings:
    """Return the protocol's settings, with fewer initial labels and smaller rounds to fit into half of a small pool."""
    half = pool_size(n_rows) // 2
    n_initial = max(2, min(INITIAL, half // 2))
    batch_size = max(1, min(BATCH, (half - n_initial) // FEWEST_ROUNDS))
    return Settings(DEFAULT, n_initial, batch_size, max(1, min(ROUNDS, rounds_of(n_rows, n_initial, batch_size))))


def rounds_of(n_rows: int, n_initial: int, batch_size: int, rounds: int = 10**6) -> int:
    """Return the number of rounds that fit on `n_rows` labelled rows, at most `rounds`; below 1 if none fits."""
    return possible_rounds(n_rows, n_initial, batch_size, rounds)


def plan(settings: Settings, n_rows: int) -> str:
    """Return a sentence that says what the settings amount to."""
    n_pool = pool_size(n_rows)
    n_rounds = rounds_of(n_rows, settings.n_initial, settings.batch_size, settings.rounds)
    if n_rounds < 1:
        return f"Half of the pool of {n_pool:,} rows is labelled before the first round: make these numbers smaller."
    last = settings.n_initial + n_rounds * settings.batch_size
    n_test = min(n_rows // TEST_SHARE, MOST_ROWS)
    return (
        f"Each seed holds {n_test:,} rows out for testing and begins with {settings.n_initial} labels; "
        f"{n_rounds} rounds of {settings.batch_size} end at {last:,} of the {n_pool:,} rows in the pool."
    )


def check(settings: Settings, seeds: int, n_rows: int) -> None:
    """Refuse settings that cannot be run.

    Raises
    ------
    ProjectError
        If a setting is not possible; the message says which setting, and what it may be.
    """
    unknown = [name for name in settings.strategies if name not in STRATEGIES]
    if unknown or not settings.strategies:
        raise ProjectError(STRATEGIES.lacks(unknown[0]) if unknown else "Choose at least one strategy to compare.")
    if not 1 <= seeds <= MOST_SEEDS:
        raise ProjectError(f"The number of seeds is from 1 to {MOST_SEEDS}, not {seeds}.")
    if min(settings.n_initial, settings.batch_size, settings.rounds) < 1:
        raise ProjectError("Initial labels, labels a round and rounds are at least 1.")
    if rounds_of(n_rows, settings.n_initial, settings.batch_size) < 1:
        raise ProjectError(
            f"{settings.n_initial} labels at first and {settings.batch_size} a round do not fit into half of the pool "
            f"of {pool_size(n_rows):,} rows: make them fewer."
        )

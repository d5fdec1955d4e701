"""The settings of a comparison: what they are unless somebody wants others, what they may be, what they come to."""

from dataclasses import dataclass

from dami.errors import ProjectError
from dami.selection.strategies import STRATEGIES
from dami.studies.experiment import MOST_ROWS, TEST_SHARE, pool_size, possible_rounds

DEFAULT = ("dami", "dami-plus", "random", "margin", "core-set", "badge")
SEEDS, INITIAL, BATCH, ROUNDS = 10, 30, 10, 20
FEWEST_ROUNDS = 8  # as many as a curve needs; small pools have smaller rounds instead
MOST_SEEDS = 100


@dataclass(frozen=True)
class Settings:
    """What an experiment does, but for its seeds, of which it may be given more later."""

    strategies: tuple[str, ...]
    n_initial: int
    batch_size: int
    rounds: int


def defaults(n_rows: int) -> Settings:
    """The protocol's settings, with fewer labels at first and a round where half of the pool would be full too soon."""
    half = pool_size(n_rows) // 2
    n_initial = max(2, min(INITIAL, half // 2))
    batch_size = max(1, min(BATCH, (half - n_initial) // FEWEST_ROUNDS))
    return Settings(DEFAULT, n_initial, batch_size, max(1, min(ROUNDS, rounds_of(n_rows, n_initial, batch_size))))


def rounds_of(n_rows: int, n_initial: int, batch_size: int, rounds: int = 10**6) -> int:
    """Rounds that an experiment has on so many labelled rows, at most `rounds`; below 1 if none fits."""
    return possible_rounds(n_rows, n_initial, batch_size, rounds)


def plan(settings: Settings, n_rows: int) -> str:
    """What the settings come to, in a sentence."""
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
    """Refuse what cannot be run.

    Raises
    ------
    ProjectError
        In one sentence: which setting, and what it may be.
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

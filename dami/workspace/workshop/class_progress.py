"""Computes what the teacher sees of a room: the participants' progress, their networks' accuracy, disagreements."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dami.store import annotations, models, projects, rooms
from dami.store.records import Event, Room
from dami.studies.agreement import mean_kappa
from dami.workspace.projects.labels import class_list, truth
from dami.workspace.projects.stored_tables import table
from dami.workspace.workshop.room_lifecycle import TEACHER

VERDICTS = ("one label", "agree", "disagree", "settled")


@dataclass(frozen=True)
class ParticipantProgress:
    """The progress of one participant.

    Attributes
    ----------
    n_labels : number of rows that the participant has given a class
    right : share of these labels that equal the known label; None without known labels
    accuracy : accuracy of their copy's network on the rows that they have not labelled; None without a network
    kappa : mean agreement with the others beyond chance; None if they share no rows
    last : time of the last answer in seconds since 1970; None before the first
    """

    nickname: str
    strategy: str
    n_labels: int
    right: float | None
    accuracy: float | None
    kappa: float | None
    last: float | None


@dataclass(frozen=True)
class Curve:
    """The accuracy of one network after each training."""

    nickname: str
    strategy: str
    n_labeled: list[int]
    accuracy: list[float]


@dataclass(frozen=True)
class Disagreement:
    """A row on which participants disagree; `votes` is class id -> nicknames of those who say so."""

    row: int
    votes: dict[int, list[str]]


@dataclass(frozen=True)
class Answered:
    """All labels of a room.

    Attributes
    ----------
    by_person : nickname -> row -> id of the class that the label counts as now
    settled : row -> class id that the teacher settled
    last : nickname -> time of the last answer in seconds since 1970
    """

    by_person: dict[str, dict[int, int]]
    settled: dict[int, int]
    last: dict[str, float]

    @property
    def by_row(self) -> dict[int, dict[str, int]]:
        """Row -> nickname -> class id."""
        found: dict[int, dict[str, int]] = {}
        for nickname, given in self.by_person.items():
            for row, class_id in given.items():
                found.setdefault(row, {})[nickname] = class_id
        return found


def answered(room: Room) -> Answered:
    """Return all labels of a room: who gave which row which class."""
    resolve = class_list(room.project).resolve
    people = rooms.participants(room.id)
    by_person: dict[str, dict[int, int]] = {one.nickname: {} for one in people}
    settled: dict[int, int] = {}
    last: dict[str, float] = {}
    for project in dict.fromkeys([room.project, *(one.project for one in people)]):
        for (who, row), event in _newest(annotations.history(project)).items():
            last[who] = max(event.committed, last.get(who, 0.0))
            given = settled if who == TEACHER and project == room.project else by_person.get(who)
            if given is not None and event.class_id is not None:
                given[row] = resolve[event.class_id]
    return Answered(by_person, settled, last)


def _newest(events: list[Event]) -> dict[tuple[str, int], Event]:
    return {(event.annotator, event.row): event for event in events if event.meaning.answers}


def progress_of_participants(room: Room, said: Answered) -> list[ParticipantProgress]:
    """Return the progress of every participant, in the order in which they joined."""
    known = truth(projects.get(room.project))
    found = []
    for one in rooms.participants(room.id):
        given = said.by_person[one.nickname]
        reached = models.accuracies(one.project) if room.sharing == "own" else []
        kappa = mean_kappa(said.by_person, of=one.nickname)
        found.append(
            ParticipantProgress(
                one.nickname,
                _strategy(room, one.number),
                len(given),
                None if known is None else share_right(given, known),
                reached[-1][1] if reached else None,
                None if np.isnan(kappa) else kappa,
                said.last.get(one.nickname),
            )
        )
    return found


def share_right(given: Mapping[int, int], known: np.ndarray) -> float | None:
    """Return the share of labels that equal the known label, among rows with a known label; None without such rows.

    Parameters
    ----------
    given : row -> class
    known : (n_rows,) class, -1 where unknown
    """
    judged = [known[row] == class_id for row, class_id in given.items() if known[row] >= 0]
    return float(np.mean(judged)) if judged else None


def curves(room: Room) -> list[Curve]:
    """Return the curves of the networks of all copies, or of the one network that is shared."""
    if room.sharing == "shared":
        listed = [("the class", room.strategies[0], room.project)]
    else:
        people = rooms.participants(room.id)
        listed = [(one.nickname, _strategy(room, one.number), one.project) for one in people]
    found = []
    for nickname, strategy, project in listed:
        if reached := models.accuracies(project):
            labels, accuracy = zip(*reached, strict=True)
            found.append(Curve(nickname, strategy, list(labels), list(accuracy)))
    return found


def means(of: list[Curve]) -> dict[str, list[tuple[int, float, float, float]]]:
    """Return strategy -> (labels, mean, lowest, highest accuracy) over the participants with at least so many labels.

    A network does not change between two trainings, so the accuracy after a participant's last training counts.
    """
    found = {}
    for strategy, group in groupby(sorted(of, key=lambda one: one.strategy), key=lambda one: one.strategy):
        listed = list(group)
        points = []
        for n in sorted({n for one in listed for n in one.n_labeled}):
            there = [one for one in listed if one.n_labeled[0] <= n <= one.n_labeled[-1]]
            values = [one.accuracy[int(np.searchsorted(one.n_labeled, n, side="right")) - 1] for one in there]
            points.append((n, float(np.mean(values)), min(values), max(values)))
        found[strategy] = points
    return found


def _strategy(room: Room, number: int) -> str:
    return room.strategies[number % len(room.strategies)] if room.sharing == "own" else room.strategies[0]


# ---- where the class disagrees --------------------------------------------------------------------------------------


def disagreements(said: Answered) -> list[Disagreement]:
    """Return the rows on which participants disagree and which nobody has settled, the most divided first."""
    found = []
    for row, votes in said.by_row.items():
        if row in said.settled or len(set(votes.values())) < 2:
            continue
        by_class: dict[int, list[str]] = {}
        for nickname, class_id in votes.items():
            by_class.setdefault(class_id, []).append(nickname)
        found.append(Disagreement(row, dict(sorted(by_class.items(), key=lambda entry: -len(entry[1])))))
    return sorted(found, key=lambda split: (-_division(split), split.row))


def _division(split: Disagreement) -> float:
    """Return the entropy of the votes, weighted with the logarithm of one more than their number."""
    counts = np.array([len(people) for people in split.votes.values()], float)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum() * np.log1p(counts.sum()))


def verdicts(room: Room, said: Answered) -> np.ndarray:
    """Return the verdict on every row: a position in `VERDICTS`, 255 for rows without a label; (n_rows,) uint8."""
    codes = np.full(len(table(projects.get(room.project).table_id)), 255, np.uint8)
    for row, votes in said.by_row.items():
        several = len(votes) > 1
        codes[row] = VERDICTS.index(
            "settled"
            if row in said.settled
            else "one label"
            if not several
            else "agree"
            if len(set(votes.values())) == 1
            else "disagree"
        )
    return codes


def majority(votes: Mapping[str, int]) -> int | None:
    """Return the class that most participants say; None if two classes are said equally often."""
    ranked = Counter(votes.values()).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]

"""A room's life: opened from a table, joined with a code, closed, deleted."""

import unicodedata

from dami.errors import ProjectError
from dami.selection.stopping import ROUND
from dami.selection.strategies import STRATEGIES
from dami.store import classes, projects, rooms
from dami.store.records import Participant, Project, Room, Sharing
from dami.workspace.annotating import corrections
from dami.workspace.projects.begin import ClassDraft, begin

TEACHER = "teacher"  # who settles; nobody in the room may be called so
LONGEST_NICKNAME = 40
A_HEAD = 2  # rows a person between two trainings of a shared network


def open_room(
    source: Project, name: str, sharing: Sharing = "own", overlap: int = 1, strategies: tuple[str, ...] = ("dami",)
) -> Room:
    """Open a room on the table of a project: its columns, classes and target, none of its labels.

    Parameters
    ----------
    sharing : "own" (each participant labels a copy) or "shared" (rows of one table are handed out)
    overlap : how many people get the same row, of a shared table
    strategies : what asks for rows; participants with own copies have them in turn

    Raises
    ------
    ProjectError
        If a setting is none that a room can have.
    """
    name = " ".join(name.split())
    if not name:
        raise ProjectError("Give the room a name.")
    if unknown := [strategy for strategy in strategies if strategy not in STRATEGIES]:
        raise ProjectError(STRATEGIES.lacks(unknown[0]))
    common = _begin_copy(source, name, strategies[0] if strategies else "dami", TEACHER)
    return rooms.create(common.name, common.id, sharing, overlap, strategies)


def join(room: Room, nickname: str) -> Participant:
    """Let somebody in, with a copy of the table where everybody has one.

    Raises
    ------
    ProjectError
        If the room is closed or full, or the name is none, too long, or taken.
    """
    shown = (c for c in unicodedata.normalize("NFC", nickname) if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    name = " ".join("".join(shown).split())
    if not name:
        raise ProjectError("Say what you want to be called here.")
    if len(name) > LONGEST_NICKNAME:
        raise ProjectError(f"A name here has at most {LONGEST_NICKNAME} characters.")
    if name.casefold() == TEACHER:
        raise ProjectError("That is what the teacher is called here: choose another name.")
    if rooms.get(room.id).closed is not None:
        raise ProjectError("This room is closed.")
    present = rooms.participants(room.id)
    rooms.refuse_if_taken(present, name)  # before a copy is made
    common = projects.get(room.project)
    if room.sharing == "shared":
        round_size = max(ROUND, A_HEAD * (len(present) + 1))
        if round_size != common.round_size:
            projects.change(common.id, round_size=round_size)
        return rooms.join(room.id, name, common.id)
    copy = _begin_copy(common, common.name, room.strategies[len(present) % len(room.strategies)], name)
    try:
        return rooms.join(room.id, name, copy.id)
    except ProjectError:
        projects.delete(copy.id)
        raise


def close(room: Room) -> Room:
    """Ask nobody for more; labels that are on their way are still taken."""
    return rooms.close(room.id)


def reopen(room: Room) -> Room:
    """Let people in and on again."""
    return rooms.close(room.id, closed=False)


def settle(room: Room, row: int, class_id: int) -> None:
    """Say as the teacher what a row is.

    Raises
    ------
    ProjectError
        If there is no such row or class.
    """
    corrections.label_rows(projects.get(room.project), [row], class_id, TEACHER)


def delete(room: Room) -> None:
    """Take the room and its copies away; `restore` brings them back as long as they are not purged."""
    for project in _projects(room):
        projects.delete(project)


def restore(room: Room) -> None:
    for project in _projects(room):
        projects.restore(project)


def _projects(room: Room) -> list[str]:
    return list(dict.fromkeys([room.project, *(one.project for one in rooms.participants(room.id))]))


def _begin_copy(source: Project, name: str, strategy: str, annotator: str) -> Project:
    """A project on the same table, with the classes as they are called and counted by now, and no labels."""
    listed = classes.list_classes(source.id)
    copy = begin(
        source.table_id,
        name,
        filename=source.filename,
        target=source.target,
        mode="workshop",
        classes=[ClassDraft(entry.name, entry.guideline, entry.value) for entry in listed],
        annotator=annotator,
        left_out=list(source.left_out),
        seed=source.seed,
        strategy=strategy,
    )
    ids = {entry.value: entry.id for entry in classes.list_classes(copy.id)}
    place = {entry.id: ids[entry.value] for entry in listed}
    for one, other in classes.resolve(listed).items():
        if one != other:
            classes.merge_class(copy.id, place[one], place[other])
    return projects.get(copy.id)

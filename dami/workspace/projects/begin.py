"""Begins a project on a stored table."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from dami.errors import ProjectError
from dami.selection.stopping import ROUND
from dami.selection.strategies import RECOMMENDED, STRATEGIES
from dami.store import projects
from dami.store.records import Mode, Project
from dami.tables.class_names import composed, typed_guideline, typed_name
from dami.tables.columns import Target
from dami.tables.demos import DEMOS
from dami.workspace.projects import stored_tables
from dami.workspace.projects.stored_tables import open_demo, table
from dami.workspace.training import rounds

LONGEST_NAME = 200
MOST_CLASSES = 100


@dataclass(frozen=True)
class ClassDraft:
    """A class that a person names before the project exists; `value` is its text in the target if that differs."""

    name: str
    guideline: str = ""
    value: str | None = None


def begin(
    table_id: str,
    name: str,
    *,
    filename: str = "",
    target: str | None = None,
    mode: Mode = "label",
    classes: Iterable[ClassDraft] = (),
    goal: int | None = None,
    annotator: str = "",
    left_out: Sequence[str] = (),
    seed: int = 0,
    strategy: str | None = None,
) -> Project:
    """Create a project and ask for its first selection.

    Parameters
    ----------
    target : the column for labels, which may be full, partly filled or empty; None if only `classes` are given
    mode : "label"; or "practise", for which the target is complete and its labels are hidden
    classes : classes that are not in the target yet
    strategy : name in STRATEGIES; by default that of `default_strategy`
    left_out : columns that the network must not see, in addition to those left out by rule

    Raises
    ------
    ProjectError
        If the classes or the target do not allow a project; the message is one sentence.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise ProjectError("Give the project a name.")
    if goal is not None and goal < 1:
        raise ProjectError("The goal is a number of labels: at least 1.")
    frame = table(table_id)
    drafts = _with_imported(list(classes), check_target(table_id, target) if target else None)
    check_possible([draft.name for draft in drafts], frame.columns, {*left_out, target})
    project = projects.create(
        name,
        table_id,
        filename=filename,
        target=target,
        mode=mode,
        goal=goal or default_goal(len(frame), len(drafts)),
        seed=seed,
        round_size=ROUND,
        annotator=annotator.strip()[:LONGEST_NAME],
        strategy=_checked(strategy or default_strategy(mode)),
        left_out={column: "left out by you" for column in left_out if column != target},
        classes=[{"name": d.name, "value": d.value or d.name, "guideline": d.guideline} for d in drafts],
    )
    rounds.start_if_due(project)
    return project


def begin_demo(name: str) -> Project:
    """Open a demo in Practise: its known labels are hidden, and the oracle answers with them."""
    demo = DEMOS[name]
    return begin(open_demo(name), demo.title, filename=f"{name} (demo)", target=demo.target, mode="practise")


def default_strategy(mode: Mode) -> str:
    """Return the default query strategy: the paper's DAMI for Practise, the recommended one for labelling."""
    return "dami" if mode == "practise" else RECOMMENDED


def choose_strategy(project: Project, name: str) -> Project:
    """Change the query strategy of a project; rows on screen stay, and the next rows are picked anew.

    Raises
    ------
    ProjectError
        If there is no such strategy.
    """
    if name == project.strategy:
        return project
    changed = projects.change(project.id, strategy=_checked(name))
    rounds.start(project.id)
    return changed


def _checked(strategy: str) -> str:
    if strategy not in STRATEGIES:
        raise ProjectError(STRATEGIES.lacks(strategy))
    return strategy


def check_possible(classes: Sequence[str], columns: Iterable[str], hidden: Container[str | None]) -> None:
    """Refuse a project that a network could not learn from.

    Raises
    ------
    ProjectError
        If there are fewer than two classes, or all columns are hidden.
    """
    if len(classes) < 2:
        have = f"only {classes[0]!r} is there" if classes else "none is there"
        raise ProjectError(f"Name at least two classes to tell apart: {have}.")
    if all(column in hidden for column in columns):
        raise ProjectError("Beside the target the table has no column to learn from: leave at least one in.")


def check_target(table_id: str, column: str) -> Target:
    """Return the description of a target column; refuse a column that does not hold classes.

    Raises
    ------
    ProjectError
        If the column is missing, or holds too many values (numbers can be binned first).
    """
    if column not in table(table_id):
        raise ProjectError(f"The table has no column {column!r}.")
    target = stored_tables.target(table_id, column)
    if target.numeric_many:
        raise ProjectError(
            f"Column {column!r} holds numbers of many different values, and DAMI learns classes: bin it first, or call "
            "it a category if each number is a class."
        )
    if len(target.classes) > MOST_CLASSES:
        raise ProjectError(
            f"Column {column!r} holds {len(target.classes):,} different values, too many to tell apart as classes: "
            f"choose a column with at most {MOST_CLASSES}."
        )
    return target


def default_goal(n_rows: int, n_classes: int) -> int:
    """Return ten rounds of labels, or 25 labels for each class if that is more, but at most the number of rows."""
    return min(n_rows, max(10 * ROUND, 25 * n_classes))


def _with_imported(drafts: list[ClassDraft], target: Target | None) -> list[ClassDraft]:
    """Return the classes that the column already holds, in its order, then those that were named."""
    found = {name: ClassDraft(name) for name, _ in target.classes} if target else {}
    named: dict[str, ClassDraft] = {}
    for draft in drafts:
        value = draft.value or composed(draft.name)
        if value not in found and draft.value is None:
            value = typed_name(value)
        if value:
            name = draft.name if draft.value else value
            (found if value in found else named)[value] = ClassDraft(name, typed_guideline(draft.guideline), value)
    return [*found.values(), *named.values()]

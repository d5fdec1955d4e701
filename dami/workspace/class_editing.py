"""Classes edited while rows are being labelled: no label is lost by it, and what networks learn follows."""

from dami.errors import ProjectError
from dami.store import classes, models
from dami.store.records import Class, Project
from dami.workspace import rounds
from dami.workspace.projects import LONGEST_NAME, MOST_CLASSES

LONGEST_GUIDELINE = 2000


def add(project: Project, name: str, guideline: str = "") -> Class:
    """Add a class; rows can be given it at once.

    Raises
    ------
    ProjectError
        If the name is empty, taken, or there are as many classes as DAMI tells apart.
    """
    if len(classes.list_classes(project.id)) >= MOST_CLASSES:
        raise ProjectError(f"A project has at most {MOST_CLASSES} classes: merge some first.")
    return classes.add_class(project.id, _tidy(name), guideline=guideline.strip()[:LONGEST_GUIDELINE])


def rename(project: Project, class_id: int, name: str) -> Class:
    """Call a class otherwise; its labels and its value in the table stay."""
    return classes.rename_class(project.id, class_id, _tidy(name))


def set_guideline(project: Project, class_id: int, guideline: str) -> Class:
    """Say when a row belongs to a class."""
    return classes.set_guideline(project.id, class_id, guideline.strip()[:LONGEST_GUIDELINE])


def merge(project: Project, class_id: int, into: int) -> Class:
    """Count a class as another; the log keeps the labels as they were given, so `part` takes it back."""
    merged = classes.merge_class(project.id, class_id, into)
    _learn_anew(project)
    return merged


def part(project: Project, class_id: int) -> Class:
    """Take a merge back."""
    parted = classes.part_class(project.id, class_id)
    _learn_anew(project)
    return parted


def _learn_anew(project: Project) -> None:
    """What a network tells apart has changed, though no answer has."""
    model = models.latest(project.id)
    if model is not None and model.summary.get("classes"):
        rounds.start(project.id)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]

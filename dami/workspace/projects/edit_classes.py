"""Changes classes during labelling: adds, renames, explains, merges and parts them. No label is ever lost.

A label refers to the id of its class or to its value in the table. A merge changes which class a label counts as, not
what the log says, so it can be taken back at any time.
"""

from dami.errors import ProjectError
from dami.store import classes, models
from dami.store.records import Class, Project
from dami.tables.class_names import composed, folded, squeezed, typed_guideline, typed_name
from dami.workspace.projects.begin import MOST_CLASSES
from dami.workspace.projects.labels import ClassList, class_list
from dami.workspace.training import rounds


def add(project: Project, name: str, guideline: str = "") -> Class:
    """Add a class; rows can be given it at once.

    A class of this name that is gone, because the labels that it came with were taken back, comes again, for good.

    Raises
    ------
    ProjectError
        If the name is empty, too long or taken, or there are too many classes.
    """
    listed = _with_place_for_one(project)
    name, guideline = typed_name(name), typed_guideline(guideline)
    for entry in listed.all:
        if entry.id in listed.gone and composed(entry.name) == name:
            classes.set_batch(project.id, entry.id, None)
            return classes.set_guideline(project.id, entry.id, guideline)
    _check_free(project, name)
    value = _free(name, {entry.value for entry in listed.all})  # a renamed class may have this value
    return classes.add_class(project.id, name, value, guideline)


def free_places(project: Project) -> int:
    """Return how many classes can still be added."""
    return _places(class_list(project.id))


def add_found(project: Project, value: str, batch: str | None = None) -> Class:
    """Add the class of a value that was found in a file; it gets a number if the name is taken.

    Parameters
    ----------
    value : its text in the table's target column, and its name as it is, however long: two texts are two classes
    batch : name of the batch of labels that brings the class, and is taken back with it; None if the table does
    """
    listed = _with_place_for_one(project)
    gone = [entry for entry in listed.all if entry.id in listed.gone]
    if batch is not None:  # a class of this batch is no class that is gone: its labels are not there yet
        gone = [entry for entry in gone if entry.batch != batch]
        # The labels of a batch name the class by its id, those of a table by its value alone.
        gone.sort(key=lambda entry: composed(entry.name) != value)
    for entry in gone:
        if composed(entry.value) == value or (batch is not None and composed(entry.name) == value):
            return classes.set_batch(project.id, entry.id, batch)
    name = _free(value, {entry.name for entry in listed.all})
    return classes.add_class(project.id, name, _free(value, {entry.value for entry in listed.all}), batch=batch)


def spelled_alike(project: Project, name: str, class_id: int | None = None) -> Class | None:
    """Return another class, from whose name a name differs in capitals, accents or spaces alone; None if there is none.

    Parameters
    ----------
    class_id : the class that shall have the name, if it is no new one
    """
    others = [entry for entry in class_list(project.id).shown if entry.id != class_id]
    if squeezed(name) in {composed(entry.name) for entry in others}:
        return None  # the very name, which is refused
    return next((entry for entry in others if folded(entry.name) == folded(name)), None)


def rename(project: Project, class_id: int, name: str) -> Class:
    """Rename a class everywhere; its labels stay.

    A class of this name that is gone gives it up: should its labels come back, it has a number behind its name.

    Raises
    ------
    ProjectError
        If the name is empty, too long, or that of another class.
    """
    name = typed_name(name)
    listed = class_list(project.id)
    for entry in listed.all:
        if entry.id in listed.gone and composed(entry.name) == name and class_id in listed.names:
            classes.rename_class(project.id, entry.id, _free(name, {other.name for other in listed.all}))
    _check_free(project, name, class_id)
    return classes.rename_class(project.id, class_id, name)


def set_guideline(project: Project, class_id: int, guideline: str) -> Class:
    """Set the text that says when a row belongs to a class."""
    return classes.set_guideline(project.id, class_id, typed_guideline(guideline))


def merge(project: Project, class_id: int, into: int) -> Class:
    """Count a class as another one, in training too; the log keeps the labels as they were given.

    Raises
    ------
    ProjectError
        If either class is unknown or merged, both are the same, or fewer than two would be left.
    """
    if len(class_list(project.id).shown) <= 2:
        raise ProjectError("At least two classes must be left to tell apart: add another one first.")
    merged = classes.merge_class(project.id, class_id, into)
    _learn_anew(project)
    return merged


def part(project: Project, class_id: int) -> Class:
    """Take a merge back: labels count again as they were given, in training too."""
    parted = classes.part_class(project.id, class_id)
    _learn_anew(project)
    return parted


def _places(listed: ClassList) -> int:
    return MOST_CLASSES - (len(listed.all) - len(listed.gone))


def _with_place_for_one(project: Project) -> ClassList:
    listed = class_list(project.id)
    if _places(listed) < 1:
        raise ProjectError(f"A project has at most {MOST_CLASSES} classes: merge some instead.")
    return listed


def _learn_anew(project: Project) -> None:
    """Start a training if there is a network, because the classes have changed although no answer has."""
    if models.trained(project.id) is not None:
        rounds.start(project.id)


def _check_free(project: Project, name: str, class_id: int | None = None) -> None:
    """Raise a ProjectError if another class has this name, in whatever form of Unicode."""
    others = [composed(entry.name) for entry in classes.list_classes(project.id) if entry.id != class_id]
    if name in others:
        raise ProjectError(f"There is a class named {name!r} already.")


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number after it if it is taken."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free

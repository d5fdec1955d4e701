"""Says which classes a network may be sure of without any evidence, and which it cannot predict."""

from dami import wording
from dami.store.records import Model, Project
from dami.workspace.projects.labels import class_list

MOST_NAMES = 6
CONFIDENCE = (
    "Confidence is the probability that the network gives to the label; where a label was given, it is 1. Of the rows "
    "with a confidence of 0.8, about 80 in 100 should be right; the Model page says whether they are."
)


def untested(project: Project, model: Model) -> list[str]:
    """Return the names of the classes with labels that no member of the network was tested on.

    A class that was merged into another one since counts as that one.
    """
    by_value, facts = class_list(project.id).by_value, model.summary
    names = {by_value[value].name: None for value in facts.untested}
    tested = {by_value[value].name for value in facts.classes if value not in facts.untested}
    return [name for name in names if name not in tested]


def unknown(project: Project, model: Model) -> list[str]:
    """Return the names of the classes that the network cannot predict, since no row had them when it was trained."""
    listed = class_list(project.id)
    learnt = {listed.by_value[value].id for value in model.summary.classes}
    return [entry.name for entry in listed.shown if entry.id not in learnt]


def sentences(project: Project, model: Model) -> list[str]:
    """Return what has to be said of classes without evidence; nothing if every class has been tested."""
    said = []
    if names := untested(project, model):
        said.append(
            f"Nothing has tested how sure the network may be of {wording.quoted(names, MOST_NAMES)}: a class with one "
            "label is learnt by every member."
        )
    if names := unknown(project, model):
        said.append(
            f"The network cannot predict {wording.quoted(names, MOST_NAMES)}: no row with "
            f"{'this label' if len(names) == 1 else 'these labels'} was there when it was trained."
        )
    return said

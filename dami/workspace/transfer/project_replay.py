"""Makes the replay of a project: its log, event by event, on its newest map, in one HTML file."""

import numpy as np

from dami.errors import ProjectError
from dami.store import annotations
from dami.store.effective_log import EffectiveLog
from dami.store.records import Event, Project
from dami.views.colors import class_color
from dami.views.replay import ReplayStep, replay_page
from dami.workspace.exploring import maps
from dami.workspace.projects.labels import class_list, imported

MOST_STEPS = 150  # pictures: with more answers, a picture shows several at once
MOST_MARKS = 200_000  # in all pictures together: the file stays small enough to be sent


def page(project: Project) -> bytes:
    """Return the replay as an HTML file.

    Raises
    ------
    ProjectError
        If there is no map, or nothing has been answered.
    """
    positions = maps.newest_positions(project.id)
    if positions is None:
        raise ProjectError("There is no map yet to replay the labels on: look again when it has been drawn.")
    events = annotations.events(project.id)
    if not events:
        raise ProjectError("Nothing has been labelled yet, so there is nothing to replay.")
    listed = class_list(project.id)
    standing = (entry for entry in listed.all if listed.resolve[entry.id] == entry.id)  # earlier steps may show any
    classes = [(entry.id, entry.name, class_color(entry.id)) for entry in standing]
    model = maps.newest(project.id)
    caption = f"{len(events):,} answers in the order in which they were given. {maps.caption(model, stays=True)}"
    return replay_page(project.name, caption, positions, classes, steps(project, events)).encode()


def missing(project: Project) -> str:
    """Return a sentence that says what a replay still needs; "" if it needs nothing."""
    has_all = annotations.last_event(project.id) and maps.newest(project.id) is not None
    return "" if has_all else "There is no label or no map yet."


def steps(project: Project, events: list[Event]) -> list[ReplayStep]:
    """Return the pictures: the imported labels, then the labels in effect after each answer or after several."""
    listed = class_list(project.id)
    names, resolve = listed.names, listed.resolve
    brought = imported(project)
    ends = np.unique(np.linspace(1, len(events), n_steps(len(events))).round().astype(int))
    found = [
        ReplayStep(dict(brought), [], f"{len(brought):,} labels came with the table" if brought else "No label yet")
    ]
    log = EffectiveLog()
    done = 0
    for end in ends:
        for event in events[done:end]:
            log.add(event)
        labels = {row: given for row, given in brought.items() if row not in log.current}
        for row, event in log.current.items():
            if event.class_id is not None:
                labels[row] = resolve[event.class_id]
        newest = list(dict.fromkeys(event.row for event in events[done:end]))
        found.append(ReplayStep(labels, newest, _words(events[end - 1], end - done, len(labels), names)))
        done = end
    return found


def n_steps(n_answers: int) -> int:
    """Return the number of pictures for `n_answers`; a picture shows all labels so far, on average half of them."""
    return min(n_answers, MOST_STEPS, max(1, 2 * MOST_MARKS // n_answers))


def _words(event: Event, together: int, n_labels: int, names: dict[int, str]) -> str:
    if together > 1:
        what = f"{together} answers"
    elif event.class_id is not None:
        what = f"row {event.row}: {names[event.class_id]}"
    elif event.action == "undo":
        what = f"row {event.row}: {event.meaning.done}"
    else:
        what = f"row {event.row}: {event.action}"
    by = f", by {event.annotator}" if event.annotator and together == 1 else ""
    asked = f", asked by {event.strategy}" if event.strategy and together == 1 and event.action == "label" else ""
    return f"{what}{by}{asked} · {n_labels:,} labels"

"""Packs a room into one archive: a table with a column for each participant, the participants, and every event."""

import io
import zipfile

import numpy as np
import pandas as pd

from dami.store import projects, rooms
from dami.store.records import Room
from dami.tables.table import Table
from dami.workspace.projects.labels import class_list
from dami.workspace.projects.stored_tables import written
from dami.workspace.transfer.exporters import log_table
from dami.workspace.transfer.labeled_table import clashes, for_spreadsheets
from dami.workspace.workshop.class_progress import VERDICTS, answered, majority, progress_of_participants, verdicts

README = """\
labels.csv  every row of the table, what each person labelled it, what most of them say, what the teacher settled
people.csv  everybody: labels given, share of them that is the known label, accuracy of their network, agreement
log.csv     every answer in the order of its arrival, those that were taken back included
"""


def archive(room: Room) -> bytes:
    """Return a ZIP archive of CSV files that a spreadsheet can open safely."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", README)
        packed.writestr("labels.csv", for_spreadsheets(labels_table(room)))
        packed.writestr("people.csv", for_spreadsheets(people_table(room)))
        packed.writestr("log.csv", for_spreadsheets(log(room)))
    return buffer.getvalue()


def labels_table(room: Room) -> Table:
    """Return the table as it was written, with a column for each participant, and what they say together.

    These columns are ``most_say``, ``settled``, ``label`` and ``verdict``.

    ``label`` is the class that was settled, else the class that most participants say; it is empty if two classes are
    said equally often. The known labels, if there are any, are in ``known_label``.
    """
    common = projects.get(room.project)
    own = written(common.table_id).without_notes()
    names = class_list(common.id).names
    said = answered(room)
    agreed = {row: majority(votes) for row, votes in said.by_row.items()}
    codes = verdicts(room, said)
    added = {f"by {nickname}": _named(given, names, len(own)) for nickname, given in said.by_person.items()}
    added["most_say"] = _named(agreed, names, len(own))
    added["settled"] = _named(said.settled, names, len(own))
    added["label"] = _named({**agreed, **said.settled}, names, len(own))
    added["verdict"] = pd.Series([VERDICTS[code] if code != 255 else None for code in codes], dtype="string")
    if common.target is not None:
        added["known_label"] = own.texts(common.target)
        own = own.without(common.target)
    return own.renamed(clashes(own.frame, added)).with_columns(added)


def people_table(room: Room) -> pd.DataFrame:
    """Return a table with a row for each participant, see `class_progress.ParticipantProgress`."""
    listed = progress_of_participants(room, answered(room))
    moments = pd.to_datetime([one.last if one.last else np.nan for one in listed], unit="s", utc=True)
    return pd.DataFrame(
        {
            "nickname": [one.nickname for one in listed],
            "strategy": [one.strategy for one in listed],
            "labels": [one.n_labels for one in listed],
            "share_right": [one.right for one in listed],
            "network_accuracy": [one.accuracy for one in listed],
            "kappa_with_others": [one.kappa for one in listed],
            "last_answer": moments.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def log(room: Room) -> pd.DataFrame:
    """Return the logs of the room's project and of all copies, in the order of their events."""
    people = rooms.participants(room.id)
    listed = dict.fromkeys([room.project, *(one.project for one in people)])
    return pd.concat([log_table(projects.get(project)) for project in listed]).sort_values("event", ignore_index=True)


def _named(given: dict[int, int] | dict[int, int | None], names: dict[int, str], n: int) -> pd.Series:
    values = np.full(n, None, dtype=object)
    for row, class_id in given.items():
        if class_id is not None:
            values[row] = names[class_id]
    return pd.Series(values, dtype="string")

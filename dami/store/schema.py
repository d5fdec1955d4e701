"""Defines the tables of the database. A change needs a migration (migrations/versions); a test compares the two."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from dami.store import events

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite numbers rows by itself in a column that is exactly INTEGER PRIMARY KEY; elsewhere a log may outgrow 32 bits.
NUMBERED = BigInteger().with_variant(Integer(), "sqlite")

table_ = Table(
    "table_",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("n_rows", Integer, nullable=False),
    Column("n_columns", Integer, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("created", Double, nullable=False),
)

project = Table(
    "project",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("table_id", String(64), ForeignKey("table_.id"), nullable=False, index=True),
    Column("filename", Text, nullable=False),
    Column("target", Text),
    Column("mode", String(16), nullable=False),
    Column("goal", Integer),
    Column("seed", BigInteger, nullable=False),
    Column("round_size", Integer, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("access_token", String(64), nullable=False, unique=True),
    Column("strategy", Text, nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("created", Double, nullable=False),
    Column("opened", Double, nullable=False),
    Column("deleted", Double),
    Column("revision", BigInteger, nullable=False),  # grows with every change that a page shows; cheap to read
)

class_ = Table(
    "class_",
    metadata,
    Column("project", String(64), ForeignKey("project.id"), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("guideline", Text, nullable=False),
    Column("merged_into", Integer),
    Column("batch", String(64)),
)

# What the Python type of an event's column does not say. `saw` has no foreign key: the event it names may be gone.
OF_EVENT: dict[str, tuple[Any, ...]] = {
    "id": (NUMBERED,),
    "project": (String(64), ForeignKey("project.id")),
    "client": (String(200),),
    "seq": (BigInteger,),
    "action": (String(16),),
    "undoes": (NUMBERED, ForeignKey("event.id")),
    "source": (String(16),),
    "batch": (String(100),),
    "saw": (NUMBERED,),
}
TYPES = {int: Integer, float: Double, str: Text}


def event_columns() -> Iterator[Column]:
    """Yield the columns of the table of events: the fields of the record `Event`, in its order."""
    for name, field in events.COLUMNS.items():
        kinds = get_args(field.type) or (field.type,)  # of `int | None`: int and NoneType
        what = OF_EVENT.get(name) or (TYPES[kinds[0]],)
        yield Column(name, *what, primary_key=name == "id", nullable=NoneType in kinds)


event = Table(
    "event",
    metadata,
    *event_columns(),
    ForeignKeyConstraint(["project", "class_id"], ["class_.project", "class_.id"]),
    UniqueConstraint("project", "client", "seq"),
    Index(None, "project", "id"),
    sqlite_autoincrement=True,  # an id is never given twice, also after a purge
)

model = Table(
    "model",
    metadata,
    Column("project", String(64), ForeignKey("project.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("through_event", NUMBERED, nullable=False),
    Column("n_labeled", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("selection", JSON, nullable=False),
    Column("map_name", Text),
    Column("created", Double, nullable=False),
    Column("mark", String(100), nullable=False, server_default=""),  # another one whenever something of it changes
)

audit = Table(
    "audit",
    metadata,
    Column("project", String(64), ForeignKey("project.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rows", JSON, nullable=False),
    Column("n_remainder", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("released", Double),
)

job = Table(
    "job",
    metadata,
    Column("id", NUMBERED, primary_key=True),
    Column("project", String(64), ForeignKey("project.id"), nullable=False),
    Column("lane", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Double, nullable=False),
    Column("message", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("pid", Integer),
    Column("heartbeat", Double),
    Column("cancel", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Index(None, "state", "lane"),
    Index(None, "project", "kind"),
    sqlite_autoincrement=True,
)

room = Table(
    "room",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("project", String(64), ForeignKey("project.id"), nullable=False, unique=True),
    Column("sharing", String(16), nullable=False),
    Column("overlap", Integer, nullable=False),
    Column("strategies", JSON, nullable=False),
    Column("created", Double, nullable=False),
    Column("closed", Double),
)

participant = Table(
    "participant",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("room", String(64), ForeignKey("room.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("nickname", Text, nullable=False),
    Column("project", String(64), ForeignKey("project.id"), nullable=False, index=True),
    Column("joined", Double, nullable=False),
    UniqueConstraint("room", "nickname"),
    UniqueConstraint("room", "number"),
)

handout = Table(
    "handout",
    metadata,
    Column("participant", String(64), ForeignKey("participant.id"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("room", String(64), ForeignKey("room.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("model", Integer, nullable=False),
    Column("given", Double, nullable=False),
)

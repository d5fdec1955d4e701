"""Tells whether the name of a column says that its values name the rows: "id", "customer_id", "ID#", "Nr."."""

from __future__ import annotations

import re

AT_EITHER_END = {"id", "ids", "uuid", "guid", "pk"}  # id_client, client_id
AT_THE_END = {"nr", "no", "num", "number", "nummer", "key", "№"}  # order no., customer key
ALONE = {"index", "idx", "row", "rowid", "rownames", "rownum", "row names", "row index", "#"}
COUNTERS = re.compile(
    r"unnamed( \d+)*|column 1"
)  # what pandas and DAMI call the column of row names, which has no name


def names_rows(name: str) -> bool:
    """Return whether a column of this name holds identifiers, if nearly all of its values differ."""
    words = re.findall(r"[^\W_]+|№", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    words = [word.lower() for word in words] or [name.strip()]
    phrase = " ".join(words)
    return (
        phrase in ALONE
        or COUNTERS.fullmatch(phrase) is not None
        or bool(AT_EITHER_END & {words[0], words[-1]})
        or words[-1] in AT_THE_END
        or words[-1].endswith("nummer")  # German writes Kundennummer in one word
    )

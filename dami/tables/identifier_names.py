"""Tells whether the name of a column says that its values name the rows: "id", "customer_id", "ID#", "Kunden-Nr.".

Only what is sure counts, since such a column is kept from the model. "number" at the end of a name is sure behind what
people number to tell it from others (an invoice, a customer), and is not behind what is counted or measured ("total
number", "house number", "atomic number"). A key is sure where a table has one ("customer key", not "public key").
"""

from __future__ import annotations

import re

IDS = {"id", "uuid", "guid"}  # at either end: id_client, client_id
ALONE = {
    *("ids", "pk", "key", "nr", "no", "№", "#", "index", "idx", "row", "rowid", "rownames", "rownum", "row names"),
    *("row index", "row number", "row no", "row nr", "line number", "line no", "lfd nr", "laufende nummer"),
}
NUMBERS = {"nr", "no", "num", "number", "nummer", "№", "key", "pk"}
NUMBERED = {  # what people number to tell it from others
    *("account", "article", "batch", "booking", "case", "client", "contract", "customer", "document", "employee"),
    *("invoice", "item", "matriculation", "member", "order", "participant", "passport", "patient", "payment", "policy"),
    *(
        "primary",
        "product",
        "receipt",
        "record",
        "reference",
        "registration",
        "sample",
        "serial",
        "subject",
        "supplier",
    ),
    *("surrogate", "ticket", "tracking", "transaction", "user"),
    *("artikel", "auftrags", "beleg", "bestell", "fall", "konto", "kunden", "mitglieds", "patienten", "personal"),
    *("proben", "rechnungs", "serien", "vertrags", "vorgangs"),
}
COUNTERS = re.compile(r"unnamed( \d+)*|column 1")  # what pandas and DAMI call the nameless column of row names


def names_rows(name: str) -> bool:
    """Return whether a column of this name holds identifiers, if nearly all of its values differ."""
    words = re.findall(r"[^\W_]+|№", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    words = [word.lower() for word in words] or [name.strip()]
    phrase = " ".join(words)
    if phrase in ALONE or COUNTERS.fullmatch(phrase) or IDS & {words[0], words[-1]}:
        return True
    one = re.fullmatch(r"(.+?)(nummer|nr)", words[-1])  # German writes Kundennummer in one word
    if one and one[1] in NUMBERED:
        return True
    return len(words) > 1 and words[-1] in NUMBERS and words[-2] in NUMBERED

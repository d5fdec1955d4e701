"""Holds the spellings of missing values, numbers and dates in texts, as patterns in RE2 syntax."""

ALWAYS_MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "NULL", "null", "Null", "<NA>", "#N/A", "#NA", "NaT")
SIGNS_MISSING = ("?", "-", "--", "---", ".", "..", "–", "—")
MISSING_AMONG_VALUES = (
    *SIGNS_MISSING,
    *("na", "n.a.", "None", "missing", "Missing", "unknown", "Unknown"),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!"),
    *("-nan", "+nan", "-NaN", "1.#QNAN", "1.#IND", "-1.#IND"),  # C and its libraries print these
)

SPACES = "[ \u00a0\u202f\u2009]"
NUMERIC_LOOK = rf"^[+\-]?[0-9.,']([0-9.,'eE+\-]|{SPACES})*$"
LEADING_ZERO = r"^[+\-]?0[0-9]"
WHOLE = r"^[+\-]?[0-9]+$"
PLAIN = r"^[+\-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+\-]?[0-9]+)?$"
COMMA_DECIMAL = r"^[+\-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+\-]?[0-9]+)?$"
POINT_GROUPS = r"^[+\-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?$"
COMMA_GROUPS = r"^[+\-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$"
ONE_COMMA_GROUP = r"^[+\-]?[1-9][0-9]{0,2},[0-9]{3}$"
ONE_POINT_GROUP = r"^[+\-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
SPACE_GROUPS = rf"^[+\-]?[1-9][0-9]{{0,2}}({SPACES}[0-9]{{3}})+([.,][0-9]+)?$"
QUOTE_GROUPS = r"^[+\-]?[1-9][0-9]{0,2}(['’][0-9]{3})+(\.[0-9]+)?$"
NUMBER = "|".join((PLAIN, COMMA_DECIMAL, POINT_GROUPS, COMMA_GROUPS, SPACE_GROUPS, QUOTE_GROUPS))
BRACKETS = r"^\((.*)\)$"

CURRENCIES = (  # in small letters; the percent sign is used as they are
    *("%", "€", "$", "£", "¥", "₹", "₽", "₺", "₩", "₴", "₪", "₫", "₱", "฿", "us$", "a$", "c$", "r$", "hk$", "nt$"),
    *("eur", "usd", "gbp", "jpy", "cny", "inr", "chf", "sek", "nok", "dkk", "isk", "pln", "czk", "huf", "ron", "bgn"),
    *("rub", "uah", "try", "ils", "zar", "brl", "mxn", "aud", "cad", "nzd", "sgd", "hkd", "krw", "thb", "aed", "sar"),
    *("kr", "zł", "zl", "kč", "ft", "lei", "лв", "fr", "sfr", "rs", "euro", "руб"),
)
AROUND_UNITS = rf"[0-9][eE][+\-]?[0-9]|[0-9.,'’()+\-]|{SPACES}"
OUT_OF_RANGE = (  # what laboratories write for a value that they could not measure
    r"^(?i:[<>≤≥].*|n\.? ?[dnbqm]\.?|[bu]\.?d\.?l\.?|blq|bql|lod|loq|mdl|k\. ?a\.|traces?|not detected|below .*)$"
)

PHONE = r"^\+[0-9]([ ()/\-]*[0-9]){6,}$"
CODE_E = r"^[0-9]+[eE][0-9]+$"
THREES = rf"^[0-9]{{3}}({SPACES}[0-9]{{3}}){{2,}}$"

ISO_TIME = r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+\-][0-9]{2}:?[0-9]{2})?)?$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}" + ISO_TIME

_AFTER_HOUR = (
    r":(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9](?:[.,][0-9]+)?))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
TIME = rf"^(?P<minus>-)?(?:(?P<day>[0-9]+) days?,? )?(?P<hour>[0-9]{{1,3}}){_AFTER_HOUR}$"
ISO_DURATION = (
    r"^(?P<minus>-)?P(?:(?P<week>[0-9]+)W)?(?:(?P<day>[0-9]+)D)?"
    r"(?:T(?:(?P<hour>[0-9]+)H)?(?:(?P<minute>[0-9]+)M)?(?:(?P<second>[0-9]+(?:[.,][0-9]+)?)S)?)?$"
)

_ONE, _TWO, _FOUR = "[0-9]{1,2}", "[0-9]{2}", "[0-9]{4}"
_MONTH = (
    "(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = rf"(?P<hour>[01]?[0-9]|2[0-4]){_AFTER_HOUR}"
_ZONE = r"(?P<zone> ?(?:Z|UTC|GMT|[+\-][0-9]{2}(?::?[0-9]{2})?))?"
MONTH_NAMES = "([A-Za-z]{3})[A-Za-z]*"
OTHER_DATES = tuple(  # (pattern, readings of the date): a date of one shape, with or without a time and its zone
    (rf"^(?P<date>{date})(?:(?:T|,? ){_CLOCK}{_ZONE})?$", formats)
    for date, formats in (
        (f"{_FOUR}-{_ONE}-{_ONE}", ("%Y-%m-%d",)),
        (f"{_FOUR}/{_ONE}/{_ONE}", ("%Y/%m/%d",)),
        (rf"{_ONE}\.{_ONE}\.{_FOUR}", ("%d.%m.%Y",)),
        (rf"{_ONE}\.{_ONE}\.{_TWO}", ("%d.%m.%y",)),
        (f"{_ONE}/{_ONE}/{_FOUR}", ("%d/%m/%Y", "%m/%d/%Y")),
        (f"{_ONE}/{_ONE}/{_TWO}", ("%d/%m/%y", "%m/%d/%y")),
        (f"{_ONE}-{_ONE}-{_FOUR}", ("%d-%m-%Y", "%m-%d-%Y")),
        (rf"{_ONE}\.?[ \-]{_MONTH}\.?,?[ \-]{_FOUR}", ("%d %b %Y",)),
        (rf"{_ONE}[ \-]{_MONTH}[ \-]{_TWO}", ("%d %b %y",)),
        (rf"{_MONTH}\.? {_ONE},? {_FOUR}", ("%b %d %Y",)),
    )
)

INFINITIES = ("inf", "-inf", "+inf", "Inf", "-Inf", "+Inf", "INF", "-INF", "Infinity", "-Infinity", "+Infinity")

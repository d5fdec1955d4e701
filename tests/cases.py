"""Small files that people reported, each with what is right: what a table has to hold, and what is said of it."""

import gzip
import io
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Case:
    """A file, and what is right.

    Attributes
    ----------
    name, data : the file
    cells : column -> its first cells as they were written
    kinds : column -> what it is to the model
    values : column -> the first values that a model sees; None is missing
    notes : parts of sentences that have to be said; no sentence is said if there is none
    n_rows : number of rows
    """

    name: str
    data: bytes
    n_rows: int
    cells: dict[str, list[str]]
    kinds: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[float | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def lines(*rows: str) -> bytes:
    return "\n".join([*rows, ""]).encode()


def book(**sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def archive(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(name, data)
    return buffer.getvalue()


def decimals() -> bytes:
    buffer = io.BytesIO()
    exact = pa.array([Decimal("12345678901234567.89"), Decimal("0.10"), None], pa.decimal128(19, 2))
    pq.write_table(pa.table({"dec": exact}), buffer)
    return buffer.getvalue()


ITEMS = [f"I{k},{k % 4},{1.5 * k},{'ba'[k % 2]}" for k in range(12)]
SHOWN = {"item": ["I0", "I1"], "qty": ["0", "1"], "price": ["0.0", "1.5"], "label": ["b", "a"]}
DETECTION = [("<0{}05" if k == 11 else f"{k * 529 % 1200 / 100:.2f}".replace(".", "{}")) for k in range(40)]
LONG = 'An article, ""so to say"".\nNext line, and more. ' * 3500
TITLES = [
    f"{['Blue', 'Wireless', 'Compact'][k % 3]} {['Lamp', 'Chair', 'Kettle', 'Speaker'][k % 4]} {100 + k}"
    for k in range(40)
]
PRICES = sorted(5000 + k * 7919 % 50000 for k in range(40))
SHUFFLED = [PRICES[k * 7 % 40] for k in range(40)]
TWELVE = [f"{['red', 'blue'][k % 2]},{k % 4}" for k in range(12)]
POLAR = [(-20, 17, 54, 0)[k % 4] for k in range(20)]
CODES = '"code":{"0":"0012","1":"0345","2":"0007"},"n":{"0":1,"1":2,"2":3}'
RECORDS = '{"code":"0012","n":1},{"code":"0345","n":2},{"code":"0007","n":3}'
JSON = {"code": ["0012", "0345", "0007"], "n": ["1", "2", "3"]}
POINT = '{{"type":"Feature","properties":{{"n":{}}},"geometry":{{"type":"Point","coordinates":[{}.5,{}.25]}}}}'
PLACES = ",".join(POINT.format(k, 13 + k, 52 - k) for k in range(4))

CASES = [
    Case(
        "01_int_gaps.csv",
        lines("id,year,rooms", *(f"H{k:03d},{'' if k == 5 else 1950 + 3 * k},{k % 5 + 1}" for k in range(24))),
        24,
        {"year": ["1950", "1953", "1956", "1959", "1962", "", "1968"]},
        {"year": "number"},
        {"year": [1950, 1953, 1956, 1959, 1962, None]},
    ),
    Case(
        "02_phone_plus.csv",
        lines("phone,mobile", *(f"+493055{5000 + 37 * k},{601 + k} {100 + 7 * k} {200 + 3 * k}" for k in range(14))),
        14,
        {"phone": ["+4930555000", "+4930555037"], "mobile": ["601 100 200", "602 107 203"]},
        {"phone": "text", "mobile": "text"},
    ),
    Case(
        "03_na_class.csv",
        lines("x,y,answer", *(f"{k},{k * 7 % 5},{('yes', 'no', 'n/a')[k % 3]}" for k in range(12))),
        12,
        {"answer": ["yes", "no", "n/a"]},
    ),
    Case(
        "04_long_cell.csv",
        lines("id,text,label", "1,short one,a", f'2,"{LONG}",b', "3,another,a"),
        3,
        {"text": ["short one", LONG.replace('""', '"'), "another"]},
    ),
    Case(
        "06_amounts_thousands.csv",
        lines(
            "item,price", *(f"I{k % 6},{'on request' if k == 4 else f'{1000.5 + 731 * k:,.2f}'!r}" for k in range(40))
        ).replace(b"'", b'"'),
        40,
        {"price": ["1,000.50", "1,731.50", "2,462.50", "3,193.50", "on request"]},
        {"price": "number"},
        {"price": [1000.5, 1731.5, 2462.5, 3193.5, None]},
        ("separator of thousands", "1 cell, such as “on request”"),
    ),
    Case(
        "06_detection_comma.csv",
        lines("probe;nitrat", *(f"P{k:02d};{text.format(',')}" for k, text in enumerate(DETECTION))),
        40,
        {"nitrat": [text.format(",") for text in DETECTION]},
        {"nitrat": "number"},
        {"nitrat": [None if "<" in text else float(text.format(".")) for text in DETECTION]},
        ("decimal sign", "1 cell, such as “<0,05”"),
    ),
    Case(
        "06_detection_point.csv",
        lines("probe,nitrate", *(f"P{k:02d},{text.format('.')}" for k, text in enumerate(DETECTION))),
        40,
        {"nitrate": [text.format(".") for text in DETECTION]},
        {"nitrate": "number"},
        {"nitrate": [None if "<" in text else float(text.format(".")) for text in DETECTION]},
        ("1 cell, such as “<0.05”",),
    ),
    Case(
        "06_unicode_minus.csv",
        lines("place,temp", *(f"S{k % 6},{value}".replace("-", "\N{MINUS SIGN}") for k, value in enumerate(POLAR))),
        20,
        {"temp": ["\N{MINUS SIGN}20", "17", "54", "0"]},
        {"temp": "number"},
        {"temp": [-20, 17, 54, 0]},
    ),
    Case(
        "07_codes_e.csv",
        lines("well,sku,dose", *(f"{k + 1}E1,{2310000 + 11 * k}E{10 + k % 4},{k % 5}" for k in range(24))),
        24,
        {"well": ["1E1", "2E1"], "sku": ["2310000E10", "2310011E11"]},
        {"well": "text", "sku": "text"},
    ),
    Case(
        "08_versions.csv",
        lines(
            "python,ms,label",
            *(f"{['3.1', '3.10', '3.11', '3.2'][k % 4]},{100 + k},{('3.1', '3.10')[k % 2]}" for k in range(24)),
        ),
        24,
        {"python": ["3.1", "3.10", "3.11", "3.2"], "label": ["3.1", "3.10"]},
    ),
    *(
        Case(
            name,
            lines("price,doors", *(f"{price},{2 + price % 4}" for price in prices)),
            40,
            {"price": [*map(str, prices)]},
            {"price": "number"},
        )
        for name, prices in (("10_sorted.csv", PRICES), ("10_shuffled.csv", SHUFFLED))
    ),
    Case(
        "11_titles.csv",
        lines("title,label", *(f"{title},home" for title in TITLES)),
        40,
        {"title": TITLES},
        {"title": "text"},
    ),
    Case(
        "14_excel_blank_tail.csv",
        lines("item,qty,price,label", *ITEMS, *[",,,"] * 30),
        12,
        SHOWN,
        notes=("30 empty rows at the end",),
    ),
    Case(
        "14_footer.csv", lines("item,qty,price,label", *ITEMS, "Total,18,99.0,"), 12, SHOWN, notes=("1 row of totals",)
    ),
    Case(
        "14_title_padded.csv",
        lines("Sales report 2024,,,", ",,,", "item,qty,price,label", *ITEMS),
        12,
        SHOWN,
        notes=("2 rows above the column names",),
    ),
    Case(
        "14_units.csv",
        lines("temp,pressure,label", "°C,hPa,", *(f"{20 + k / 10},{1000 + k},ok" for k in range(30))),
        30,
        {"temp": ["20.0", "20.1"]},
        {"temp": "number"},
        notes=("1 row of units",),
    ),
    Case("16_table.csv.gz", gzip.compress(lines("a,b", "1,x", "2,y")), 2, {"a": ["1", "2"], "b": ["x", "y"]}),
    Case("16_table.zip", archive("table.csv", lines("a,b", "1,x", "2,y")), 2, {"a": ["1", "2"], "b": ["x", "y"]}),
    Case(
        "16_export.xls",
        lines("a\tb", "1\tx", "2\ty"),
        2,
        {"a": ["1", "2"], "b": ["x", "y"]},
        notes=("is text by its content",),
    ),
    Case(
        "17_cp1251.csv",
        "\n".join(["город,оценка,метка", *["Москва,0,да", "Казань,1,нет", "Тверь,2,да", "Самара,3,нет"] * 3]).encode(
            "cp1251"
        ),
        12,
        {"город": ["Москва", "Казань"], "метка": ["да", "нет"]},
        notes=("Windows-1251",),
    ),
    Case(
        "17_double_bom.csv",
        b"\xef\xbb\xbf" * 2 + lines("id,label", "1,a", "2,b"),
        2,
        {"id": ["1", "2"], "label": ["a", "b"]},
    ),
    Case("19_pandas_default.json", f"{{{CODES}}}".encode(), 3, JSON),
    Case(
        "19_pandas_index.json",
        ('{"0":' + RECORDS.replace("},{", '},"K":{').replace("K", "1", 1).replace("K", "2", 1) + "}").encode(),
        3,
        JSON,
    ),
    Case(
        "19_pandas_split.json",
        b'{"columns":["code","n"],"index":[0,1,2],"data":[["0012",1],["0345",2],["0007",3]]}',
        3,
        JSON,
    ),
    Case(
        "19_pandas_table.json",
        f'{{"schema":{{"fields":[{{"name":"code","type":"string"}},{{"name":"n","type":"integer"}}],"pandas_version":"1.4.0"}},"data":[{RECORDS}]}}'.encode(),
        3,
        JSON,
    ),
    Case(
        "19_geo.json",
        f'{{"type":"FeatureCollection","features":[{PLACES}]}}'.encode(),
        4,
        {"n": ["0", "1", "2", "3"]},
        {"longitude": "number", "latitude": "number"},
        {"longitude": [13.5, 14.5], "latitude": [52.25, 51.25]},
    ),
    Case("20_dec.parquet", decimals(), 3, {"dec": ["12345678901234567.89", "0.10", ""]}, {"dec": "number"}),
    Case(
        "22_numeric_id.csv",
        lines("customer,amount", *(f"{700000 + k * 7919 % 40000},{12345678.25 + 1000.5 * k}" for k in range(30))),
        30,
        {"customer": ["700000", "707919"], "amount": ["12345678.25", "12346678.75"]},
    ),
    Case("26_table.csv", lines("color,size", *TWELVE), 12, {"color": ["red", "blue"], "size": ["0", "1"]}),
    Case(
        "26_labels.csv",
        lines("nr,label", *(f"{k + 1},{('warm', 'cold')[k % 2]}" for k in range(12))),
        12,
        {"nr": ["1", "2"], "label": ["warm", "cold"]},
    ),
    Case(
        "30_formula_blank.xlsx",
        book(Data=[["a", "b", "label"], [1, 2, "x"], [3, 4, "y"], *[[None, None, ""]] * 40]),
        2,
        {"a": ["1", "3"], "label": ["x", "y"]},
    ),
    Case(
        "30_readme_first.xlsx",
        book(
            **{
                "Read me": [["About this file"], ["See the next sheet"]],
                "Data": [["a", "b"], *([k, 2 * k] for k in range(8))],
            }
        ),
        8,
        {"a": ["0", "1"], "b": ["0", "2"]},
        notes=("Read the sheet “Data”",),
    ),
    Case(
        "30_title_units_total.xlsx",
        book(
            Sheet=[
                ["Survey 2024"],
                [],
                ["plot", "height", "label"],
                [None, "cm", None],
                *([f"P{k}x", 100.5 + k, "ab"[k % 2]] for k in range(12)),
                ["Mean", 106, None],
            ]
        ),
        12,
        {"plot": ["P0x", "P1x"], "height": ["100.5", "101.5"]},
        {"height": "number"},
        notes=("rows above the column names", "1 row of units", "1 row of totals"),
    ),
    Case(
        "30_two_headers.xlsx",
        book(
            Sheet=[
                ["id", "Measured", None, "label"],
                [None, "temp", "press", None],
                *([f"A{k}x", 20 + k / 10, 1000 + k, "ok"] for k in range(12)),
            ]
        ),
        12,
        {"Measured temp": ["20", "20.1"], "Measured press": ["1000", "1001"]},
        {"Measured temp": "number"},
        notes=("stand in 2 rows",),
    ),
]

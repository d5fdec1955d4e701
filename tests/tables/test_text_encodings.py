"""Letters come out right whatever program wrote the text, or the note says what was taken and a choice mends it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables.read_options import ReadOptions
from dami.tables.reading import open_table
from dami.tables.text_encodings import ENCODINGS, OLD, decode

TEXTS = {
    "Russian": "город,оценка,метка\nМосква,0,да\nТверь,1,нет\nОмск,2,да\nМосква,3,нет\n",
    "Russian beside English": "id,name,label\n1,Анна,yes\n2,Пётр,no\n3,Ольга,yes\n",
    "Greek": "πόλη,τιμή\nΑθήνα,1\nΘεσσαλονίκη,2\nΠάτρα,3\nΗράκλειο,4\n",
    "Polish": "imię,miasto\nŁukasz,Łódź\nStanisław,Kraków\nMałgorzata,Gdańsk\nPaweł,Wrocław\nGrażyna,Częstochowa\n",
    "Czech": "jméno,město\nJiří,Plzeň\nTomáš,Děčín\nŠárka,České Budějovice\nŽofie,Třinec\n",
    "Turkish": "şehir,değer\nİstanbul,1\nDiyarbakır,2\nMuğla,3\nŞanlıurfa,4\nEskişehir,5\n",
    "Arabic": "مدينة,قيمة\nالقاهرة,1\nبغداد,2\nالرياض,3\nدمشق,4\n",
    "Chinese": "姓名,城市\n王小明,北京\n李华,上海\n张伟,广州\n刘洋,深圳\n",
    "Taiwanese": "姓名,城市\n王小明,臺北\n李華,高雄\n張偉,臺南\n劉洋,新竹\n",
    "Japanese": "名前,都市\n田中さん,東京\n鈴木さん,大阪\nさくら,京都\n",
    "Korean": "이름,도시\n김철수,서울\n이영희,부산\n박민수,대구\n",
    "French": "nom,ville,prix\nÉmile,Orléans,3\nFrançois,Besançon,4\nZoé,Nîmes,5\nHélène,Évry,6\n",
    "German": "Straße,Größe\nMüllerstraße,groß\nKöln,größer\nÄhre,klein\n",
    "one German word": "id,city\n1,Bonn\n2,Köln\n3,Ulm\n4,Mainz\n",
    "Spanish": "año,niño,España\n1,José,señor\n2,Muñoz,mañana\n",
    "signs": "temp °C,price €\n1,2\n3,4\n",
}
WRITTEN = [
    *[(language, "cp1252") for language in ("French", "German", "one German word", "Spanish", "signs")],
    *[("Russian", encoding) for encoding in ("cp1251", "koi8_r", "cp866")],
    *[("Russian beside English", encoding) for encoding in ("cp1251", "koi8_r", "cp866")],
    *[("Polish", "cp1250"), ("Czech", "cp1250"), ("Greek", "cp1253"), ("Turkish", "cp1254"), ("Arabic", "cp1256")],
    *[("Chinese", "gb18030"), ("Taiwanese", "big5"), ("Japanese", "cp932"), ("Korean", "cp949")],
    *[("French", "mac_roman"), ("French", "cp850")],
]


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_an_old_encoding_is_found_and_said(language, encoding):
    text = TEXTS[language]
    found, name, [note] = decode(text.encode(encoding), "own.csv")
    lines = [line for line in text.splitlines() if not line.isascii()]
    first = next(number for number, line in enumerate(text.splitlines(), 1) if not line.isascii())
    assert (found, name) == (text, encoding)
    assert f"line {first})" in note and OLD[encoding] in note
    assert f"{len(lines)} line" in note and note.split("“")[1].split("”")[0] in lines[0]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_never_taken_for_another(language, encoding):
    assert decode(TEXTS[language].encode(encoding), "own.csv")[::2] == (TEXTS[language], [])


def test_a_table_far_down_with_its_first_accent_is_read_right():
    text = "id,city\n" + "".join(f"{k},Bonn\n" for k in range(200_000)) + "1,Köln\n"
    assert decode(text.encode("cp1252"), "own.csv")[:2] == (text, "cp1252")


def test_letters_are_not_taken_for_signs_of_another_western_encoding():
    random = Random(5)
    rows = ["Kennung;Größe (cm);Straße;Vertragsart;Bemerkung"]
    for k in range(180):
        street, kind = random.choice(["Hauptstraße", "Königsallee", "Öde Gasse"]), random.choice(["Komfort", "Prämie"])
        rows.append(f"K{k:04d};{k};{street} {k};{kind};{random.choice(['', 'säumig', '–'])}")
    text = "\r\n".join(rows)
    assert decode(text.encode("cp1252"), "kunden.csv")[:2] == (text, "cp1252")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf" * 2, b"\xef\xbb\xbf" * 3, "\ufeff\ufeff".encode("utf-16-le")])
def test_byte_order_marks_are_no_part_of_the_first_name(mark):
    encoding = "utf-8" if mark[0] == 0xEF else "utf-16-le"
    read = open_table(mark + "id,label\n1,a\n2,b\n3,a\n".encode(encoding), "own.csv")
    assert list(read.frame.columns) == ["id", "label"] and read.notes == []


def test_a_chosen_encoding_is_taken():
    data = TEXTS["Russian"].encode("mac_cyrillic")
    read = open_table(data, "own.csv", options=ReadOptions(encoding="mac_cyrillic"))
    assert list(read.frame.columns) == ["город", "оценка", "метка"] and read.how.encoding == "mac_cyrillic"
    assert read.notes == []
    assert open_table(TEXTS["Russian"].encode("cp1251"), "own.csv").how.encoding == "cp1251"
    for name in ENCODINGS:
        "a".encode(name)


@pytest.mark.parametrize(
    ("encoding", "part"),
    [
        ("utf-8", "own.csv, line 1 is not written in utf-8"),
        ("cyrillisch", "no encoding 'cyrillisch'"),
        ("hex", "'hex'"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_in_words(encoding, part):
    with pytest.raises(TableError) as error:
        open_table(TEXTS["Russian"].encode("cp1251"), "own.csv", options=ReadOptions(encoding=encoding))
    assert part in str(error.value) and "\n" not in str(error.value)


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_decoded_as_named_or_refused(data):
    try:
        text, encoding, notes = decode(data, "own.csv")
    except TableError:
        return
    assert data.decode(encoding).lstrip("\ufeff") == text
    assert bool(notes) == (encoding in OLD)

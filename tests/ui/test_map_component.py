"""The map in a real browser: what it draws, what it says, and that nothing it is given becomes markup."""

import base64
import json

import pytest

EVIL = '<img src=x onerror="window.hurt = 1">'
CLASSES = [{"id": 0, "name": EVIL, "color": "#0072B2"}, {"id": 1, "name": "Gentoo", "color": "#DB9400"}]
PLOT = "document.querySelector('.js-plotly-plot')"
# a 20 x 20 grid, row = 20 * line + column; row 5 is not on the map
GRID = [(3000 + 3000 * (row % 20), 3000 + 3000 * (row // 20)) for row in range(400)]
GRID[5] = (0, 0)


def bits(rows: list[int], n: int = 400) -> str:
    data = bytearray((n + 7) // 8)
    for row in rows:
        data[row // 8] |= 1 << (row % 8)
    return base64.b64encode(bytes(data)).decode()


def rows_of(text: str) -> list[int]:
    data = base64.b64decode(text)
    return [row for row in range(8 * len(data)) if data[row // 8] >> (row % 8) & 1]


@pytest.fixture
def data(workbench, pack) -> dict:
    workbench.answers["/map/1.bin"] = pack(GRID)
    workbench.answers["/rows"] = lambda query: {
        "rows": [
            {
                "row": int(query.split("rows=")[1].split("&")[0]),
                "title": None,
                "values": [{"column": EVIL, "value": EVIL, "left_out": False}],
            }
        ]
    }
    return {
        "project": "p",
        "n": 400,
        "positions": "/map/1.bin",
        "caption": "The map of the first network",
        "classes": CLASSES,
        "labels": {"rows": [1, 2], "classes": [0, 1]},
        "colors": None,
        "greyed": None,
        "hover_url": "/rows?model=2",
        "height": 560,
        "select": False,
        "focus": None,
    }


def show(workbench, data, **changes):
    data.update(changes)
    workbench.mount("map/map.js", data)
    workbench.wait(f"document.querySelector('.dami-map')?.dataset.positions === '{data['positions']}'")
    workbench.wait("!document.querySelector('.dami-flying')")
    return data


def traces(workbench) -> dict[str, list]:
    """Points of every trace by its name, as (x, y)."""
    script = f"{PLOT}.data.map(t => [t.uid, Array.from(t.x), Array.from(t.y)])"
    return {uid: list(zip(x, y, strict=True)) for uid, x, y in workbench.page.evaluate(script)}


def pixel(workbench, row: int, places: list[tuple[int, int]] = GRID) -> tuple[float, float]:
    """Where a row is on the screen."""
    x, y = workbench.page.evaluate(
        f"""([x, y]) => {{
            const {{xaxis, yaxis}} = {PLOT}._fullLayout, box = {PLOT}.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
        }}""",
        places[row],
    )
    return x, y


def zoom(workbench, row: int, times: int, by: int) -> None:
    """Turn the wheel above a row; each turn is seen before the next."""
    span = f"(({{range: [low, high]}}) => high - low)({PLOT}._fullLayout.yaxis)"
    workbench.page.mouse.move(*pixel(workbench, row))
    for _ in range(times):
        before = workbench.page.evaluate(span)
        workbench.page.mouse.wheel(0, -by)
        workbench.wait(f"{span} < {before}")
    workbench.still()


MARKS = "Array.from(document.querySelectorAll('.dami-overlay > *'))"


def marks(workbench) -> dict[str, dict[str, float]]:
    """The marks above the points by name: the middle of each on the screen, its radius, its text."""
    script = f"""{MARKS}.map((mark) => {{
        const box = mark.getBoundingClientRect();
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        return [mark.dataset.mark, {{x, y, r: Number(mark.getAttribute("r")), text: mark.textContent}}];
    }})"""
    return dict(workbench.page.evaluate(script))


def lies_on(workbench, mark: dict[str, float], row: int, places: list[tuple[int, int]] = GRID) -> bool:
    x, y = pixel(workbench, row, places)
    return abs(mark["x"] - x) < 1.5 and abs(mark["y"] - y) < 1.5


def test_first_draw_places_every_row_but_the_unplaced(workbench, data):
    show(workbench, data)
    drawn = traces(workbench)
    assert sorted(drawn["rows-0"]) == sorted(place for place in GRID if place != (0, 0))
    assert drawn["class-0"] == [GRID[1]] and drawn["class-1"] == [GRID[2]]
    root = workbench.page.locator(".dami-map")
    assert root.get_attribute("data-rows") == "400" and root.get_attribute("data-ready") == "true"
    assert workbench.page.get_by_role("img", name="Map of 400 rows").is_visible()
    assert workbench.page.get_by_text("The map of the first network").is_visible()
    assert workbench.events("dami:ask")  # the pad may have spoken before the map could listen


def test_the_highlight_moves_and_keeps_the_zoom(workbench, data):
    show(workbench, data)
    zoom(workbench, 210, 6, 400)
    assert workbench.page.evaluate(f"{PLOT}.layout.yaxis.range[1] - {PLOT}.layout.yaxis.range[0] < 60000")
    before = workbench.page.evaluate(f"[{PLOT}.layout.xaxis.range, {PLOT}.layout.yaxis.range]")
    workbench.send("dami:row", {"row": 210, "nearest": 212, "distance": 11.23})
    workbench.wait("document.querySelector('.dami-map').dataset.row === '210'")
    found = marks(workbench)
    assert list(found) == ["ball", "line", "center", "row", "distance"]
    assert lies_on(workbench, found["row"], 210) and lies_on(workbench, found["center"], 212)
    assert lies_on(workbench, found["ball"], 212)
    assert abs(found["ball"]["r"] - (pixel(workbench, 212)[0] - pixel(workbench, 210)[0])) < 1
    assert found["distance"]["text"] == "d = 11.2"
    assert workbench.page.locator("[aria-live]").first.inner_text() == "Row 210, nearest centre row 212"
    workbench.send("dami:row", {"row": 230, "nearest": -1, "distance": None})
    workbench.wait("document.querySelector('.dami-map').dataset.row === '230'")
    assert list(marks(workbench)) == ["row"]
    workbench.mount("map/map.js", {**data, "labels": {"rows": [1, 2, 3], "classes": [0, 1, 1]}})
    workbench.still()
    assert workbench.page.evaluate(f"[{PLOT}.layout.xaxis.range, {PLOT}.layout.yaxis.range]") == before
    workbench.send("dami:row", {"row": 5, "nearest": 1, "distance": 1.0})  # a row that is not on the map
    workbench.wait("document.querySelector('.dami-map').dataset.row === '5'")
    assert "row" not in marks(workbench)


def test_the_highlight_follows_a_drag_a_wheel_a_resize_and_a_color_bar(workbench, data):
    workbench.answers["/colors"] = {"kind": "number", "title": "size", "low": 0, "high": 1, "values": "AAAA" * 134}
    show(workbench, data)
    workbench.send("dami:row", {"row": 210, "nearest": 212, "distance": 1.0})
    workbench.wait("document.querySelector('.dami-map').dataset.row === '210'")
    page = workbench.page
    x, y = pixel(workbench, 210)
    page.mouse.move(x + 30, y + 30)
    page.mouse.down()
    for k in range(1, 6):
        page.mouse.move(x + 30 + 20 * k, y + 30 + 10 * k)
    workbench.still()
    assert pixel(workbench, 210) == pytest.approx((x + 100, y + 50), abs=1.5)
    assert lies_on(workbench, marks(workbench)["row"], 210)  # while it is dragged
    page.mouse.up()
    workbench.still()
    assert pixel(workbench, 210) != (x, y) and lies_on(workbench, marks(workbench)["row"], 210)
    page.mouse.wheel(0, -300)
    workbench.still()
    assert lies_on(workbench, marks(workbench)["row"], 210)
    workbench.mount("map/map.js", {**data, "colors": {"url": "/colors", "title": "size"}})
    workbench.wait(f"{PLOT}._fullLayout.margin.r > 0")
    workbench.still()
    assert lies_on(workbench, marks(workbench)["row"], 210) and lies_on(workbench, marks(workbench)["center"], 212)
    page.set_viewport_size({"width": 800, "height": 700})
    workbench.still()
    assert lies_on(workbench, marks(workbench)["row"], 210)
    page.set_viewport_size({"width": 1000, "height": 700})
    workbench.still()


def test_a_window_made_narrow_and_wide_again_shows_what_it_showed(workbench, data):
    show(workbench, data)
    page = workbench.page

    def view(width: int) -> tuple[list[float], list[float], float]:
        page.set_viewport_size({"width": width, "height": 700})
        workbench.still()
        script = f"(f => [f.xaxis.range, f.yaxis.range, f.xaxis._length])({PLOT}._fullLayout)"
        return page.evaluate(script)

    first = view(1000)
    for width in (700, 420):
        x, y, length = view(width)
        assert length < first[2]
        spans = (x[1] - x[0], y[1] - y[0])
        assert min(spans) == pytest.approx(69736 + 4200, rel=0.01)  # the whole map, as large as it can be
        assert min(x[0], y[0]) < 0 and max(x[1], y[1]) > 65535
    again = view(1000)
    assert again[0] == pytest.approx(first[0], rel=0.01) and again[1] == pytest.approx(first[1], rel=0.01)

    zoom(workbench, 210, 6, 200)
    whole, part = first[0][1] - first[0][0], view(1000)
    assert part[0][1] - part[0][0] < 0.8 * whole  # zoomed in
    narrow = view(700)
    assert sum(narrow[0]) == pytest.approx(sum(part[0]), rel=0.01) and narrow[1] == pytest.approx(part[1], rel=0.01)
    assert (narrow[0][1] - narrow[0][0]) / narrow[2] == pytest.approx((part[0][1] - part[0][0]) / part[2], rel=0.01)


def test_rows_that_left_are_not_drawn(workbench, data):
    gone = base64.b64encode(bytes([0b10000000, 0b00000001])).decode()  # rows 7 and 8
    show(workbench, {**data, "gone": gone})
    drawn = traces(workbench)["rows-0"]
    assert GRID[7] not in drawn and GRID[8] not in drawn and GRID[9] in drawn
    workbench.mount("map/map.js", {**data, "gone": None})
    workbench.wait(f"{PLOT}.data[0].x.length === {len(drawn) + 2}")


def test_a_class_switched_off_in_the_legend_stays_off(workbench, data):
    show(workbench, data)
    workbench.page.locator(".legendtoggle").first.click()
    workbench.wait(f"{PLOT}._fullData.some((trace) => trace.visible === 'legendonly')")
    off = workbench.page.evaluate(f"{PLOT}._fullData.find((trace) => trace.visible === 'legendonly').uid")
    workbench.mount("map/map.js", {**data, "labels": {"rows": [1, 2, 3, 4], "classes": [0, 1, 0, 1]}})
    workbench.send("dami:labeled", {"row": 30, "class": 1})
    workbench.wait(f"{PLOT}.data.find(t => t.uid === 'class-1').x.length === 3")  # the label has become a point
    workbench.still()
    script = f"{PLOT}._fullData.filter((trace) => trace.visible === 'legendonly').map((trace) => trace.uid)"
    assert workbench.page.evaluate(script) == [off]


def test_a_label_is_drawn_at_once_and_taken_over_by_its_trace(workbench, data):
    show(workbench, data)
    workbench.send("dami:labeled", {"row": 30, "class": 1})
    workbench.wait(f"{MARKS}.some((mark) => mark.getAttribute('fill') === '#DB9400')")
    assert lies_on(workbench, marks(workbench)["label"], 30)
    workbench.mount("map/map.js", dict(data))  # an answer that does not know of the label yet must not take it back
    workbench.wait(f"{PLOT}.data.find(t => t.uid === 'class-1').x.length === 2")
    assert GRID[30] in traces(workbench)["class-1"] and marks(workbench) == {}
    workbench.send("dami:labeled", {"row": 30, "class": 0})
    workbench.send("dami:labeled", {"row": 1, "class": None})
    workbench.wait(f"{PLOT}.data.find(t => t.uid === 'class-1').x.length === 1")
    assert traces(workbench)["class-0"] == [GRID[30]]


def test_a_lasso_sends_the_right_rows_once_and_clears_its_outline(workbench, data):
    show(workbench, data, select=True, greyed=bits([42]))
    workbench.page.locator('[data-attr="dragmode"][data-val="select"]').click()
    (x0, y0), (x1, y1) = pixel(workbench, 21), pixel(workbench, 63)
    workbench.page.mouse.move(x0 - 6, y0 + 6)
    workbench.page.mouse.down()
    workbench.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    workbench.page.mouse.move(x1 + 6, y1 - 6)
    workbench.page.mouse.up()
    expected = [row for line in (1, 2, 3) for row in (20 * line + 1, 20 * line + 2, 20 * line + 3) if row != 42]
    workbench.wait(f"triggers.length > 0 && {PLOT}.data.at(-1).x.length === {len(expected)}")
    workbench.still()
    assert [rows_of(text) for text in workbench.triggers("selected")] == [expected]
    assert sorted(traces(workbench)["selected"]) == sorted(GRID[row] for row in expected)
    assert workbench.page.evaluate(f"{PLOT}.layout.selections?.length ?? 0") == 0
    assert workbench.page.evaluate(f"{PLOT}.data.every(t => t.selectedpoints == null)")
    workbench.page.keyboard.press("Escape")
    workbench.wait(f"{PLOT}.data.at(-1).x.length === 0")
    assert rows_of(workbench.triggers("selected")[-1]) == []


def test_a_click_picks_a_row(workbench, data):
    show(workbench, data)
    workbench.page.mouse.click(*pixel(workbench, 137))
    workbench.wait("triggers.length > 0")
    assert workbench.triggers("clicked") == [137]
    assert workbench.events("dami:pick") == [{"row": 137}]
    # Plotly takes two clicks at one moment for a double click.
    workbench.wait(f"Date.now() - {PLOT}._mouseDownTime > {PLOT}._context.doubleClickDelay")
    workbench.page.mouse.click(*pixel(workbench, 2))  # a labeled row, drawn by another trace
    workbench.wait("triggers.length > 1")
    assert workbench.triggers("clicked") == [137, 2]


def test_many_rows_are_drawn_by_webgl_and_answer_like_few(workbench, data, pack):
    many = [(1000 + 1300 * (row % 50), 1000 + 1300 * (row // 50)) for row in range(2500)]
    workbench.answers["/map/many.bin"] = pack(many)
    show(workbench, data, n=2500, positions="/map/many.bin", select=True)
    assert workbench.page.evaluate(f"new Set({PLOT}.data.map((trace) => trace.type)).size === 1")
    assert workbench.page.locator(".gl-canvas").count() and not workbench.page.locator(".scatterlayer .point").count()
    workbench.page.mouse.click(*pixel(workbench, 1137, many))
    workbench.wait("triggers.length > 0")
    assert workbench.triggers("clicked") == [1137]
    workbench.page.locator('[data-attr="dragmode"][data-val="select"]').click()
    (x, y), (x1, y1) = pixel(workbench, 1560, many), pixel(workbench, 1611, many)
    workbench.page.mouse.move(x - 4, y + 4)
    workbench.page.mouse.down()
    workbench.page.mouse.move(x1 + 4, y1 - 4)
    workbench.page.mouse.up()
    workbench.wait(f"triggers.length > 1 && {PLOT}.data.at(-1).x.length === 4")
    assert [rows_of(text) for text in workbench.triggers("selected")] == [[1560, 1561, 1610, 1611]]


def test_hover_shows_values_as_text(workbench, data):
    show(workbench, data)
    workbench.page.mouse.move(*pixel(workbench, 100))
    workbench.page.mouse.move(*pixel(workbench, 101))
    card = workbench.page.locator(".dami-hover")
    workbench.wait("document.querySelector('.dami-hover').textContent.includes('onerror')")
    assert card.inner_text().startswith("Row 101") and EVIL in card.inner_text()
    assert [path for path in workbench.asked if path.startswith("/rows")][-1] == "/rows?model=2&rows=101"
    workbench.page.mouse.move(*pixel(workbench, 1))
    workbench.wait(f"document.querySelector('.dami-hover').textContent.includes({json.dumps('labelled ' + EVIL)})")


def test_no_name_becomes_markup(workbench, data):
    codes = base64.b64encode(bytes(row % 2 for row in range(400))).decode()
    workbench.answers["/colors"] = {
        "kind": "category",
        "names": [EVIL, "b"],
        "palette": ["#0072B2", "#DB9400"],
        "codes": codes,
    }
    show(workbench, data)
    assert workbench.page.locator(".legendtext").first.text_content().startswith("<img src=x")
    show(workbench, data, colors={"url": "/colors", "title": EVIL}, caption=EVIL)
    workbench.wait(f"{PLOT}.data.some(t => t.name?.startsWith('&lt;img') && t.uid === 'rows-0')")
    assert workbench.page.get_by_text(EVIL, exact=True).first.is_visible()
    assert workbench.page.evaluate("document.images.length") == 0
    assert workbench.page.evaluate("window.hurt") is None


def test_colors_by_category_by_number_and_greyed(workbench, data):
    codes = base64.b64encode(bytes(row // 200 for row in range(400))).decode()
    values = base64.b64encode(bytes(255 if row < 20 else row % 255 for row in range(400))).decode()
    workbench.answers["/by/category"] = {
        "kind": "category",
        "names": ["a", "b"],
        "palette": ["#0072B2", "#DB9400"],
        "codes": codes,
    }
    workbench.answers["/by/number"] = {"kind": "number", "title": "mass", "low": 2.0, "high": 6.0, "values": values}
    show(workbench, data, colors={"url": "/by/category", "title": "half"}, greyed=bits([0, 399]))
    workbench.wait(f"{PLOT}.data.length === 6")
    drawn = traces(workbench)
    assert drawn["dimmed"] == [GRID[0], GRID[399]]
    assert len(drawn["rows-1"]) == 198 and len(drawn["rows-2"]) == 199
    assert workbench.page.locator(".legendtext").all_text_contents() == ["a", "b"]
    show(workbench, data, colors={"url": "/by/number", "title": "mass"}, greyed=None)
    workbench.wait(f"{PLOT}.data.length === 5")
    drawn = traces(workbench)
    assert len(drawn["rows-1"]) == 19 and len(drawn["rows-0"]) == 380
    assert workbench.page.locator(".cbtitle, .infolayer .cbaxis").first.is_visible()
    assert workbench.page.locator(".cbaxis text").all_text_contents() == ["2", "4", "6"]


@pytest.mark.parametrize("colored", [False, True])
def test_positions_fly_to_their_new_places(workbench, data, pack, colored):
    values = base64.b64encode(bytes(row % 256 for row in range(400))).decode()
    workbench.answers["/by/number"] = {"kind": "number", "title": "t", "low": 0, "high": 1, "values": values}
    if colored:
        data["colors"] = {"url": "/by/number", "title": "t"}
    show(workbench, data)
    moved = [(y, x) if (x, y) != (0, 0) else (0, 0) for x, y in GRID]
    workbench.answers["/map/2.bin"] = pack(moved)
    workbench.send("dami:row", {"row": 30, "nearest": 1, "distance": 2.0})
    workbench.page.evaluate(
        """new MutationObserver(() => {
            const points = document.querySelector(".dami-flying .scatterlayer");
            if (document.querySelector(".dami-flight")) window.flew = getComputedStyle(points).visibility;
        }).observe(document.body, {subtree: true, childList: true})"""
    )
    show(workbench, data, positions="/map/2.bin")
    assert workbench.page.evaluate("window.flew") == "hidden"  # the points of the plot, meanwhile
    assert workbench.page.locator(".dami-flight").count() == 0
    drawn = [place for uid, places in traces(workbench).items() if uid.startswith("rows") for place in places]
    assert sorted(drawn) == sorted(place for place in moved if place != (0, 0))
    assert lies_on(workbench, marks(workbench)["row"], 30, moved)


def test_nothing_flies_for_those_who_do_not_want_motion(workbench, data, pack):
    workbench.page.emulate_media(reduced_motion="reduce")
    show(workbench, data)
    workbench.answers["/map/2.bin"] = pack(GRID[::-1])
    workbench.page.evaluate(
        "new MutationObserver(() => { if (document.querySelector('.dami-flight')) window.flew = 1; })"
        ".observe(document.body, {subtree: true, childList: true})"
    )
    show(workbench, data, positions="/map/2.bin")
    assert workbench.page.evaluate("window.flew") is None


def test_without_a_map_it_says_so_and_draws_it_when_it_comes(workbench, data):
    workbench.mount("map/map.js", {**data, "positions": None, "caption": "The map comes with the first network"})
    workbench.page.get_by_text("The map comes with the first network").wait_for()
    workbench.send("dami:row", {"row": 3, "nearest": None})
    workbench.send("dami:labeled", {"row": 9, "class": 0})
    show(workbench, data)
    workbench.wait("document.querySelector('.dami-map').dataset.row === '3'")
    assert GRID[9] in traces(workbench)["class-0"]
    workbench.mount("map/map.js", {**data, "positions": None, "caption": "No map"})
    workbench.page.get_by_text("No map").wait_for()
    show(workbench, data)
    assert workbench.page.get_by_role("img", name="Map of 400 rows").is_visible()


def test_a_map_that_cannot_be_loaded_is_a_sentence(workbench, data):
    workbench.broken = True
    workbench.mount("map/map.js", data)
    workbench.page.get_by_text("The map could not be drawn").wait_for()
    workbench.broken = False
    show(workbench, data, height=500)


def test_it_follows_the_theme_without_a_redraw(workbench, data):
    show(workbench, data)
    script = "getComputedStyle(document.querySelector('.legendtext')).fill"
    assert workbench.page.evaluate(script) == "rgb(49, 51, 63)"
    workbench.theme("dark")
    assert workbench.page.evaluate(script) == "rgb(250, 250, 250)"


def test_it_ends_with_its_page(workbench, data):
    show(workbench, data)
    workbench.page.evaluate(
        """async () => {
            const tell = (name, detail) => dispatchEvent(new CustomEvent(name, { detail }));
            const [plain, calls, ended] = [window.setTimeout, new Map(), window.clearTimeout];
            window.setTimeout = (call) => { const id = plain(() => {}); calls.set(id, call); return id; };
            window.clearTimeout = (id) => { calls.delete(id); ended(id); };
            tell("dami:labeled", { row: 9, class: 0 }); // its timer must end with the page
            document.getElementById("root").remove();
            end();
            tell("dami:row", { row: 3, nearest: 1 });
            tell("dami:labeled", { row: 3, class: 1 });
            Object.assign(window, { setTimeout: plain, clearTimeout: ended });
            for (const call of calls.values()) call();
            window.left = calls.size;
            for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
        }"""
    )
    assert workbench.page.evaluate("left") == 0  # no timer is left, and nothing is thrown

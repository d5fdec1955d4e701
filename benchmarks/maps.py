"""Compares the map with UMAP's default, and times the highlight of the map in a browser.

``python benchmarks/maps.py`` makes maps of 10,000 rows in the space of the local models of a trained network. It prints
how much faster than ``umap.UMAP()`` are the first map and an update after ten more labels; the trustworthiness of each
map; and how far the median row moves. The rows are from ``magic.csv`` if ``DAMI_TABLES`` names a folder with it, else
they are made up; then smaller tables of that folder follow. At last it prints how long the highlight takes to move
among 100,000 points in a headless Chromium.
"""

import os
import statistics
import struct
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import torch  # noqa: E402
import umap  # noqa: E402
from browsers import launched  # noqa: E402
from playwright.sync_api import Page, Route, sync_playwright  # noqa: E402
from sklearn.manifold import trustworthiness  # noqa: E402

from dami.selection.learner import ActiveLearner  # noqa: E402
from dami.tables.encoding import Encoder  # noqa: E402
from dami.tables.reading import read_table  # noqa: E402
from dami.views.projection import align, project_map, warm_up  # noqa: E402

ROWS, LABELS, POINTS, MOVES, RUNS = 10_000, 100, 100_000, 200, 3
FOLDER = Path(os.environ.get("DAMI_TABLES", "tables"))
SCRIPTS = ROOT / "dami" / "ui" / "components"
HOST = "http://benchmark.test"
# The time from the event to the first frame after the ring has moved.
MOVE = """async (row) => {
    const map = document.querySelector(".dami-map"), began = performance.now();
    dispatchEvent(new CustomEvent("dami:row", { detail: { row, nearest: row - 7, distance: 1.5 } }));
    while (map.dataset.row !== String(row)) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""
PAGE = """<!doctype html><meta charset="utf-8"><div id="root"></div><script type="module">
    const module = await import("/js/map/map.js");
    window.mount = (data) => module.default({ data, parentElement: document.getElementById("root"),
        setTriggerValue() {}, setStateValue() {} });
    window.ready = true;
</script>"""


def networks() -> tuple[np.ndarray, np.ndarray]:
    """Return `retrained` of 10,000 rows, which are from ``magic.csv`` if it is at hand, else made up."""
    given = FOLDER / "magic.csv"
    if given.is_file():
        return retrained(*encoded(given))
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, ROWS)
    return retrained((rng.normal(size=(ROWS, 20)) + 2 * rng.normal(size=(3, 20))[y]).astype(np.float32), y)


def encoded(path: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = read_table(path)
    frame = frame[frame["label"].notna()]
    frame = frame.sample(min(ROWS, len(frame)), random_state=0).reset_index(drop=True)
    return Encoder().fit_transform(frame.drop(columns="label")), frame["label"].astype(str).to_numpy(object)


def retrained(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the representations of the rows under a network, and under the next one, trained on ten more labels."""
    labels = np.full(len(X), None, dtype=object)
    labels[:LABELS] = y[:LABELS]
    learner = ActiveLearner(random_state=0).fit_encoded(X, labels)
    first = learner.regions_.representation
    rows = learner.query(10).indices
    learner.teach(rows, y[rows])
    return first, learner.regions_.representation


def seconds(make, runs: int = RUNS):
    """Return the median seconds of some runs, and what the last run made."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        made = make()
        times.append(time.perf_counter() - began)
    return statistics.median(times), made


def moved(before: np.ndarray, after: np.ndarray) -> float:
    """Return how far the median row moves between two aligned maps, as a share of the map's width."""
    laid = align(after, before, scale=True)
    return float(np.median(np.linalg.norm(laid - before, axis=1)) / np.ptp(before, axis=0).max())


def maps() -> None:
    first, second = networks()
    warm_up()
    umap.UMAP().fit_transform(first[:500])  # compiles what the default needs, too
    plain_seconds, plain = seconds(lambda: umap.UMAP().fit_transform(first), 1)
    map_seconds, placed = seconds(lambda: project_map(first))
    fresh = project_map(second)
    other = project_map(second, random_state=1)
    update_seconds, updated = seconds(lambda: project_map(second, previous=placed))
    trust = {
        name: trustworthiness(points, positions, n_neighbors=15)
        for name, points, positions in (
            ("umap.UMAP()", first, plain), ("first map", first, placed), ("updated map", second, updated),
            ("fresh map", second, fresh), ("old map kept", second, placed),
        )
    }  # fmt: skip
    print(f"{ROWS:,} rows, {first.shape[1]} numbers each")
    print(f"  umap.UMAP() as it comes   {plain_seconds:6.2f} s")
    print(f"  first map                 {map_seconds:6.2f} s, {plain_seconds / map_seconds:.1f} times faster (limit 5)")
    print(f"  update after ten labels   {update_seconds:6.2f} s, 1/{plain_seconds / update_seconds:.1f} (limit 1/10)")
    for name, value in trust.items():
        print(f"  trustworthiness           {value:.4f} {name}")
    print(f"  first map - umap.UMAP()   {trust['first map'] - trust['umap.UMAP()']:+.4f} (limit -0.01)")
    print(f"  updated - fresh map       {trust['updated map'] - trust['fresh map']:+.4f} (limit -0.02)")
    step, jump, seeds = moved(placed, updated), moved(placed, fresh), moved(fresh, other)
    print(f"  the median row moves      {step:.1%} of the width in an update")
    print(
        f"                            {jump:.1%} between fresh maps of the two networks: {step / jump:.2f} (limit 0.5)"
    )
    print(f"                            {seeds:.1%} between fresh maps of one network with two seeds")
    print(f"  the same seed             {'gives the same map' if (project_map(first) == placed).all() else 'DIFFERS'}")


def followed() -> None:
    """Measure an update on the smaller real tables."""
    for name in ("german", "titanic", "segment", "spambase"):
        if not (FOLDER / f"{name}.csv").is_file():
            continue
        first, second = retrained(*encoded(FOLDER / f"{name}.csv"))
        placed, fresh = project_map(first), project_map(second)
        took, updated = seconds(lambda points=second, placed=placed: project_map(points, previous=placed))
        lost = trustworthiness(second, updated, n_neighbors=15) - trustworthiness(second, fresh, n_neighbors=15)
        share = moved(placed, updated) / moved(placed, fresh)
        print(f"{name:9} {len(first):6,} rows: moves {share:.2f} of fresh maps (limit 0.5), ", end="")
        print(f"trustworthiness {lost:+.4f} (limit -0.02), {took:.2f} s")


def highlight() -> None:
    rng = np.random.default_rng(0)
    places = rng.integers(1, 65_536, (POINTS, 2))
    body = b"".join(struct.pack("<HH", *map(int, place)) for place in places)
    classes = [{"id": 0, "name": "a", "color": "#0072B2"}, {"id": 1, "name": "b", "color": "#DB9400"}]
    labels = {"rows": list(range(200)), "classes": [k % 2 for k in range(200)]}
    data = {
        "project": "p", "n": POINTS, "positions": "/map.bin", "caption": "", "classes": classes, "labels": labels,
        "colors": None, "select": False, "height": 560,
    }  # fmt: skip

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path == "/map.bin":
            route.fulfill(body=body, content_type="application/octet-stream")
        elif path.startswith("/js/"):
            route.fulfill(body=(SCRIPTS / path.removeprefix("/js/")).read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(status=404)

    with sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.route(f"{HOST}/**", answer)
        page.goto(HOST)
        page.wait_for_function("window.ready")
        page.evaluate("(data) => mount(data)", data)
        page.wait_for_selector(".dami-map[data-ready=true]")
        page.mouse.move(500, 300)
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(2000)
        zoom = ranges(page)
        times = [page.evaluate(MOVE, 500 + 13 * k) for k in range(MOVES)]
        kept = ranges(page) == zoom
        browser.close()
    times.sort()
    print(f"{POINTS:,} points drawn, {MOVES} moves of the highlight")
    print(f"  median {times[MOVES // 2]:.0f} ms, p95 {times[int(0.95 * MOVES)]:.0f} ms (limit 100)")
    print(f"  the zoom {'survives' if kept else 'IS LOST'}")


def ranges(page: Page) -> list:
    plot = "document.querySelector('.js-plotly-plot')._fullLayout"
    return page.evaluate(f"[{plot}.xaxis.range, {plot}.yaxis.range]")


if __name__ == "__main__":
    torch.set_num_threads(1)
    maps()
    followed()
    highlight()

"""A server as the label pad sees one: its scripts, a page that hosts it, rows, and a log of what it sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "dami" / "ui" / "components"
COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#7f7f7f", "#b8a100"]


class Server:
    """Asks for rows in order; 100 * model is where a model's picks begin. Everything it does is recorded."""

    def __init__(self, names: tuple[str, ...] = ("Adelie", "Chinstrap", "Gentoo"), mode: str = "label") -> None:
        self.classes: list[dict[str, Any]] = [
            {"id": k, "name": name, "color": COLORS[k % 9], "guideline": ""} for k, name in enumerate(names)
        ]
        self.mode, self.n, self.model, self.training, self.round_size = mode, 2000, 1, False, 10
        self.events: dict[tuple[str, int], dict[str, Any]] = {}  # in the order of arrival
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.away = False
        self.full = False  # whether its disk is: it answers, and stores nothing
        self.since = 0
        self.columns = [f"column {k}" for k in range(8)]
        self.extra: dict[str, Any] = {}
        self.lock = threading.Lock()

    def value(self, row: int, column: int) -> str:
        return f"{row * 7 % 113 + column / 10:.1f}"

    def effective(self) -> list[dict[str, Any]]:
        kept = dict(self.events)
        for event in self.events.values():
            if event["action"] == "undo":
                kept.pop((event["undoes"]["client"], event["undoes"]["seq"]), None)
        return [event for event in kept.values() if event["action"] != "undo"]

    def receive(self, value: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            for box in (value, *value.get("orphans", ())) if not self.full else ():
                for item in box["items"]:
                    if item["source"] == "oracle":
                        item["class"] = self.truth(item["row"])
                    self.events.setdefault((box["client"], item["seq"]), {**item, "client": box["client"]})
            return self.data()  # of one moment: what it acknowledges is in its history

    def answers(self) -> list[tuple[int, int | None]]:
        return [(event["row"], event["class"]) for event in self.effective()]

    def truth(self, row: int) -> int:
        return row % len(self.classes)

    def labels(self) -> dict[int, int]:
        """Row -> class as the log says."""
        current = {event["row"]: event for event in self.effective()}
        return {row: event["class"] for row, event in current.items() if event["action"] == "label"}

    def picks(self) -> list[int]:
        return list(range(100 * self.model, min(100 * self.model + 90, self.n)))

    def data(self) -> dict[str, Any]:
        history = [{**event, "step": k, **self.why(event["row"])} for k, event in enumerate(self.effective(), 1)]
        labels = self.labels()
        done = {event["row"] for event in history}
        queue = [row for row in self.picks() if row not in done] + [
            event["row"] for event in history if event["action"] == "later" and event["row"] not in labels
        ]
        acks: dict[str, int] = {}
        for client, seq in self.events:
            acks[client] = max(seq, acks.get(client, 0))
        counts = list(labels.values())
        return {
            "project": "p1",
            "rows_url": "/rows",
            "search_url": "/search",
            "truth_url": "/truth",
            "mode": self.mode,
            "classes": [{**entry, "count": counts.count(entry["id"])} for entry in self.classes],
            "goal": 300,
            "labeled": len(labels),
            "model": self.model,
            "round": self.model,
            "round_size": self.round_size,
            "round_done": len(labels) - self.since,
            "training": self.training,
            "queue": [{"row": row, "step": len(history) + k, **self.why(row)} for k, row in enumerate(queue[:30], 1)],
            "history": history[-300:],
            "acks": acks,
            "focus": None,
            **self.extra,
        }

    def why(self, row: int) -> dict[str, Any]:
        return {
            "distance": 3.25 + row / 1000,
            "nearest": 87,
            "nearest_class": 0,
            "compare": 86,
            "radius": 4.5,
            "space": "representation",
            "reason": "Unlike everything you have labeled: farther than 98 % of the rows; nearest is row 86, Adelie.",
            "facts": [["Farther than", "98.2 % of the rows"]],
        }

    def card(self, row: int) -> dict[str, Any]:
        plain = {"unusual": None, "left_out": False}
        values = [
            {"column": name, "value": self.value(row, k), "contribution": 1 / (k + 1), **plain}
            for k, name in enumerate(self.columns)
        ]
        return {"row": row, "title": None, "values": values}

    def answer(self, path: str, query: dict[str, str]) -> Any:
        if path == "/data":
            return self.data()
        if path == "/rows":
            rows = [int(row) for row in query["rows"].split(",")]
            if max(rows) >= self.n:
                raise ValueError(f"There is no row {max(rows)}: the table has rows 0 to {self.n - 1:,}.")
            labels = self.labels()
            return {"rows": [{"class": labels.get(row), **self.card(row)} for row in rows]}
        if path == "/search":
            return {"rows": [{"row": row, "text": f"{query['q']} in row {row}"} for row in (41, 42, 43)]}
        return {"class": self.truth(int(query["row"]))}

    def __enter__(self) -> "Server":
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            server.requests.append((parts.path, query))
            if parts.path == "/":
                self.reply((HERE / "label_pad_host.html").read_bytes(), "text/html")
            elif parts.path.startswith("/js/"):
                self.reply((SCRIPTS / parts.path.removeprefix("/js/")).read_bytes(), "text/javascript")
            elif parts.path in ("/data", "/rows", "/search", "/truth", "/guess", "/near-duplicates"):
                try:
                    self.reply(json.dumps(server.answer(parts.path, query)).encode())
                except ValueError as error:
                    self.reply(json.dumps({"error": str(error)}).encode(), status=400)
            else:
                self.reply(b"", status=404)

        def do_POST(self) -> None:
            value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if server.away:
                self.reply(b"", status=503)
            else:
                self.reply(json.dumps(server.receive(value)).encode())

        def reply(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Pad:
    """A page with the pad, and what it has told the page."""

    def __init__(self, page: Page, server: Server, **settings: Any) -> None:
        self.page, self.server = page, server
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{server.url}/?" + "&".join(f"{name}={value}" for name, value in settings.items()))
        page.wait_for_function("window.host && document.querySelector('.dami-pad')?.dataset.model")
        self.root = page.locator(".dami-pad")

    @property
    def row(self) -> int | None:
        row = self.root.get_attribute("data-row")
        return None if row is None else int(row)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, row: int) -> None:
        expect(self.root).to_have_attribute("data-row", str(row))

    def saved(self) -> None:
        expect(self.root).to_have_attribute("data-pending", "0")

    def draw(self, **patch: Any) -> None:
        self.page.evaluate("patch => host.draw(patch)", patch)

    def told(self, kind: str = "rows") -> list[Any]:
        return self.page.evaluate(f"host.seen.{kind}")

    def button(self, name: str) -> Locator:
        return self.root.locator(f"[data-action={name}]")


@contextmanager
def pads(browser: Browser) -> Iterator[Callable[..., Pad]]:
    """A function that opens pads, each in a browser profile of its own; none may have raised an error at the end."""
    with ExitStack() as stack:
        opened: list[Pad] = []

        def start(server: Server | None = None, **settings: Any) -> Pad:
            running = stack.enter_context(server or Server())
            context = stack.enter_context(browser.new_context(viewport={"width": 620, "height": 1000}))
            opened.append(Pad(context.new_page(), running, **settings))
            return opened[-1]

        yield start
        for pad in opened:
            assert pad.errors == []

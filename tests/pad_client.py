"""Plays a label pad without a browser: it speaks Streamlit's websocket protocol and keeps an outbox like the real pad.

Ten browsers would take all the time of two cores; ten of these clients take almost none.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE = 10.0  # seconds for an answer, then the connection is taken for lost


def texts_of(elements: Iterable[Element]) -> list[str]:
    bodies = (one.heading.body or one.markdown.body or one.alert.body or one.text.body for one in elements)
    return [body for body in bodies if body]


class PadClient:
    """The tab of one person: on a page of a project, by default Label, or in a room with a participant's key.

    Attributes
    ----------
    headers : what the browser sends with each request, such as its cookies
    pressed : all labels given, in order, as (seq, row, class)
    acked : the highest number that the server has acknowledged
    drawn : all elements that the server has sent, in order
    session : what Streamlit says of the app as a tab connects
    pages : the pages that the menu has for this tab
    """

    def __init__(
        self,
        port: int,
        project: str,
        name: str,
        participant: str | None = None,
        page: str = "label",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.port, self.project, self.name, self.headers = port, project, name, headers or {}
        self.page = page if participant is None else "join"
        self.query = f"me={participant}" if participant is not None else f"p={project}" if project else ""
        self.pressed: list[tuple[int, int, int]] = []
        self.acked = 0
        self.reconnects = -1
        self._socket: Any = None
        self._pad: tuple[str, str] = ("", "")
        self._pulse: tuple[str, str] = ("", "")
        self._buttons: dict[str, str] = {}  # label -> id
        self._page = ""
        self.drawn: list[Element] = []
        self.session = NewSession()
        self.pages: set[str] = set()
        self.queue: list[int] = []  # the rows that the pad asks for
        self._asked: dict[int, dict[str, Any]] = {}  # row -> what asked for it
        self.status_url = ""
        self.work = ""  # a mark of what the page has been drawn with
        self.urgent: str | None = None  # the part of it that it has to hear of at once, in a room

    def press(self, row: int, class_id: int) -> None:
        """Give a label: it stays in the outbox, even if the server is killed."""
        self.pressed.append((len(self.pressed) + 1, row, class_id))

    @property
    def pending(self) -> int:
        return len(self.pressed) - self.acked

    async def flush(self) -> None:
        """Send the labels of the outbox until all are acknowledged; connect again after each failure."""
        while self.pending:
            try:
                if self._socket is None:
                    await self._connect()
                items = [
                    {"seq": seq, "action": "label", "row": row, "class": class_id, **self._asked.get(row, {})}
                    for seq, row, class_id in self.pressed[self.acked :]
                ]
                widget, fragment = self._pad
                if not widget:
                    raise TimeoutError("the server has not drawn the pad")
                value = {"outbox": {"client": self.name, "items": items}}
                state = WidgetState(id=widget, json_value=json.dumps(value))
                await self._rerun(fragment, [state], until=lambda: not self.pending)
            except (OSError, EOFError, TimeoutError, websockets.exceptions.WebSocketException):
                await self.close()
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        if self._socket is not None:
            with suppress(Exception):
                await asyncio.wait_for(self._socket.close(), 1)
        self._socket = None

    @property
    def texts(self) -> list[str]:
        """What the server has told in words, each time: titles, paragraphs and messages."""
        return texts_of(self.drawn)

    async def open(self) -> None:
        """Connect, which makes the server draw the page."""
        if self._socket is None:
            await self._connect()

    async def visit(self, page: str, shows: str) -> None:
        """Go to a page, as a link does, and wait until a text is there."""
        begins = len(self.drawn)
        self.page, self._page = page, ""
        await (self._rerun("", [], page) if self._socket else self._connect())
        while shows not in texts_of(self.drawn[begins:]):  # a page may lead to another
            await self._receive()

    async def changed(self, mark: str) -> None:
        """Tell Python that there is news, as the page's pulse does."""
        widget, fragment = self._pulse
        events = json.dumps([{"event": "changed", "value": mark}])
        key = f"$$STREAMLIT_INTERNAL_KEY_{widget}__events"
        await self._rerun(fragment, [WidgetState(id=key, json_trigger_value=events)])

    async def click_as_news_come(self, button: str) -> None:
        """Click on a button; with the next breath, the page's pulse tells of news."""
        message = self._message("", [WidgetState(id=self._buttons[button], trigger_value=True)])
        await self._socket.send(message.SerializeToString())
        await self.changed("news")

    async def _connect(self) -> None:
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        options: dict[str, Any] = {
            "subprotocols": ["streamlit"],
            "max_size": None,
            "ping_interval": None,
            "open_timeout": PATIENCE,
        }
        options["additional_headers"] = self.headers
        self._socket = await websockets.connect(address, **options)
        self.reconnects += 1
        self._page, self._pad = "", ("", "")
        await self._rerun("", [], page_name=self.page)

    async def _rerun(
        self, fragment: str, states: list[WidgetState], page_name: str = "", until: Callable[[], bool] = lambda: True
    ) -> None:
        """Send a message, then read until a run has ended and `until` holds.

        The first end of a run may belong to an earlier message. If the client then sent again, each message would make
        one more run, which no browser asks for.
        """
        await self._socket.send(self._message(fragment, states, page_name).SerializeToString())
        while await self._receive() != "script_finished" or not until():
            pass

    async def _receive(self) -> str | None:
        """Read one message of the server, and return its kind."""
        answer = ForwardMsg()
        answer.ParseFromString(await asyncio.wait_for(self._socket.recv(), PATIENCE))
        kind = answer.WhichOneof("type")
        if kind == "navigation":
            self._page = answer.navigation.page_script_hash
            self.pages = {page.url_pathname for page in answer.navigation.app_pages if not page.is_hidden}
        elif kind == "new_session":
            self.session.CopyFrom(answer.new_session)
        elif kind == "delta":
            self._read(answer.delta)
        return kind

    def _message(self, fragment: str, states: list[WidgetState], page_name: str = "") -> BackMsg:
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash, run.page_name = self.query, self._page, page_name
        run.fragment_id = fragment
        for state in states:
            run.widget_states.widgets.add().CopyFrom(state)
        return message

    def _read(self, delta: Any) -> None:
        self.drawn.append(delta.new_element)
        if delta.new_element.WhichOneof("type") == "button":
            self._buttons[delta.new_element.button.label] = delta.new_element.button.id
        if delta.new_element.WhichOneof("type") != "bidi_component":
            return
        component = delta.new_element.bidi_component
        data = json.loads(component.json)[0] if component.json else {}
        if "queue" in data:  # the pad; the page has other components
            self._pad = component.id, delta.fragment_id
            self.acked = max(self.acked, data["acks"].get(self.name, 0))
            self.queue = [entry["row"] for entry in data["queue"]]
            for entry in data["queue"]:
                self._asked[entry["row"]] = {"model": entry.get("model", data["model"]), "step": entry["step"]}
        elif "status_url" in data:
            self._pulse = component.id, delta.fragment_id
            self.status_url, self.work = data["status_url"], data["seen"]["work"]
            self.urgent = data["seen"].get("urgent")

"""Runs the app with a clock at its websocket, for benchmarks: a line in the file of DAMI_CLOCK for each stored label.

A time that a client measures includes the client's own waiting, which is long if it runs on the server's cores.
"""

import os
import sys
import time
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dami.ui import start  # noqa: E402


class Clock:
    """Measures milliseconds from a message with labels to the end of the run that answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.file = Path(os.environ["DAMI_CLOCK"]).open("a", buffering=1)  # noqa: SIM115 - as long as the server runs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        came: list[float] = []

        async def heard() -> Message:
            message = await receive()
            if b'"outbox"' in (message.get("bytes") or b""):
                came.append(time.perf_counter())
            return message

        async def told(message: Message) -> None:
            await send(message)
            data = message.get("bytes") or b""
            if came and ForwardMsg.FromString(data).WhichOneof("type") == "script_finished":
                self.file.write(f"{1000 * (time.perf_counter() - came.pop(0)):.1f}\n")

        await self.app(scope, heard, told)


app = st.App(
    ROOT / "dami" / "ui" / "main.py",
    routes=start.routes(),
    lifespan=start.lifespan,
    middleware=[Middleware(Clock)],
)

"""The server's routes beside Streamlit's own, for what scripts in the browser fetch."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dami.errors import DamiError, ProjectError
from dami.store import annotations, jobs, models, projects, rooms
from dami.store.records import Project
from dami.store.revisions import looking
from dami.ui.access import locks
from dami.ui.addresses import address, script
from dami.workspace.annotating import model_guess, near_duplicates, row_cards
from dami.workspace.exploring import map_colors, maps
from dami.workspace.projects import labels
from dami.workspace.transfer import model_files, predict_new_rows

FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-store"}
MOST_ROWS = 100
MOST_SESSIONS = 10_000
PAUSE_MS, MOST_PAUSE_MS = 50, 2000
ASKING_SECONDS = 5.0

_sessions: dict[str, str] = {}  # what a browser calls its session -> the session's own name, which is kept from it
_asked: dict[str, float] = {}  # the same name -> when it last asked how the work is


def serve_script(request: Request) -> Response:
    body = script(request.path_params["name"])
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type="text/javascript", headers={**FOREVER, "Content-Encoding": "gzip"})


def _of_project(answer: Callable[[Project, Request], Response]) -> Callable[[Request], Response]:
    """A route below a project: it exists, the asking page is ours, and errors are sentences.

    Whoever knows the unguessable id may see the project; a page of another site cannot use a visitor's browser for it.
    """

    def endpoint(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        try:
            with looking():
                return answer(projects.get(request.path_params["project"]), request)
        except ProjectError as error:
            return JSONResponse({"error": str(error)}, 404, headers=FRESH)
        except DamiError as error:
            return JSONResponse({"error": str(error)}, 400, headers=FRESH)

    return endpoint


def status(project: Project, request: Request) -> Response:
    """Jobs under way, and a mark that changes when pages have something new to show."""
    listed = jobs.shown(project.id, detail=project.mode != "workshop")
    return JSONResponse(
        {
            "seen": seen(project),
            "alive": is_alive(request.query_params.get("tab", "")),
            "pause": _pause(request.query_params.get("tab", "")),
            "jobs": [
                {
                    "id": job.id,
                    "kind": job.kind,
                    "state": job.state,
                    "progress": job.progress,
                    "message": job.message,
                    "history": job.history,
                }
                for job in listed
                if job.is_active or job.state == "failed"
            ],
        },
        headers=FRESH,
    )


def _pause(asking: str) -> int:
    """Milliseconds until a tab is to ask again while there is work: fewer for one, more for each of many."""
    now = time.monotonic()
    _asked[asking] = now
    for token in [token for token, at in list(_asked.items()) if at < now - ASKING_SECONDS]:
        _asked.pop(token, None)
    return min(MOST_PAUSE_MS, PAUSE_MS * max(1, len(_asked) // 2))


def tab() -> str:
    """A name for the session that runs this script, which the browser may ask about."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    token = str(st.session_state.setdefault("tab", secrets.token_urlsafe(12)))
    _sessions[token] = context.session_id
    while len(_sessions) > MOST_SESSIONS:
        del _sessions[next(iter(_sessions))]
    return token


def is_alive(token: str) -> bool:
    """Whether the session that drew a page is still there to hear of it.

    It is not once the server was started anew, or has given up a browser that was away. Streamlit's page goes on to
    send what concerns a part of it, which the new session has never drawn and passes over in silence.
    """
    return runtime.exists() and runtime.get_instance().is_active_session(_sessions.get(token, ""))


def seen(project: Project) -> dict[str, Any]:
    """What pages show of a project, in short: its newest network, map, failure, files; how far tabs were heard."""
    model = models.latest(project.id)
    state = f"{model.number}.{model.map_name}.{model.summary.is_measured}" if model else "none"
    training = jobs.latest(project.id, "train")
    failed = training.id if training is not None and training.state == "failed" else 0
    packing = jobs.latest(project.id, model_files.KIND)
    packed = packing.id if packing is not None and packing.state == "done" else 0
    predicting_ = jobs.latest(project.id, predict_new_rows.KIND)
    predicted = predicting_.id if predicting_ is not None and not predicting_.is_active else 0
    if project.mode == "workshop" and (room := rooms.of_project(project.id)) is not None:
        # To a class of thirty it is no news what others answer, how good the network is, or that its map is drawn (the
        # next network brings it along); that the room closes is.
        urgent = f"{model is not None}.{failed}.{room.closed}"
        return {"work": f"{urgent}.{model.number if model else None}", "urgent": urgent, "acks": {}}
    return {"work": f"{state}.{failed}.{packed}.{predicted}", "acks": annotations.acks(project.id)}


def cards(project: Project, request: Request) -> Response:
    wanted = [_whole(row) for row in request.query_params.get("rows", "").split(",")[:MOST_ROWS] if row]
    number = request.query_params.get("model")
    return JSONResponse({"rows": row_cards.cards(project, wanted, _whole(number) if number else None)}, headers=FRESH)


def _whole(text: str) -> int:
    """A row or model number from an address.

    Raises
    ------
    ProjectError
        If it is none.
    """
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ProjectError(f"{text[:20]!r} is no number of a row or a network.")
    return int(text)


def found(project: Project, request: Request) -> Response:
    return JSONResponse({"rows": row_cards.search(project, request.query_params.get("q", "")[:200])}, headers=FRESH)


def hidden_label(project: Project, request: Request) -> Response:
    return JSONResponse({"class": labels.oracle(project, _whole(request.query_params.get("row", "")))}, headers=FRESH)


def guessed(project: Project, request: Request) -> Response:
    return JSONResponse(model_guess.guess(project, _whole(request.query_params.get("row", ""))), headers=FRESH)


def alike(project: Project, request: Request) -> Response:
    return JSONResponse(near_duplicates.twins(project, _whole(request.query_params.get("row", ""))), headers=FRESH)


def positions(project: Project, request: Request) -> Response:
    body = maps.positions(project.id, request.path_params["name"])
    return Response(body, media_type="application/octet-stream", headers=FOREVER)


def colors(project: Project, request: Request) -> Response:
    body = map_colors.colors(project, request.query_params.get("by", ""))
    return Response(body, media_type="application/json", headers=FRESH)


def routes() -> list[Route]:
    below: dict[str, Callable[[Project, Request], Response]] = {
        "status": status,
        "rows": cards,
        "search": found,
        "truth": hidden_label,
        "guess": guessed,
        "twins": alike,
        "map/{name}.bin": positions,
        "colors": colors,
    }
    return [
        *_signing_in(),
        Route(address("js/{version}/{name:path}"), serve_script),
        *(Route(address(f"p/{{project}}/{path}"), _of_project(answer)) for path, answer in below.items()),
    ]


def _signing_in() -> list[Route]:
    if not locks.is_locked():
        return []
    from dami.ui.access import sign_in

    return sign_in.routes()


def project_address(project: Project, path: str) -> str:
    return address(f"p/{project.id}/{path}")

"""Answers the requests of the scripts in the browser, on routes beside Streamlit's own."""

import re
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dami.errors import DamiError, ProjectError
from dami.store import jobs, projects
from dami.store.records import Job, Project
from dami.store.revisions import looking
from dami.ui import news, sessions
from dami.ui.access import locks
from dami.ui.addresses import route_address, script
from dami.ui.wire import JobProgress, Status
from dami.workspace.annotating import model_guess, near_duplicates, row_cards
from dami.workspace.exploring import map_colors, maps
from dami.workspace.projects import labels

FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-store"}
MOST_ROWS = 100


def serve_script(request: Request) -> Response:
    body = script(request.path_params["name"])
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type="text/javascript", headers={**FOREVER, "Content-Encoding": "gzip"})


def _of_project(answer: Callable[[Project, Request], Response]) -> Callable[[Request], Response]:
    """Make a route below a project: it finds the project, refuses pages of other sites, and answers errors in words.

    Nobody can guess the id, so everybody who knows it may see the project. A page of another site cannot use a
    visitor's browser to read it.
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
    """Answer with the jobs under way, and with marks that change when pages have something new to show."""
    listed = jobs.shown(project.id, detail=project.mode != "workshop")
    token = request.query_params.get("tab", "")
    answer: Status = {
        "seen": news.marks(project),
        "alive": sessions.is_alive(token),
        "pause": sessions.pause_ms(token),
        "jobs": [_progress(job) for job in listed if job.is_active or job.state == "failed"],
    }
    return JSONResponse(answer, headers=FRESH)


def _progress(job: Job) -> JobProgress:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "message": job.message,
        "history": job.history,
        "steps": job.steps,
    }


def cards(project: Project, request: Request) -> Response:
    wanted = [_whole(row) for row in request.query_params.get("rows", "").split(",")[:MOST_ROWS] if row]
    number = request.query_params.get("model")
    return JSONResponse({"rows": row_cards.cards(project, wanted, _whole(number) if number else None)}, headers=FRESH)


def _whole(text: str) -> int:
    """Return the number of a row or a model from an address.

    Raises
    ------
    ProjectError
        If the text is not a whole number.
    """
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ProjectError(f"{text[:20]!r} is no number of a row or a network.")
    return int(text)


def hits(project: Project, request: Request) -> Response:
    return JSONResponse({"rows": row_cards.search(project, request.query_params.get("q", "")[:200])}, headers=FRESH)


def hidden_label(project: Project, request: Request) -> Response:
    return JSONResponse({"class": labels.oracle(project, _whole(request.query_params.get("row", "")))}, headers=FRESH)


def guessed(project: Project, request: Request) -> Response:
    return JSONResponse(model_guess.guess(project, _whole(request.query_params.get("row", ""))), headers=FRESH)


def duplicates(project: Project, request: Request) -> Response:
    return JSONResponse(near_duplicates.find(project, _whole(request.query_params.get("row", ""))), headers=FRESH)


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
        "search": hits,
        "truth": hidden_label,
        "guess": guessed,
        "near-duplicates": duplicates,
        "map/{name}.bin": positions,
        "colors": colors,
    }
    return [
        *_signing_in(),
        Route(route_address("js/{version}/{name:path}"), serve_script),
        *(Route(route_address(f"p/{{project}}/{path}"), _of_project(answer)) for path, answer in below.items()),
    ]


def _signing_in() -> list[Route]:
    if not locks.is_locked():
        return []
    from dami.ui.access import sign_in

    return sign_in.routes()

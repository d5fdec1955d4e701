"""Draws the map of a project: a picture of its rows, from the space in which the next rows are picked."""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dami.errors import ProjectError
from dami.store import annotations, files, models, projects, rooms
from dami.store.records import Job, JobKind, Lane, Model, Project
from dami.views.bitsets import encode_rows
from dami.views.colors import class_color
from dami.views.positions import pack_positions
from dami.views.projection import MAX_ROWS
from dami.workspace.exploring.map_wire import MapColors, MapData
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects.labels import class_list, excluded, known
from dami.workspace.projects.stored_tables import table
from dami.workspace.training.encoded_pool import VERSION, encoded
from dami.workspace.training.model_arrays import artifacts

LANE: Lane = "map"
KIND: JobKind = "map"
NAME = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class MapRequest(Request):
    """The request for a map, as its job stores it: the number of the model to draw."""

    model: int


def start(project_id: str, number: int) -> int:
    """Ask a worker for the map of a model and return the id of the job."""
    return MapRequest(number).submit(project_id, LANE, KIND)


def run(job: Job) -> None:
    """Draw the map of a model with UMAP: from the representation, or from the encoded rows at the cold start."""
    from dami.networks.regions import linear_regions
    from dami.views.projection import project_map, rows_on_map

    project = projects.get(job.project)
    report = Reporter(job.id)
    number = MapRequest.of(job).model
    latest = models.latest(project.id)
    if latest is None or latest.number != number:
        return  # a newer network gets a map of its own
    report(0.05, "Reading the local models")
    if not latest.has_seen(project.table_id) or latest.summary.encoding != VERSION:
        return  # the next network sees the rows that were appended since, in today's encoding, and gets a map
    layers = artifacts(project.id, number).layers
    if layers is None and latest.is_trained:
        raise ProjectError("The network's file is gone or damaged: train again to make it anew.")
    pool = encoded(project)
    current = annotations.current(project.id)
    gone = np.array(excluded(current), dtype=int)
    kept = np.setdiff1d(np.arange(len(pool.X)), gone)
    # Answered and picked rows are always on the map, even if it holds only a sample of the rows.
    wanted = np.array(sorted({*known(project, current), *current, *latest.selection.rows} - set(gone.tolist())), int)
    rows = kept[rows_on_map(len(kept), np.searchsorted(kept, wanted))]
    X = pool.X[rows]
    points = X if layers is None else linear_regions(layers, X).representation
    report(0.3, "Drawing the map")
    previous = _previous(project.id, number)
    positions = np.full((len(pool.X), 2), np.nan, np.float32)
    positions[rows] = project_map(points, None if previous is None else _with_new_rows(previous, len(positions))[rows])
    _publish(project.id, number, positions, "umap")


def _with_new_rows(positions: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the positions with NaN for rows that were appended since, (n_rows, 2)."""
    return np.concatenate([positions, np.full((n_rows - len(positions), 2), np.nan, np.float32)])


def preview(project_id: str, number: int, points: np.ndarray, wanted: Sequence[int]) -> None:
    """Store a map of the principal components if there is no map yet, because the first UMAP takes a while to compile.

    Parameters
    ----------
    points : (n_rows, p)
    wanted : rows that must be on the map, even if it holds only a sample of the rows
    """
    from dami.views.projection import pca_map, rows_on_map

    if newest(project_id) is None:
        rows = rows_on_map(len(points), wanted)
        positions = np.full((len(points), 2), np.nan, np.float32)
        positions[rows] = pca_map(points[rows])
        _publish(project_id, number, positions, "preview")


def warm_up() -> None:
    """Compile what drawing needs before the first map is asked for."""
    from dami.views.projection import warm_up as warm

    warm()


def _previous(project_id: str, number: int) -> np.ndarray | None:
    """Return the positions of the last network's map; the cold start's map is not used, for it shows another space."""
    for model in _backwards(project_id):
        if model.number < number and _is_umap(model) and model.is_trained:
            with contextlib.suppress(ProjectError):  # gone or spoilt: maps are a cache
                return np.array(files.read_array(_folder(project_id) / f"{_key(model.map_name)}.npy"))
    return None


def _backwards(project_id: str) -> Iterator[Model]:
    """Yield the project's models, newest first."""
    model = models.latest(project_id)
    while model is not None:
        yield model
        model = models.before(project_id, model.number)


def _publish(project_id: str, number: int, positions: np.ndarray, kind: str) -> None:
    """Store the positions, and a compact copy for browsers, under a name that is a hash of the content."""
    blob = pack_positions(positions)
    name = hashlib.sha256(blob).hexdigest()[:24]
    files.write_array(_folder(project_id) / f"{name}.npy", np.asarray(positions, dtype=np.float32))
    files.write_atomic(_folder(project_id) / f"{name}.bin", blob)
    models.set_map(project_id, number, f"{kind}-{name}")


def _folder(project_id: str) -> Path:
    return files.project_dir(project_id) / "maps"


def _key(map_name: str | None) -> str:
    return (map_name or "").partition("-")[2]


def _is_umap(model: Model) -> bool:
    return bool(model.map_name) and str(model.map_name).startswith("umap-")


# ---- read by pages --------------------------------------------------------------------------------------------------


def newest(project_id: str, held: int | None = None) -> Model | None:
    """Return the newest model with a map, or the model number `held` if that one has a map."""
    pictured = (model for model in _backwards(project_id) if model.map_name)
    last = next(pictured, None)
    if held is None or last is None or held >= last.number:
        return last
    return next((model for model in pictured if model.number == held), last)


def newest_positions(project_id: str) -> np.ndarray | None:
    """Return the positions on the newest map, (n_rows, 2), NaN for rows that are not on it; None without a map."""
    model = newest(project_id)
    if model is None:
        return None
    with contextlib.suppress(ProjectError):  # gone or spoilt: maps are a cache
        return np.array(files.read_array(_folder(project_id) / f"{_key(model.map_name)}.npy"))
    return None


def caption(
    model: Model | None,
    last: Model | None = None,
    on_map: int | None = None,
    n_rows: int | None = None,
    stays: bool = False,
) -> str:
    """Return one line that says what the map shows.

    Parameters
    ----------
    last : the newest model with a map, which differs from `model` if a map is held
    on_map, n_rows : number of rows that the map can show, and number of rows of the table
    stays : whether the first map is the only one that will be drawn
    """
    if model is None:
        return "The map is being drawn."
    sample = ""
    if on_map is not None and n_rows is not None and on_map < n_rows:
        sample = f" A sample of {on_map:,} of {n_rows:,} rows, all labelled and asked ones among them."
    if last is not None and last.number > model.number:
        shown = f"network {model.number}" if model.is_trained else "the cold start"
        return f"Held: the map of {shown}, while the newest is that of network {last.number}.{sample}"
    space = f"the local models of network {model.number}" if model.is_trained else "the encoded rows (no network yet)"
    if not _is_umap(model) and stays:
        return f"The main directions (PCA) of {space}. Near means alike.{sample}"
    if not _is_umap(model):
        return f"First picture (PCA) of {space}; the UMAP map follows."
    first = model.is_trained and model.number == 1
    news = " The first of this kind: before, it showed the encoded rows." if first else ""
    return f"UMAP of {space}. Near means alike; a map in the plane cannot keep every distance.{news}{sample}"


def positions(project_id: str, name: str) -> bytes:
    if not NAME.fullmatch(name):
        raise ProjectError("There is no such map.")
    try:
        return (_folder(project_id) / f"{name}.bin").read_bytes()
    except OSError:
        raise ProjectError("This map is gone: train the network again to draw it anew.") from None


def data(project: Project, colors: MapColors | None = None, held: int | None = None) -> MapData:
    """Return all data that the map shows.

    Parameters
    ----------
    held : number of the model whose map stays, even if newer networks have maps
    """
    model = newest(project.id, held)
    last = newest(project.id)
    current = annotations.current(project.id)
    labels = known(project, current)
    rows = list(labels)
    gone = excluded(current)
    name = _key(model.map_name) if model else None
    n = len(table(project.table_id))
    return {
        "project": project.id,
        "n": n,
        "name": name,
        "model": model.number if model else None,
        "caption": caption(model, last, min(n, MAX_ROWS), n, stays=rooms.is_copy(project)),
        "classes": [{"id": c.id, "name": c.name, "color": class_color(c.id)} for c in class_list(project.id).shown],
        "labels": {"rows": rows, "classes": [labels[row] for row in rows]},
        "gone": encode_rows(gone, n) if gone else None,
        "colors": colors,
    }

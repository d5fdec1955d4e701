"""The map of a project: a picture of its rows in the space that the current network chooses in."""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from dami.errors import ProjectError
from dami.store import annotations, files, models, projects, rooms
from dami.store.records import Job, Model, Project
from dami.views.bitsets import encode_rows
from dami.views.colors import class_color
from dami.views.positions import pack_positions
from dami.views.projection import MAX_ROWS
from dami.workspace.jobs.progress import Reporter
from dami.workspace.projects.labels import class_list, known
from dami.workspace.projects.stored_tables import table
from dami.workspace.training.encoded_pool import FIRST_VERSION, VERSION, encoded
from dami.workspace.training.model_arrays import artifacts

NAME = re.compile(r"[0-9a-f]{24}")


def run(job: Job) -> None:
    """Draw the map of a model: by UMAP of its local models, or of the encoded rows before there is a network."""
    from dami.networks.regions import linear_regions
    from dami.views.projection import project_map, rows_on_map

    project = projects.get(job.project)
    report = Reporter(job.id)
    number = int(job.payload["model"])
    latest = models.latest(project.id)
    if latest is None or latest.number != number:
        return  # a newer network has its own map coming
    report(0.05, "Reading the local models")
    learnt = latest.summary.get("table", project.table_id), latest.summary.get("encoding", FIRST_VERSION)
    if learnt != (project.table_id, VERSION):
        return  # the next network sees the rows that came since, and as they are encoded now
    layers = artifacts(project.id, number).layers
    if layers is None and latest.summary.get("classes"):
        raise ProjectError("The network's file is gone or damaged: train again to make it anew.")
    pool = encoded(project)
    current = annotations.current(project.id)
    gone = np.array([row for row, event in current.items() if event.action == "discard"], dtype=int)
    kept = np.setdiff1d(np.arange(len(pool.X)), gone)
    # What a person looks for is always on the map, also where it holds a sample of the rows only.
    wanted = np.array(sorted({*known(project, current), *current, *latest.selection["rows"]} - set(gone.tolist())), int)
    rows = kept[rows_on_map(len(kept), np.searchsorted(kept, wanted))]
    X = pool.X[rows]
    points = X if layers is None else linear_regions(layers, X).representation
    report(0.3, "Drawing the map")
    previous = _previous(project.id, number)
    positions = np.full((len(pool.X), 2), np.nan, np.float32)
    positions[rows] = project_map(points, None if previous is None else _grown(previous, len(positions))[rows])
    _publish(project.id, number, positions, "umap")


def _grown(positions: np.ndarray, n_rows: int) -> np.ndarray:
    """Positions with NaN for rows that were appended since, (n_rows, 2)."""
    return np.concatenate([positions, np.full((n_rows - len(positions), 2), np.nan, np.float32)])


def preview(project_id: str, number: int, points: np.ndarray, wanted: Sequence[int]) -> None:
    """Show the principal components at once where there is no picture yet: compiling UMAP takes a while.

    Parameters
    ----------
    points : (n_rows, p)
    wanted : rows that are to be on the picture, also where it holds a sample
    """
    from dami.views.projection import pca_map, rows_on_map

    if newest(project_id) is None:
        rows = rows_on_map(len(points), wanted)
        positions = np.full((len(points), 2), np.nan, np.float32)
        positions[rows] = pca_map(points[rows])
        _publish(project_id, number, positions, "preview")


def warm_up() -> None:
    """Have the compiled parts ready before the first map is asked for."""
    from dami.views.projection import warm_up as warm

    warm()


def _previous(project_id: str, number: int) -> np.ndarray | None:
    """The last map of a network: a cold start's map shows another space, so nothing is carried over from it."""
    for model in _backwards(project_id):
        if model.number < number and _is_umap(model) and model.summary.get("classes"):
            with contextlib.suppress(ProjectError):  # gone or spoilt: maps are a cache
                return np.array(files.read_array(_folder(project_id) / f"{_key(model.map_name)}.npy"))
    return None


def _backwards(project_id: str) -> Iterator[Model]:
    """The project's models, newest first."""
    model = models.latest(project_id)
    while model is not None:
        yield model
        model = models.before(project_id, model.number)


def _publish(project_id: str, number: int, positions: np.ndarray, kind: str) -> None:
    """Store positions, and the compact copy that browsers load, under a name made of the content."""
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
    """The latest model that has a picture; if a map is held, its model, as long as the picture is there."""
    pictured = (model for model in _backwards(project_id) if model.map_name)
    last = next(pictured, None)
    if held is None or last is None or held >= last.number:
        return last
    return next((model for model in pictured if model.number == held), last)


def newest_positions(project_id: str) -> np.ndarray | None:
    """The picture of `newest`, (n_rows, 2), NaN for rows that are not on it; None where there is none."""
    model = newest(project_id)
    if model is None:
        return None
    with contextlib.suppress(ProjectError):  # gone or spoilt: maps are a cache
        return np.array(files.read_array(_folder(project_id) / f"{_key(model.map_name)}.npy"))
    return None


def can_hold(model: Model | None) -> bool:
    """Whether a picture is worth holding: a first one that UMAP is about to replace is not."""
    return model is not None and _is_umap(model)


def caption(
    model: Model | None,
    last: Model | None = None,
    on_map: int | None = None,
    n_rows: int | None = None,
    stays: bool = False,
) -> str:
    """What the picture shows, in one line.

    Parameters
    ----------
    last : the newest model with a picture, where another one is held
    on_map, n_rows : rows that it can show, of how many
    stays : whether a first picture is the only one that there will be
    """
    if model is None:
        return "The map is being drawn."
    sample = ""
    if on_map is not None and n_rows is not None and on_map < n_rows:
        sample = f" A sample of {on_map:,} of {n_rows:,} rows, all labelled and asked ones among them."
    if last is not None and last.number > model.number:
        shown = f"network {model.number}" if model.summary.get("classes") else "the cold start"
        return f"Held: the map of {shown}, while the newest is that of network {last.number}.{sample}"
    space = (
        f"the local models of network {model.number}"
        if model.summary.get("classes")
        else "the encoded rows (no network yet)"
    )
    if not _is_umap(model) and stays:
        return f"The main directions (PCA) of {space}. Near means alike.{sample}"
    if not _is_umap(model):
        return f"First picture (PCA) of {space}; the UMAP map follows."
    first = model.summary.get("classes") and model.number == 1
    news = " The first of this kind: before, it showed the encoded rows." if first else ""
    return f"UMAP of {space}. Near means alike; a map in the plane cannot keep every distance.{news}{sample}"


def positions(project_id: str, name: str) -> bytes:
    if not NAME.fullmatch(name):
        raise ProjectError("There is no such map.")
    try:
        return (_folder(project_id) / f"{name}.bin").read_bytes()
    except OSError:
        raise ProjectError("This map is gone: train the network again to draw it anew.") from None


def data(project: Project, colors: dict | None = None, held: int | None = None) -> dict:
    """What the map component needs, but for addresses: see ``dami/ui/components/map/map.js``.

    Parameters
    ----------
    held : the number of the model whose map is to stay, whatever has been trained since
    """
    model = newest(project.id, held)
    last = newest(project.id)
    current = annotations.current(project.id)
    labels = known(project, current)
    rows = list(labels)
    gone = [row for row, event in current.items() if event.action == "discard"]
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

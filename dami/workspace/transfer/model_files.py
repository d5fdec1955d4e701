"""Writes a project's network and encoder to files, for DAMI and as ONNX; a worker does so when somebody asks."""

from pathlib import Path

from dami.errors import ProjectError
from dami.store import classes, files, jobs, models, projects
from dami.store.records import Job, JobKind, Model, Project
from dami.workspace.jobs.progress import Reporter
from dami.workspace.training import rounds
from dami.workspace.training.encoded_pool import fitted_encoder
from dami.workspace.training.model_arrays import artifacts

KIND: JobKind = "model file"
DAMI, ONNX = "model.dami", "network.onnx.zip"


def prepare(project: Project) -> None:
    jobs.submit(project.id, rounds.LANE, KIND)


def ready(project: Project) -> bool:
    """Return whether the newest network's files are there."""
    model = models.latest(project.id)
    return model is not None and all(path(project, model.number, name).is_file() for name in (DAMI, ONNX))


def read(project: Project, name: str = DAMI) -> bytes:
    model = rounds.require_trained(project)
    try:
        return path(project, model.number, name).read_bytes()
    except OSError:
        raise ProjectError("The model file is not prepared yet: press the button that prepares it.") from None


def read_onnx(project: Project) -> bytes:
    return read(project, ONNX)


def path(project: Project, number: int, name: str = DAMI) -> Path:
    return files.model_dir(project.id, number) / name


def run(job: Job) -> None:
    report = Reporter(job.id)
    project = projects.get(job.project)
    pack(project, rounds.require_trained(project), report)


def pack(project: Project, model: Model, report: Reporter) -> None:
    """Write the files of a network; the encoder is fitted again, since the project stores only its result."""
    from dami.networks.mlp import MLP
    from dami.selection.model_file import Model as ModelOfFile
    from dami.selection.model_file import save_model
    from dami.selection.onnx_file import save_onnx

    rounds.require_same_table(project, model)
    layers = artifacts(project.id, model.number).layers
    if layers is None:
        raise ProjectError("The stored network is gone: train it again.")
    report(0.1, "Reading the table again")
    encoder = fitted_encoder(project)
    report(0.6, "Packing the model")
    names = {entry.value: entry.name for entry in classes.list_classes(project.id)}
    network = MLP.from_layers(layers, [names[value] for value in model.summary.classes])
    packed = ModelOfFile(encoder, network)
    with files.atomic_file(path(project, model.number, ONNX)) as handle:
        save_onnx(handle, packed)
    with files.atomic_file(path(project, model.number)) as handle:
        save_model(handle, packed, {"target": project.target, "labels": model.n_labeled})

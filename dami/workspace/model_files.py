"""The model file of a project: the network and its encoder, packed by a worker when somebody wants it."""

from pathlib import Path

from dami.errors import ProjectError
from dami.store import classes, files, jobs, models, projects
from dami.store.records import Job, Project
from dami.workspace import rounds
from dami.workspace.artifacts import artifacts
from dami.workspace.encoding import fitted_encoder
from dami.workspace.reporting import Reporter

KIND = "model file"


def prepare(project: Project) -> None:
    jobs.submit(project.id, rounds.LANE, KIND)


def ready(project: Project) -> bool:
    """Whether the newest network's file is there."""
    model = models.latest(project.id)
    return model is not None and _path(project, model.number).is_file()


def read(project: Project) -> bytes:
    model = rounds.require_trained(models.latest(project.id))
    try:
        return _path(project, model.number).read_bytes()
    except OSError:
        raise ProjectError("The model file is not prepared yet: press the button that prepares it.") from None


def run(job: Job) -> None:
    """Pack the newest network; the encoder is fitted again from the table, as the project keeps only its result."""
    from dami.networks.mlp import MLP
    from dami.selection.model_file import Model, save_model

    project = projects.get(job.project)
    model = rounds.require_trained(models.latest(project.id))
    rounds.require_same_table(project, model)
    layers = artifacts(project.id, model.number).layers
    if layers is None:
        raise ProjectError("The stored network is gone: train it again.")
    report = Reporter(job.id)
    report(0.1, "Reading the table again")
    encoder = fitted_encoder(project)
    report(0.7, "Packing the model")
    names = {entry.value: entry.name for entry in classes.list_classes(project.id)}
    network = MLP.from_layers(layers, [names[value] for value in model.summary["classes"]])
    with files.atomic_file(_path(project, model.number)) as handle:
        save_model(handle, Model(encoder, network), {"target": project.target, "labels": model.n_labeled})


def _path(project: Project, number: int) -> Path:
    return files.model_dir(project.id, number) / "model.dami"

"""Makes the stored records of a round: picks, facts of the network, changed predictions, covering radii."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dami.errors import ProjectError
from dami.store import models
from dami.store.model_records import Changed, CoveringRadii, DerivedSetting, Pick, StoredSelection, Summary
from dami.store.records import Event, Project
from dami.workspace.projects.labels import class_list, predictions
from dami.workspace.training.encoded_pool import Encoded
from dami.workspace.training.model_arrays import Artifacts
from dami.workspace.training.quality import untested_classes

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner
    from dami.selection.strategies import Selection

MOST_PRODUCTS = 2 * 10**10  # numbers compared for the radii of all prefixes: about ten seconds
MOST_POINTS = 60  # of a curve


def stored_selection(selection: "Selection") -> StoredSelection:
    picks = []
    for k, row in enumerate(selection.indices.tolist()):
        reason = selection.explain(k)
        pick = Pick(
            row=row,
            distance=float(selection.distances[k]),
            nearest=int(selection.nearest[k]),
            radius=float(selection.radii[k]),
            space=str(selection.space[k]),
            reason=reason.text,
            sentence=reason.sentence,
            named=reason.row,
            numbers=reason.numbers,
        )
        picks.append(pick)
    return StoredSelection(selection.strategy, tuple(picks))


def describe_network(
    summary: Summary, learner: "ActiveLearner", pool: Encoded, labels: np.ndarray, place: Artifacts
) -> Summary:
    """Write the arrays of a network that the pages need, and return the summary with the network's facts."""
    from dami.selection.explain import contributions, nearest_centers

    network, regions = learner.network_, learner.regions_
    assert network is not None and regions is not None
    place.write_network(network.layers_)
    values, columns = contributions(network, pool.X, pool.columns_of, regions)
    centers = np.flatnonzero([label is not None for label in labels])
    distances, nearest = nearest_centers(regions.representation, centers)
    place.write(
        probabilities=network.predict_proba(pool.X).astype(np.float32),
        contributions=values.astype(np.float32),
        distances=distances.astype(np.float32),
        nearest=nearest.astype(np.int32),
        regions=regions.region_ids.astype(np.int32),
    )
    shared = np.bincount(regions.region_ids, minlength=regions.n_regions)
    return replace(
        summary,
        classes=tuple(str(name) for name in network.classes_),
        columns=tuple(str(name) for name in columns),
        n_regions=int(regions.n_regions),
        rows_alone_in_region=int((shared == 1).sum()),
        largest_region=int(shared.max()),
        n_parameters=int(network.n_parameters_),
        layer_sizes=(int(pool.X.shape[1]), *(len(bias) for _, bias in network.layers_)),
        derived=tuple(DerivedSetting(**setting) for setting in network.derived_),
        untested=untested_classes(learner, labels),
    )


def changes(project: Project, values: Sequence[str], place: Artifacts, discarded: list[int]) -> Changed | None:
    """Count the rows whose prediction differs from the last network's, and store which; None without a last network."""
    before = models.trained(project.id)
    if before is None:
        return None
    try:
        then = predictions(project, before)
    except ProjectError:  # its arrays are a cache, which may be gone
        return None
    by_value = class_list(project.id).by_value
    shares = place.probabilities
    assert shares is not None
    now = np.array([by_value[value].id for value in values])[shares.argmax(1)]
    known_then = then.codes >= 0
    known_then[discarded] = False
    changed = known_then & (np.array([entry.id for entry in then.classes])[then.codes] != now)
    place.write(changed=changed)
    return Changed(int(changed.sum()), int(known_then.sum()), before.number)


def covering_radii(
    learner: "ActiveLearner", labels: dict[int, int], current: Mapping[int, Event], discarded: list[int]
) -> CoveringRadii | None:
    """Return the covering radius after each label, all under this network: radii of two networks do not compare."""
    from dami.selection.stopping import prefix_radii

    assert learner.regions_ is not None
    points = learner.regions_.representation
    events = {row: event.id for row, event in current.items()}
    order = sorted(labels, key=lambda row: (events.get(row, 0), row))  # imported labels were there first
    if not order or len(order) * points.size > MOST_PRODUCTS:
        return None
    radii = prefix_radii(points, np.array(order), np.setdiff1d(np.arange(len(points)), discarded))
    first = max(1, sum(row not in events for row in labels))
    steps = np.unique(np.linspace(first, len(order), MOST_POINTS).astype(int))
    return CoveringRadii(tuple(steps.tolist()), tuple(radii[steps - 1].tolist()))

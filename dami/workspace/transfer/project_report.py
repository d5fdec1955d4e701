"""Makes the report of a project: what was labelled, by whom, how good the network became, and how it was made."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import dami
from dami import wording
from dami.store import annotations, audits, models, projects
from dami.store.events import ACTIONS, Action, Source
from dami.store.records import Event, Mode, Model, Project
from dami.studies.rivals import CAUTION
from dami.views.colors import class_color
from dami.views.report_page import Chapter, Dotted, curve, dots, report_page
from dami.workspace.annotating import stopping_advice
from dami.workspace.annotating.corrections import second_look
from dami.workspace.comparing import rivals_job
from dami.workspace.exploring import maps
from dami.workspace.projects.labels import class_list, excluded, imported, known, predictions
from dami.workspace.projects.stored_tables import table
from dami.workspace.training import class_evidence, reliability

SOURCE_WORDS: dict[Source, str] = {
    "human": "by hand",
    "oracle": "by the labels that the table came with, asked to answer",
    "imported": "imported from a file",
}
MODE_WORDS: dict[Mode, str] = {
    "label": "labelled for real",
    "practise": "practised on: the labels that the table came with were hidden",
    "workshop": "labelled in a workshop: the labels that the table came with were held back",
}


def page(project: Project) -> bytes:
    """Return the report as an HTML file."""
    project = projects.get(project.id)
    frame = table(project.table_id)
    labels, current = known(project), annotations.current(project.id)
    model = models.trained(project.id)
    quality = model.summary.quality if model else None
    share = len(labels) / len(frame)
    figures = [
        (f"{len(frame):,}", "rows in the table"),
        (f"{len(labels):,}", f"labelled ({share:.1%})"),
        (f"{sum(event.action == 'label' for event in current.values()):,}", "of them labelled here"),
    ]
    audit = stopping_advice.status(project).audit
    if audit is not None and audit.complete:
        figures.append(("{:.0%} to {:.0%}".format(*audit.bounds), "accuracy on the rest, by an audit (95 %)"))
    elif quality:
        kind = "on the rows held back" if quality.kind == "hidden" else "cross-validated, see below"
        figures.append((f"{quality.accuracy:.1%}", f"accuracy, {kind}"))
    lead = (
        f"{project.filename or 'A table'}, {MODE_WORDS[project.mode]}. Begun on {_day(project.created)}; this report "
        f"is of {datetime.now(UTC):%d %B %Y, %H:%M} UTC, made with DAMI {dami.__version__}."
    )
    chapters = [
        _classes(project, labels, model),
        _people(project, current.values()),
        _accuracy(project),
        _confidence(project, model),
        _advice(project),
        _map(project, labels),
        _network(project),
    ]
    return report_page(project.name, lead, figures, [c for c in chapters if c is not None]).encode()


def _classes(project: Project, labels: dict[int, int], model: Model | None) -> Chapter:
    listed = class_list(project.id).shown
    counts = Counter(labels.values())
    predicted: Counter[int] = Counter()
    if model is not None:
        said = predictions(project, model)
        gone = set(excluded(annotations.current(project.id)))
        rest = (code for row, code in enumerate(said.codes) if code >= 0 and row not in labels and row not in gone)
        predicted.update(said.classes[code].id for code in rest)
    guided = any(entry.guideline for entry in listed)
    columns = [
        "class",
        "labelled",
        *(["predicted for other rows"] if model else []),
        *(["guideline"] if guided else []),
    ]
    rows = [
        [
            Dotted(entry.name, class_color(entry.id)),
            counts[entry.id],
            *([predicted[entry.id]] if model else []),
            *([entry.guideline] if guided else []),
        ]
        for entry in listed
    ]
    return Chapter("What was labelled", columns=columns, rows=rows)


def _people(project: Project, current: Iterable[Event]) -> Chapter:
    by: dict[tuple[str, Source], list[Event]] = {}
    marks: Counter[Action] = Counter()
    for event in current:
        if event.action == "label":
            by.setdefault((event.annotator or "somebody without a name", event.source), []).append(event)
        else:
            marks[event.action] += 1
    rows: list[list[object]] = [
        [who, SOURCE_WORDS[source], len(events), _days(event.committed for event in events)]
        for (who, source), events in sorted(by.items(), key=lambda pair: -len(pair[1]))
    ]
    if came_with := len(imported(project)):
        rows.append(["the table itself", f"in column {project.target}", came_with, ""])
    sentences = []
    if marks:
        said = (f"{n:,} {ACTIONS[action].done}" for action, n in sorted(marks.items()))
        sentences.append(f"Not labelled: {', '.join(said)}.")
    doubts = len(second_look(project))
    if models.latest(project.id) is not None:
        sentences.append(
            f"{wording.count(doubts, 'label is', 'labels are')} worth a second look: the network, trained "
            "without them, or their nearest neighbours say otherwise."
            if doubts
            else "No label stands out as doubtful to the network or to its neighbours."
        )
    return Chapter("By whom", sentences, columns=["who", "how", "labels", "when"], rows=rows)


def _accuracy(project: Project) -> Chapter | None:
    known_ = [(one.n_labeled, one.quality) for one in models.round_results(project.id) if one.quality]
    sentences = []
    audit = stopping_advice.status(project).audit
    if audit is not None and audit.complete:
        low, high = audit.bounds
        sentences.append(
            f"Audit, an honest estimate: of {audit.size:,} rows drawn at random and not learnt from, {audit.correct:,} "
            f"of the {audit.labeled:,} labelled ones were predicted rightly, so the network is right on {low:.0%} to "
            f"{high:.0%} of the rows that had no label then (95 % confidence)."
        )
    released = sum(audit.released is not None for audit in audits.listing(project.id))
    if released:
        ended = wording.count(released, "earlier audit was", "earlier audits were")
        sentences.append(f"{ended} ended and learnt from.")
    if not known_:
        return Chapter("How accurate", sentences) if sentences else None
    quality = known_[-1][1]
    hidden = quality.kind == "hidden"
    sentences.append(
        f"The newest network: accuracy {quality.accuracy:.1%}, balanced over the classes "
        f"{quality.balanced_accuracy:.1%}, {quality.note}."
    )
    if not hidden:
        sentences.append(
            "That figure is biased: the rows were chosen, not drawn at random. Only an audit speaks for the rest."
        )
    picture = curve([n for n, _ in known_], [q.accuracy for _, q in known_], "Accuracy", dashed=not hidden)
    kind = "on the rows still held back then" if hidden else "cross-validated on the labels of that time (biased)"
    return Chapter("How accuracy grew", [*sentences, f"Accuracy by number of labels, {kind}:"], picture)


def _confidence(project: Project, model: Model | None) -> Chapter | None:
    if model is None:
        return None
    found = model.summary.reliability
    measured = [] if found is None else [reliability.verdict(found), reliability.surest(found)]
    return Chapter(
        "How far its confidence holds",
        [class_evidence.CONFIDENCE, *measured, *class_evidence.sentences(project, model)],
    )


def _advice(project: Project) -> Chapter:
    advice = stopping_advice.status(project).advice
    return Chapter("When to stop", [advice.sentence, *advice.reasons])


def _map(project: Project, labels: dict[int, int]) -> Chapter | None:
    positions, model = maps.newest_positions(project.id), maps.newest(project.id)
    if positions is None or model is None:
        return None
    on_map = {row: class_id for row, class_id in labels.items() if row < len(positions)}
    groups = [
        (entry.name, class_color(entry.id), [row for row, given in on_map.items() if given == entry.id])
        for entry in class_list(project.id).shown
    ]
    said = maps.caption(model, stays=True)
    return Chapter(
        "The map", [f"Labelled rows in the colours of their classes, all others grey. {said}"], dots(positions, groups)
    )


def _network(project: Project) -> Chapter | None:
    model = models.trained(project.id)
    if model is None:
        return None
    facts = model.summary
    sizes = " x ".join(f"{size:,}" for size in facts.layer_sizes)
    sentences = [
        f"Network {model.number}, trained on {model.n_labeled:,} labels on {_day(model.created)}; layers {sizes}, "
        f"{facts.n_parameters:,} parameters; the rows lie in {facts.n_regions:,} linear regions. Rows were "
        f"chosen by “{project.strategy}” in rounds of {project.round_size}; the seed is {project.seed}.",
        f"It sees the columns {', '.join(facts.columns)}.",
    ]
    if facts.left_out:
        left_out = "; ".join(f"{name} ({reason})" for name, reason in facts.left_out.items())
        sentences.append(f"It does not see: {left_out}.")
    compared = rivals_job.standings(project, model.number)
    if compared is not None and not compared.obstacle:
        sentences.append(f"Beside three rivals, trained on the same labels: {compared.sentence} {CAUTION}")
    rows = [[one.name, str(one.value), one.rule] for one in facts.derived]
    return Chapter(
        "The network, and what was derived for it", sentences, columns=["setting", "value", "why"], rows=rows
    )


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%d %B %Y}"


def _days(moments: Iterable[float]) -> str:
    times = list(moments)
    first, last = _day(min(times)), _day(max(times))
    return first if first == last else f"{first} to {last}"

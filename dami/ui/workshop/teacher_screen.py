"""Draws the teacher's screen of a room: how to join, everybody's progress, and where the class disagrees."""

import io
import socket
import time
from urllib.parse import urlencode, urlsplit

import pandas as pd
import streamlit as st

from dami import wording
from dami.store import annotations, projects, rooms
from dami.store.records import Room
from dami.store.revisions import looking
from dami.ui import elements, state
from dami.ui.access.room_entry import ROOM
from dami.ui.addresses import base
from dami.ui.wire import MapSent
from dami.ui.workshop.open_room import titles_of
from dami.views import workshop_plots
from dami.workspace.annotating import row_cards
from dami.workspace.comparing import comparison_settings, experiment_job, findings
from dami.workspace.comparing.comparison_settings import Settings
from dami.workspace.exploring import maps
from dami.workspace.projects.labels import class_list
from dami.workspace.workshop import archive, class_progress, room_lifecycle

EVERY = 2.0  # seconds between two updates
LISTED = 6  # the most disagreements at a time
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def live(room: Room) -> None:
    """Draw the whole screen; the parts that change are fragments, which are drawn again by themselves."""
    poll = EVERY if room.closed is None else None
    left, right = st.columns([2, 5], gap="large")
    with left:
        elements.fragment(_door, key="room_door")(room)
    with right:
        elements.fragment(_people, run_every=poll, key="room_people")(room.id)
        elements.fragment(_progress, run_every=poll, key="room_progress")(room.id)
    st.subheader("Where the class disagrees", anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with left:
        elements.fragment(_map, run_every=2 * EVERY if poll else None, key="room_map")(room.id)
    with right:
        elements.fragment(_disagreements, run_every=poll, key="room_disagreements")(room.id)


# ---- how to come in -------------------------------------------------------------------------------------------------


def _door(room: Room) -> None:
    if room.closed is None:
        with st.container(key="room_code", gap="xxsmall"):
            st.caption("Code of the room")
            st.title(room.code, anchor=False)
        address = _address()
        typed = st.text_input("Address for the class", address, key=f"room_address_{room.id}", help=_ADDRESS_HELP)
        link = f"{typed.rstrip('/')}/join?{urlencode({ROOM: room.code})}"
        st.image(_qr(link), width=220, alt="QR code of the room's address")
        st.code(link, language=None, wrap_lines=True)
        if _listens_here_only():
            st.warning(
                "This server answers its own machine only. For a class, start it with "
                "`--server.address 0.0.0.0`: people elsewhere then see this room's door and nothing else.",
                icon=":material/lan:",
            )
    else:
        st.info("The room is closed: nobody is asked for more.", icon=":material/door_front:")
    with st.container(horizontal=True):
        if room.closed is None:
            st.button("Close the room", icon=":material/door_front:", on_click=_close, args=(room,))
        else:
            st.button("Open it again", icon=":material/meeting_room:", on_click=_reopen, args=(room,))
        st.download_button(
            "Export all",
            data=lambda: archive.archive(rooms.get(room.id)),
            file_name="room.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
        )


def _close(room: Room) -> None:
    room_lifecycle.close(room)


def _reopen(room: Room) -> None:
    room_lifecycle.reopen(room)


_ADDRESS_HELP = "What people type or scan. Change it where a proxy or another name leads here."


def _address() -> str:
    """Return the address of this server for other machines, as far as the server can tell."""
    at = urlsplit(st.context.url or "http://localhost:8501")
    host = at.hostname or "localhost"
    if host in LOOPBACK and not _listens_here_only():
        found = f"{_own_name()}:{at.port}" if at.port else _own_name()
    else:
        found = at.netloc
    return f"{at.scheme}://{found}{base()}"


def _own_name() -> str:
    """Return this machine's address in its local network."""
    try:
        found = socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return "localhost"
    return next((address for address in found if not address.startswith("127.")), "localhost")


def _listens_here_only() -> bool:
    return str(st.get_option("server.address") or "") in LOOPBACK


@st.cache_data(max_entries=16, show_spinner=False)
def _qr(link: str) -> bytes:
    import segno  # imported late: only a teacher needs it

    image = io.BytesIO()
    segno.make(link, error="m").save(image, kind="png", scale=8, border=3)
    return image.getvalue()


# ---- how everybody does ---------------------------------------------------------------------------------------------


@looking()
def _people(room_id: str) -> None:
    room = rooms.get(room_id)
    said = class_progress.answered(room)
    listed = class_progress.progress_of_participants(room, said)
    n_labels = sum(one.n_labels for one in listed)
    right = [(one.right, one.n_labels) for one in listed if one.right is not None]
    kappa = class_progress.mean_kappa(said.by_person)
    first, second, third, fourth = st.columns(4)
    first.metric("People", len(listed), border=True)
    second.metric("Labels", f"{n_labels:,}", border=True)
    third.metric(
        "Right",
        f"{sum(share * n for share, n in right) / sum(n for _, n in right):.0%}" if right else "–",
        border=True,
        help="Of all labels, the share that is the known label, which is held back from the class.",
    )
    fourth.metric(
        "Agreement",
        f"{kappa:.2f}" if pd.notna(kappa) else "–",
        border=True,
        help="Cohen's kappa, the mean over all pairs of people, by the rows that both have labelled: 1 where they "
        "always agree, 0 where no oftener than by chance.",
    )
    if not listed:
        st.info("Nobody is here yet: people come in with the code, or scan it.", icon=":material/group_add:")
        return
    titles = titles_of(room)
    now = time.time()
    frame = pd.DataFrame(
        {
            "name": [one.nickname for one in listed],
            "asked by": [titles[one.strategy] for one in listed],
            "labels": [one.n_labels for one in listed],
            "right": [_percent(one.right) for one in listed],
            "network": [_percent(one.accuracy) for one in listed],
            "agreement": [one.kappa for one in listed],
            "last answer": [_since(now, one.last) for one in listed],
        }
    )
    if room.sharing == "shared":
        frame = frame.drop(columns=["asked by", "network"])
    st.dataframe(
        frame,
        hide_index=True,
        placeholder="–",
        height=min(460, 38 + 35 * len(frame)),
        column_config={
            "labels": st.column_config.ProgressColumn(
                min_value=0, max_value=max(10, *frame["labels"]), format="%d", width=120
            ),
            "right": st.column_config.NumberColumn(format="%d %%", help="Share of the labels that is known to be so"),
            "network": st.column_config.NumberColumn(
                format="%d %%", help="Accuracy of this person's network on the rows that they have not labelled"
            ),
            "agreement": st.column_config.NumberColumn(format="%.2f", help="Cohen's kappa with the others"),
        },
    )


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _since(now: float, last: float | None) -> str:
    if last is None:
        return "none yet"
    seconds = max(0.0, now - last)
    return "now" if seconds < 10 else f"{seconds:.0f} s ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"


# ---- how good the networks are --------------------------------------------------------------------------------------


@looking()
def _progress(room_id: str) -> None:
    room = rooms.get(room_id)
    common = projects.get(room.project)
    if common.target is None:
        return  # without known labels, a network cannot be measured
    curves = class_progress.curves(room)
    labels = experiment_job.known_labels(common)
    ready = experiment_job.readiness(common, labels)
    last = findings.last(common, labels) if ready.ready else None
    simulated = findings.curves(last, "accuracy") if last is not None and len(last.records) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("DAMI against random", anchor=False, width="stretch")
        if last is not None and last.active:
            st.caption(f"Simulating: {len(last.finished)} of {last.seeds} seeds", width="content")
            st.button("Stop", icon=":material/stop:", on_click=experiment_job.stop, args=(common.id,), key="room_stop")
        elif ready.ready and (last is None or len(last.finished) < last.seeds):
            st.button(
                "Simulate it beside",
                icon=":material/play_arrow:",
                on_click=_simulate,
                args=(room,),
                key="room_simulate",
                help="Both strategies on this table, with the known labels as answers: what the class could reach.",
            )
    if not curves and simulated is None:
        st.caption("The chart begins with the first network, once somebody has labelled rows of two classes.")
        return
    figure = workshop_plots.class_figure(
        [(one.nickname, one.strategy, one.n_labeled, one.accuracy) for one in curves],
        class_progress.means(curves),
        titles_of(room),
        simulated,
    )
    elements.figure(figure, "room_curves")


def _simulate(room: Room) -> None:
    common = projects.get(room.project)
    base = comparison_settings.defaults(experiment_job.readiness(common).n_rows)
    strategies = tuple(dict.fromkeys([*room.strategies, "random"]))
    experiment_job.start(common, Settings(strategies, base.n_initial, base.batch_size, base.rounds))


# ---- where it disagrees ---------------------------------------------------------------------------------------------


@looking()
def _map(room_id: str) -> None:
    room = rooms.get(room_id)
    common = projects.get(room.project)
    people = dict.fromkeys([room.project, *(one.project for one in rooms.participants(room.id))])
    version = sum(annotations.last_event(project) for project in people)
    elements.rows_map(
        "room_map",
        common,
        maps.data(common, elements.colored_by(common, "agreement", version)),
        on_clicked=_clicked,
        labels={"rows": [], "classes": []},  # the colours of labels would hide the colours of the agreement
        height=480,
        focus=st.session_state.get("room_row"),
    )


def _clicked() -> None:
    drawn: MapSent | None = state.sent("room_map")
    if drawn and (row := drawn.get("clicked")) is not None:
        st.session_state.room_row = int(row)


def _settle(room: Room, row: int, class_id: int) -> None:
    with elements.keep_error("room_error"):
        room_lifecycle.settle(room, row, class_id)


def _vote(name: str, people: list[str]) -> str:
    return f"**{elements.plain(name)}**: {elements.plain(wording.listed(people, 4))}"


@looking()
def _disagreements(room_id: str) -> None:
    room = rooms.get(room_id)
    elements.show_notice("room_error")
    names = class_list(room.project).names
    shown = class_list(room.project).shown
    said = class_progress.answered(room)
    splits = class_progress.disagreements(said)
    settled = f" {len(said.settled):,} settled." if said.settled else ""
    if not splits:
        st.caption(f"No row that several people have labelled is in dispute.{settled}")
        return
    st.caption(f"{wording.count(len(splits), 'row')} in dispute.{settled}")
    common = projects.get(room.project)
    for split in splits[:LISTED]:
        with st.container(border=True, gap="xsmall", key=f"split_{split.row}"):
            st.text(f"Row {split.row}: {row_cards.line(common, split.row)}")
            st.caption(" · ".join(_vote(names[class_id], people) for class_id, people in split.votes.items()))
            with st.container(horizontal=True, gap="small"):
                for entry in shown[:12]:
                    st.button(
                        elements.plain(entry.name),
                        key=f"settle_{split.row}_{entry.id}",
                        on_click=_settle,
                        args=(room, split.row, entry.id),
                        help="Settle it: your label stands above the class's.",
                    )

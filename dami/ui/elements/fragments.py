"""Draws parts of a page anew without losing what a person does at that moment."""

from collections.abc import Sequence

from streamlit.runtime.scriptrunner import get_script_run_ctx


def cover_run(names: Sequence[str]) -> bool:
    """Return whether the named fragments are all that the present run draws; a callback asks before it reruns them.

    Streamlit joins messages that arrive together into one run, and the rerun of fragments replaces that run. The click
    on a button elsewhere would be lost, and a dialog would stay open after "Done".
    """
    context = get_script_run_ctx()
    if context is None or not context.fragment_ids_this_run:
        return False
    return set(context.fragment_ids_this_run) <= set(context.fragment_storage.resolve_target(names))

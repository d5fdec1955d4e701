"""Holds the pieces that several pages show."""

from dami.ui.elements.figures import columns_of, figure, pinned
from dami.ui.elements.fragments import cover_run, fragment, rerun
from dami.ui.elements.notices import failing, keep_error, keep_refusal, keep_success, show_error, show_notice
from dami.ui.elements.page_heading import heading, progress
from dami.ui.elements.project_map import colored_by, hold_switch, rows_map
from dami.ui.elements.text import ago, breakable, plain

__all__ = [
    "ago",
    "breakable",
    "colored_by",
    "columns_of",
    "cover_run",
    "failing",
    "figure",
    "fragment",
    "heading",
    "hold_switch",
    "keep_error",
    "keep_refusal",
    "keep_success",
    "pinned",
    "plain",
    "progress",
    "rerun",
    "rows_map",
    "show_error",
    "show_notice",
]

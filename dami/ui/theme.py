"""Sets styles that ``.streamlit/config.toml`` cannot set: for example the page's margins and its width."""

import streamlit as st

STYLE = """
<style>
.stMainBlockContainer { padding: 4.2rem 2.2rem 3rem; max-width: 1800px; }
@media (max-width: 960px) { .stMainBlockContainer { padding: 4.2rem 1rem 2rem; } }
.stMainBlockContainer h1 { padding: 0; }
.st-key-demos .stColumn { min-width: 13.5rem; }
/* Streamlit writes white on the primary colour, which is light on a dark page; it sets color-scheme with the theme. */
.stApp button[kind^="primary"]:not(:disabled) { color: light-dark(#ffffff, #10161c); }
.st-key-compare_sides > .stHorizontalBlock > .stColumn,
.st-key-compare_sides > * > .stHorizontalBlock > .stColumn { min-width: 33rem; }
@media (max-width: 640px) { .st-key-compare_sides .stColumn { min-width: 100% !important; } }
@media (max-width: 640px) {
  .st-key-label_sides > .stHorizontalBlock,
  .st-key-label_sides > * > .stHorizontalBlock { flex-direction: column-reverse; }
}
.st-key-closed_pad { display: none; }
/* A picture that moves while the page loads takes time from what it waits for: it is drawn 60 times a second. */
[data-testid="stSkeleton"] { animation: none !important; }
/* The pad and the maps go on while the server computes: they do not fade as what waits for it does. */
.st-key-pad, .st-key-map, .st-key-explore_map { opacity: 1 !important; transition: none !important; }
.st-key-room_code h1 { font-size: clamp(1.6rem, 3.4vw, 3.2rem); white-space: nowrap; letter-spacing: 0.12em; }
</style>
"""


def apply() -> None:
    st.html(STYLE)

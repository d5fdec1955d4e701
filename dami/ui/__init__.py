"""Holds what imports streamlit beside the pages: the frame, a session's state, the server's routes, the components."""

"""All that imports streamlit and is no page: the frame, the session's state, the server's routes, the components."""

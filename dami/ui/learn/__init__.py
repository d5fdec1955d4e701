"""The panels of the Learn page."""

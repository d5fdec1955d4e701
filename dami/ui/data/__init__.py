"""The panels of the Data page."""

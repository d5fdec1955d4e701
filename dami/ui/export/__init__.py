"""The panels of the Export page."""

"""The panels of the Model page."""

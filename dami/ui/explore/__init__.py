"""The panels of the Explore page."""

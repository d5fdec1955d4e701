"""Imports labels and new rows from files, and exports tables, models, projects, reports and replays to files."""

"""Turns arrays and frames into pictures: a two-dimensional map of the rows, its colors, and figures.

This room knows nothing of projects, networks or pages. `projection` is the only module of DAMI that imports umap, and
imports it only when a map is asked for; `plots`, `colors` and `positions` are light enough for the server.
"""

"""Numbers to pictures: a two-dimensional map of the rows, its colors, and figures made of arrays and frames alone.

Nothing in here knows of projects, networks or pages. `projection` is the only module of DAMI that imports umap, and
does so when a map is asked for; `plots`, `colors` and `positions` are light enough for the server.
"""

"""Runs experiments and queries on a Dask cluster. Only this room imports Dask."""

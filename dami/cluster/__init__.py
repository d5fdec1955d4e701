"""Past one machine: experiments and pools on Dask, the only room that knows it."""

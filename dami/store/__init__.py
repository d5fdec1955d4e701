"""Stores projects, tables, the annotation log, models and jobs; holds the only SQL of DAMI.

This room knows nothing of the engine. Every function opens its own short transaction and returns plain records
(:mod:`dami.store.records`). Callers name the module, as in ``annotations.current(project)``.
"""

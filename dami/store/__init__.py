"""The room that keeps what must not be lost: projects, tables, the annotation log, models, jobs; the only SQL of DAMI.

Nothing of the engine is known here. Every function opens its own short transaction and returns plain records
(:mod:`dami.store.records`); the modules are used by name, as in ``annotations.current(project)``.
"""

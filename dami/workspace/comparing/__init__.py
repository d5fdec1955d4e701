"""Compares strategies on the known labels of a project: the settings, the job in the batch lane, the findings."""

"""Joins the network and a random forest: the mean of their probabilities, as sure as it has been right.

The two err on different rows. On the tables of docs/network.md their mean orders rows better than either, and is as
often right as the network. A forest alone is less sure than it could be, and so is the mean; one temperature, found as
that of the network, makes up for it.
"""

from __future__ import annotations

import numpy as np

from dami.networks.calibration import Prior, temperature_of

FOREST, JOINT = "random forest", "mean of network and random forest"
# Of the best temperatures for unseen rows of ten development tables: 50 to 400 random labels.
PRIOR = Prior(log=-0.33, slope=-0.08, deviation=0.3)
SMALLEST = 1e-6  # probability: a logarithm needs one above 0


def joined(network: np.ndarray, forest: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the mean of two models' probabilities under a temperature.

    Parameters
    ----------
    network, forest : (n, C) probabilities of the same classes
    temperature : divides the logarithms of the mean; below 1 the mean becomes surer

    Returns
    -------
    (n, C) float64, rows that sum to 1; NaN where one of the models says nothing
    """
    from scipy.special import softmax  # not at once: the first page needs the names above alone

    return np.asarray(softmax(_logarithms(network, forest) / temperature, axis=1))


def joint_temperature(network: np.ndarray, forest: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature for the mean of two models.

    Parameters
    ----------
    network, forest : (n, C) probabilities for rows that the models were not trained on; rows of NaN do not count
    labels : (n,) int, the classes of these rows
    """
    return temperature_of(_logarithms(network, forest), labels, PRIOR)


def _logarithms(network: np.ndarray, forest: np.ndarray) -> np.ndarray:
    mean = (np.asarray(network, np.float64) + np.asarray(forest, np.float64)) / 2
    return np.asarray(np.log(np.maximum(mean, SMALLEST)))

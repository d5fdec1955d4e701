import numpy as np
import pytest

from dami.networks.calibration import temperature_of


def drawn(n, temperature, seed=0):
    """Logits, and classes drawn by them divided by the temperature."""
    rng = np.random.default_rng(seed)
    logits = 5 * rng.normal(size=(n, 3))
    return logits, (logits / temperature + rng.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 2.0, 9.0])
def test_with_many_rows_it_is_the_one_they_were_drawn_by(temperature):
    assert temperature_of(*drawn(20_000, temperature)) == pytest.approx(temperature, rel=0.06)


def test_it_is_the_likeliest_but_for_the_prior():
    logits, labels = drawn(3000, 3.0)

    def loss(temperature):
        z = logits / temperature
        return (np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), labels]).mean()

    found = temperature_of(logits, labels)
    assert loss(found) <= min(loss(found * 1.1), loss(found / 1.1))


def test_few_rows_that_are_all_right_do_not_make_a_network_that_is_never_in_doubt():
    logits = np.tile([20.0, -20.0], (8, 1))
    few, many = temperature_of(logits, np.zeros(8, int)), temperature_of(np.tile(logits, (500, 1)), np.zeros(4000, int))
    assert few > 1.5 and many <= few


def test_rows_without_evidence_do_not_count():
    logits, labels = drawn(200, 3.0)
    more = np.concatenate([logits, np.full((50, 3), np.nan)])
    assert temperature_of(more, np.r_[labels, np.zeros(50, int)]) == temperature_of(logits, labels)
    assert temperature_of(more[200:], labels[:50]) == pytest.approx(temperature_of(np.empty((0, 3)), labels[:0]))

"""The scripts in the browser, without a browser: their types, and their unit tests under Node."""

import wire_types


def test_the_scripts_types_are_those_that_python_sends():
    assert wire_types.TARGET.read_text() == wire_types.declarations(), "run `python tests/wire_types.py`"

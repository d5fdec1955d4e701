"""The server loads no heavy library for any page."""

import subprocess
import sys

from app_client import (
    APP,
    ROOT,
)

LIGHT = """
import sys
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from dami.ui import server

at = AppTest.from_file(sys.argv[1], default_timeout=60)
at.query_params["p"] = sys.argv[2]
server.routes()
for page in ("data", "model", "label", "explore", "compare", "learn", "export"):
    at.switch_page(f"../../pages/{page}.py").run()
    assert not at.exception, at.exception
    assert page not in ("data", "model", "label") or "scipy" not in sys.modules, page  # the first ones, which come soon
print(*sorted({"torch", "umap", "skrub", "numba"} & {*sys.modules}), "only these")
"""


def test_the_server_loads_no_heavy_library_for_any_page(trained):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(APP), trained], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "only these"

"""A person signs in, labels, exports and signs out, below a path of Debian's nginx, configured as docs/nginx.conf says.

All of it works, and little is sent.
"""

import base64
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from servers import PATIENCE, ROOT, Server, free_port
from steps import (
    WAIT,
    choose_file,
    download,
    name_classes,
    open_page,
    press,
    wait_until_saved,
)

from dami.tables.demos import load_demo

PASSWORD = "correct horse, battery"
MOST_BYTES = 2_000_000  # on the wire, of a first visit
AGAIN_BYTES = 200_000
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@pytest.fixture
def proxied(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of DAMI through a proxy, as its visitors know it."""
    monkeypatch.setenv("DAMI_PASSWORD", PASSWORD)
    server = Server(home, "--server.baseUrlPath=dami")
    port = free_port()
    site = (ROOT / "docs" / "nginx.conf").read_text()
    assert site.count("listen 80;") == site.count("127.0.0.1:8501;") == 1
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};")
    site = site.replace("127.0.0.1:8501;", f"127.0.0.1:{server.port};")
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    nginx = subprocess.Popen([program, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"])
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/dami/_stcore/health", timeout=5)
            break
        except OSError:
            assert nginx.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    nginx.terminate()
    nginx.wait(10)
    server.stop()
    assert "Traceback" not in server.log()
    assert "[error]" not in (log := (tmp_path / "error.log").read_text()), log


class Wire:
    """Counts what a page receives: files as they are sent, compressed, and messages of websockets."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.loadingFinished", lambda event: self._add(event["encodedDataLength"]))
        session.on("Network.webSocketFrameReceived", lambda event: self._frame(event["response"]))
        session.send("Network.enable")

    def _frame(self, frame: dict) -> None:
        self._add(len(base64.b64decode(frame["payloadData"])) if frame["opcode"] == 2 else len(frame["payloadData"]))

    def _add(self, count: float) -> None:
        self.bytes += round(count)


def data_page_is_there(page: Page) -> None:
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Titanic", exact=True)).to_be_visible(timeout=WAIT)
    page.wait_for_load_state("networkidle")


def test_below_a_path_of_nginx_all_works_and_a_first_visit_is_small(proxied: str, browser: Browser, tmp_path: Path):
    answers: list[Response] = []
    with browser.new_context(base_url=proxied) as context:
        page = context.new_page()
        page.on("response", lambda answer: answers.append(answer))
        first = Wire(page)
        page.goto("/dami")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        data_page_is_there(page)
        tab = context.new_page()
        again = Wire(tab)
        tab.goto("/dami/")
        data_page_is_there(tab)
        tab.close()
        told = f"a first visit took {first.bytes:,} bytes, a second one {again.bytes:,}"
        print(told)
        assert 300_000 < first.bytes < MOST_BYTES, told
        assert 0 < again.bytes < AGAIN_BYTES, told

        frame = load_demo("titanic")[:9].assign(label=None)
        frame.to_csv(tmp_path / "titanic.csv", index=False)
        page.get_by_role("tab", name="Upload").click()
        choose_file(page, tmp_path / "titanic.csv")
        name_classes(page, "lost, saved")
        seen = press(page, "1212", 200)
        wait_until_saved(page)
        expect(page.locator(".dami-map .main-svg, .js-plotly-plot").first).to_be_visible(timeout=WAIT)
        open_page(page, "Export")
        log = download(page, "Annotation log", tmp_path).read_text().splitlines()
        assert len(log) == 1 + len(seen)
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("link", name="Sign out in this browser").click()
        expect(page.get_by_label("Password")).to_be_visible(timeout=WAIT)
    failed = {answer.url.removeprefix(f"{proxied}/dami/") for answer in answers if answer.status >= 400}
    assert failed <= {"label/_stcore/health", "label/_stcore/host-config"}  # Streamlit's page looks for its own base
    assert all(answer.url.startswith(f"{proxied}/dami") for answer in answers if answer.url.startswith("http"))
    scripts = [answer for answer in answers if answer.url.endswith(".js")]
    assert any("/dami/dami/js/" in answer.url for answer in scripts) and len(scripts) > 10
    for answer in scripts:
        assert "immutable" in answer.headers["cache-control"]

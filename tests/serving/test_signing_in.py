"""A server with a password, and one with a login: nothing is to be had without, and everything with it.

Who signs in, labels and signs out in a browser is in `tests/browser/test_nginx.py`.
"""

import json
import re
import stat
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex

import pytest
import requests
import websockets
from argon2 import PasswordHasher
from loops import run
from oidc_provider import Provider
from pad_client import PadClient
from servers import Server
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from dami.store import annotations, database, rooms
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.workshop import room_lifecycle

PASSWORD = "correct horse, battery"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HTML = {"Accept": "text/html,*/*"}


@pytest.fixture
def locked(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with a password."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # one that is fast to check
    monkeypatch.setenv("DAMI_PASSWORD_HASH", hashed)
    running = Server(home)
    yield running
    database.reset()
    running.stop()
    assert "Traceback" not in running.log() and PASSWORD not in running.log()


def ask(server: Server, path: str, method: str = "GET", body: str | None = None, **headers: str):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode("latin-1")
    connection.close()
    return found


def sign_in(server: Server, password: str = PASSWORD, wanted: str = "/", **headers: str):
    return ask(server, "/dami/sign-in", "POST", f"password={password}&next={wanted}", **FORM, **headers)


def opens(server: Server, **headers: str) -> bool:
    """Whether Streamlit's websocket lets somebody in."""

    async def attempt() -> bool:
        names = {name.title(): value for name, value in headers.items()}
        try:
            async with websockets.connect(
                f"ws://127.0.0.1:{server.port}/_stcore/stream", subprotocols=["streamlit"], additional_headers=names
            ):
                return True
        except websockets.exceptions.InvalidStatus as refused:
            assert refused.response.status_code == 403
            return False

    return run(attempt())


def test_without_the_password_nothing_is_reachable_and_with_it_everything(locked: Server):
    demo = workspace_projects.begin_demo("penguins")
    room = room_lifecycle.open_room(demo, "A class")
    below = f"/dami/p/{demo.id}"
    paths = [
        "/",
        "/label",
        "/join",
        "/learn",
        "/index.html",
        "/_stcore/host-config",
        "/_stcore/metrics",
        "/media/x.png",
    ]
    paths += [f"{below}/{route}" for route in ("status", "rows?rows=1", "search?q=1", "truth?row=1", "colors?by=x")]
    paths += ["/dami/js/x/map/map.js", "//dami/sign-in", "/dami/sign-in/../p/x", "/static/index.js", "/component/x/y"]
    _, headers, page = ask(locked, "/dami/sign-in")
    assert "script" not in page and "default-src 'none'" in headers["content-security-policy"]
    for path in paths:
        status, headers, _ = ask(locked, path, **HTML)
        assert status == 303 and headers["location"].startswith("/dami/sign-in?next="), path
        assert ask(locked, path)[::2] == (401, "Sign in first."), path
        assert ask(locked, path, Cookie="dami_owner=forged; dami_guest=forged; _streamlit_user=forged")[0] == 401
    assert ask(locked, "/_stcore/upload_file/a/b", "PUT", "x")[0] == 401
    assert not opens(locked) and not opens(locked, cookie="dami_owner=forged")
    assert ask(locked, "/_stcore/health")[::2] == (200, "ok")

    status, headers, _ = sign_in(locked, wanted="/label%3Fp=3")
    assert (status, headers["location"]) == (303, "/label?p=3")
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=lax" in headers["set-cookie"]
    key = locked.home / "session.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    cookie = headers["set-cookie"].split(";")[0]
    assert ask(locked, "/", Cookie=cookie)[0] == ask(locked, f"{below}/rows?rows=1", Cookie=cookie)[0] == 200
    assert ask(locked, "/", Cookie=cookie[:-2] + "xx")[0] == 401
    assert opens(locked, cookie=cookie)
    for elsewhere in ("//evil.example/", "/\\evil.example", "https://evil.example", "/%5Cevil", "javascript:x", ""):
        assert re.fullmatch(r"/(%5Cevil)?", sign_in(locked, wanted=elsewhere.replace("%", "%25"))[1]["location"])
    for other_site in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert sign_in(locked, **other_site)[0] == 403
    assert ask(locked, "/dami/sign-out", Sec_Fetch_Site="cross-site", Cookie=cookie)[0] == 403

    invited = ask(locked, ask(locked, f"/join?room={room.code}", **HTML)[1]["location"])[2]
    assert f'value="{room.code}"' in invited and "What you want to be called" in invited
    name = "name=%3Cb%3EAda%3C%2Fb%3E"
    status, headers, _ = ask(locked, "/dami/join", "POST", f"code={room.code}&{name}", **FORM)
    assert status == 303 and headers["location"].startswith("/join?me=")
    guest = headers["set-cookie"].split(";")[0]
    [ada] = rooms.participants(room.id)
    own = ada.project
    assert ada.nickname == "<b>Ada</b>" and ask(locked, "/join", Cookie=guest)[0] == 200
    assert ask(locked, f"/dami/p/{own}/status", Cookie=guest)[0] == 200
    assert ask(locked, f"{below}/status", Cookie=guest)[0] == 401  # another's project
    assert ask(locked, "/_stcore/upload_file/a/b", "PUT", "x", Cookie=guest)[0] == 401

    for _ in range(10):
        status, _, page = sign_in(locked, "wrong")
        assert status == 403 and '<p role="alert">This is not the password.</p>' in page
    status, _, page = sign_in(locked)
    assert status == 429 and "Too many wrong passwords" in page
    assert sign_in(locked, X_Forwarded_For="10.1.2.3")[0] == 303  # from elsewhere, by a proxy on this machine

    theirs = PadClient(locked.port, own, "a guest's tab", ada.id, headers={"Cookie": guest})
    run(labels_of(theirs))
    assert annotations.labels(own) == {7: 1} and theirs.pages == {"join", "learn", "_sign_out"}
    tab = PadClient(locked.port, demo.id, "the owner's tab", headers={"Cookie": cookie})
    run(labels_of(tab))
    assert annotations.labels(demo.id) == {7: 1} and {"export", "workshop"} < tab.pages
    run(sign_out_beside(locked, tab, cookie))
    assert ask(locked, "/", Cookie=cookie)[0] == 401 and not opens(locked, cookie=cookie)  # though it is kept


async def labels_of(tab: PadClient) -> None:
    """Label one row."""
    tab.press(7, 1)
    await tab.flush()
    await tab.close()


async def sign_out_beside(server: Server, tab: PadClient, cookie: str) -> None:
    """Sign out while a tab stays open: at its next click it is a stranger's."""
    await tab.visit("export", "Export")
    ask(server, "/dami/sign-out", Cookie=cookie)
    await tab.visit("export", "Join a room")
    assert tab.pages == {"join", "learn", "_sign_out"}
    await tab.close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.close()


@pytest.fixture
def with_login(provider: Provider, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, str]]:
    """A server with a provider of logins, and the key that Streamlit signs its cookie with."""
    key = token_hex(32)
    server = Server(home, f"--secrets.files={home / 'secrets.toml'}", waits=True)  # the provider has to be told where
    (home / "secrets.toml").write_text(
        f"""[auth]
redirect_uri = "{server.url}/oauth2callback"
cookie_secret = "{key}"
client_id = "dami"
client_secret = "a secret of theirs"
server_metadata_url = "{provider.url}/.well-known/openid-configuration"
"""
    )
    monkeypatch.setenv("DAMI_USERS", "ada@example.org, @example.com")
    server.start()
    yield server, key
    database.reset()
    server.stop()
    assert "Traceback" not in server.log()


def test_a_login_lets_in_whom_the_server_names_and_calls_them_so(with_login: tuple[Server, str], provider: Provider):
    server, key = with_login
    for said in (
        {"email": "eve@example.org"},
        {"email": "ada@example.org.evil.org"},
        {"email": "@example.com"},
        {"email": "ada@example.org", "email_verified": False},
        {"email": "ada@example.org", "is_logged_in": False},
        {"name": "ada@example.org"},
    ):
        assert ask(server, "/", Cookie=f"_streamlit_user={login(server, key, **said)}")[0] == 401, said
    forged = login(server, "k" * 64, email="ada@example.org")
    assert ask(server, "/", Cookie=f"_streamlit_user={forged}")[0] == 401
    for email in ("bob@example.com", "ADA@example.org"):
        assert ask(server, "/", Cookie=f"_streamlit_user={login(server, key, email=email)}")[0] == 200
    eve = login(server, key, email="<b>eve</b>@example.org")
    page = ask(server, "/dami/sign-in", Cookie=f"_streamlit_user={eve}")[2]
    assert "&lt;b&gt;eve&lt;/b&gt;@example.org may not enter here" in page and "Password" not in page
    assert sign_in(server, "")[0] == 403  # there is no password, and none is none
    status, headers, _ = ask(server, "/dami/sign-in/provider?name=default")
    assert status == 303 and headers["location"].startswith("/auth/login?provider=")
    assert ask(server, "/dami/sign-in/provider?name=other")[0] == 404
    provider.claims = {"email": "eve@example.org"}
    refused(server)
    provider.claims = {"email": "Ada@example.org", "email_verified": True}
    comes_and_goes(server)


def comes_and_goes(server: Server) -> None:
    """Sign in with the provider, label, and sign out again, as Ada."""
    project = workspace_projects.begin_demo("penguins")
    with requests.Session() as session:
        door = session.get(server.url, headers=HTML, timeout=60)
        [link] = re.findall(r'<a class="button" href="([^"]+)">Sign in</a>', door.text)
        inside = session.get(server.url + unescape(link), headers=HTML, timeout=60)
        assert inside.status_code == 200 and inside.url.rstrip("/") == server.url
        cookie = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
        run(labels_of(PadClient(server.port, project.id, "Ada's tab", headers={"Cookie": cookie})))
        assert [event.annotator for event in annotations.events(project.id)] == ["Ada@example.org"]
        assert link in unescape(session.get(f"{server.url}/dami/sign-out", headers=HTML, timeout=60).text)
        assert session.get(f"{server.url}/label", timeout=60).status_code == 401


def refused(server: Server) -> None:
    with requests.Session() as session:
        answer = session.get(f"{server.url}/dami/sign-in/provider?name=default", headers=HTML, timeout=60)
        assert "/dami/sign-in" in answer.url and "may not enter here" in answer.text
        assert session.get(f"{server.url}/label", timeout=60).status_code == 401


def login(server: Server, key: str, **said: object) -> str:
    """The cookie that Streamlit writes of what a provider has said."""
    value = json.dumps({"is_logged_in": True, "origin": server.url, "provider": "default", **said})
    return create_signed_value(key, "_streamlit_user", value).decode()

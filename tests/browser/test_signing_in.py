"""A server with a password, and one with a login: nothing is to be had without, and everything with it."""

import json
import re
import stat
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex

import pytest
import requests
import websockets
from loops import run
from oidc_provider import Provider
from playwright.sync_api import Browser, expect
from servers import Server
from steps import WAIT, press, project_of, row_on_screen, wait_until_saved
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from dami.store import annotations, database, rooms
from dami.tables.demos import load_demo
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.workshop import room_lifecycle

PASSWORD = "correct horse, battery"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HTML = {"Accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def with_password(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_PASSWORD", PASSWORD)
        running = Server(tmp_path_factory.mktemp("locked") / "home")
    yield running
    running.stop()
    assert "Traceback" not in running.log() and PASSWORD not in running.log()


@pytest.fixture
def locked(with_password: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server with a password, and set its data folder for the test."""
    monkeypatch.setenv("DAMI_HOME", str(with_password.home))
    yield with_password
    database.reset()


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


@pytest.mark.slow
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

    status, headers, _ = ask(locked, "/dami/join", "POST", f"code={room.code}&name=Ada", **FORM)
    assert status == 303 and headers["location"].startswith("/join?me=")
    guest = headers["set-cookie"].split(";")[0]
    own = rooms.participants(room.id)[0].project
    assert opens(locked, cookie=guest) and ask(locked, "/join", Cookie=guest)[0] == 200
    assert ask(locked, f"/dami/p/{own}/status", Cookie=guest)[0] == 200
    assert ask(locked, f"{below}/status", Cookie=guest)[0] == 401  # another's project
    assert ask(locked, "/_stcore/upload_file/a/b", "PUT", "x", Cookie=guest)[0] == 401

    ask(locked, "/dami/sign-out", Cookie=cookie)
    assert ask(locked, "/", Cookie=cookie)[0] == 401 and not opens(locked, cookie=cookie)  # though it is kept
    for _ in range(10):
        assert sign_in(locked, "wrong")[0] == 403
    status, _, page = sign_in(locked)
    assert status == 429 and "Too many wrong passwords" in page
    assert sign_in(locked, X_Forwarded_For="10.1.2.3")[0] == 303  # from elsewhere, by a proxy on this machine


def test_a_person_signs_in_labels_and_signs_out_while_a_guest_sees_the_room_alone(locked: Server, browser: Browser):
    project = project_of(load_demo("titanic")[:100].assign(label=None), "lost, saved")
    room = room_lifecycle.open_room(workspace_projects.begin_demo("penguins"), "A class")
    with (  # on other machines, as a proxy says, so that nobody's wrong passwords are counted here
        browser.new_context(base_url=locked.url, extra_http_headers={"X-Forwarded-For": "10.2.0.1"}) as mine,
        browser.new_context(base_url=locked.url, extra_http_headers={"X-Forwarded-For": "10.2.0.2"}) as theirs,
    ):
        page, guest = mine.new_page(), theirs.new_page()
        page.goto(f"/label?p={project.id}")
        page.get_by_label("Password").fill("wrong password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("This is not the password.")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/label**")
        row_on_screen(page)
        seen = press(page, "1212", 300)
        wait_until_saved(page)
        assert annotations.labels(project.id) == {row: int(key) - 1 for row, key in seen}

        guest.goto(f"/join?room={room.code}")
        expect(guest.get_by_label("Code of the room")).to_have_value(room.code)
        guest.get_by_label("What you want to be called").fill("<b>Ada</b>")
        guest.get_by_role("button", name="Come in").click()
        row_on_screen(guest)
        assert len(press(guest, "1", 300)) == 1
        wait_until_saved(guest)
        expect(guest.get_by_role("link", name="Learn")).to_be_visible()
        expect(guest.get_by_role("link", name="Data", exact=True)).to_be_hidden()
        assert [one.nickname for one in rooms.participants(room.id)] == ["<b>Ada</b>"]

        tab = mine.new_page()
        tab.goto(f"/label?p={project.id}")
        row_on_screen(tab)
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("link", name="Sign out in this browser").click()
        expect(page.get_by_label("Password")).to_be_visible(timeout=WAIT)
        tab.get_by_role("link", name="Export").click()  # a tab that stayed open
        expect(tab.get_by_role("heading", name="Join a room")).to_be_visible(timeout=WAIT)
        assert page.goto("/").url.startswith(f"{locked.url}/dami/sign-in")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def with_login(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a provider of logins, and the key that Streamlit signs its cookie with."""
    folder, key = tmp_path_factory.mktemp("login"), token_hex(32)
    secrets = folder / "secrets.toml"
    server = Server(folder / "home", f"--secrets.files={secrets}", waits=True)  # the provider has to be told where
    secrets.write_text(
        f"""[auth]
redirect_uri = "{server.url}/oauth2callback"
cookie_secret = "{key}"
client_id = "dami"
client_secret = "a secret of theirs"
server_metadata_url = "{provider.url}/.well-known/openid-configuration"
"""
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_USERS", "ada@example.org, @example.com")
        server.start()
    yield server, key
    server.stop()
    assert "Traceback" not in server.log()


def test_a_login_lets_in_whom_the_server_names_and_calls_them_so(
    with_login: tuple[Server, str], browser: Browser, tmp_path: Path
):
    server, key = with_login
    ada = login(server, key, email="Ada@example.org", email_verified=True)
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
    with browser.new_context(base_url=server.url) as context:
        context.add_cookies([{"name": "_streamlit_user", "value": ada, "url": server.url}])
        load_demo("penguins").to_csv(tmp_path / "penguins.csv", index=False)
        page = context.new_page()
        page.goto("/")
        page.get_by_role("tab", name="Upload").click()
        page.locator("input[type=file]").first.set_input_files(tmp_path / "penguins.csv")
        name = page.get_by_label("Your name, kept beside each label")
        expect(name).to_have_value("Ada@example.org", timeout=WAIT)


def test_a_person_goes_to_the_provider_and_comes_back(
    with_login: tuple[Server, str], browser: Browser, provider: Provider
):
    server, _ = with_login
    provider.claims = {"email": "eve@example.org"}
    refused(server)
    provider.claims = {"email": "Ada@example.org", "email_verified": True}
    with browser.new_context(base_url=server.url) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible(timeout=WAIT)
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("link", name="Sign out in this browser").click()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible(timeout=WAIT)


def refused(server: Server) -> None:
    with requests.Session() as session:
        answer = session.get(f"{server.url}/dami/sign-in/provider?name=default", headers=HTML, timeout=60)
        assert "/dami/sign-in" in answer.url and "may not enter here" in answer.text
        assert session.get(f"{server.url}/label", timeout=60).status_code == 401


def login(server: Server, key: str, **said: object) -> str:
    """The cookie that Streamlit writes of what a provider has said."""
    value = json.dumps({"is_logged_in": True, "origin": server.url, "provider": "default", **said})
    return create_signed_value(key, "_streamlit_user", value).decode()

"""Opens pages of a server in a real Chromium. Playwright is imported only if a test asks for a page."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ERRORS: list[str] = []  # that no script has caught, of the page of the running test
PATIENCE = 60_000  # milliseconds: machines that test are busy
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    "--process-per-site",  # tabs of one context are in one process, which has compiled the scripts of Streamlit once
    "--js-flags=--no-flush-bytecode --initial-heap-size=512",  # it keeps what it has compiled, and collects no garbage
]


def launched(playwright: "Playwright") -> "Browser":
    """Start the Chromium that `.ci/setup tests` installs, or the one that CHROMIUM names."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@pytest.fixture(scope="session")
def playwright() -> Iterator["Playwright"]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: "Playwright") -> Iterator["Browser"]:
    started = launched(playwright)
    started.on("context", lambda context: context.set_default_timeout(PATIENCE))
    yield started
    started.close()


@pytest.fixture(scope="session")
def context_of(browser: "Browser") -> Iterator[Callable[[Server], "BrowserContext"]]:
    """Return the context for pages of a server, kept while the server runs.

    Its first tab stays open, and with it the process that has read and compiled the scripts: in a new process, a page
    costs 2.5 seconds, and in this one 1.4.
    """
    kept: dict[str, tuple[Server, BrowserContext]] = {}

    def find(server: Server) -> "BrowserContext":
        for url, (other, context) in list(kept.items()):
            if other.process.poll() is not None:
                context.close()
                del kept[url]
        if server.url not in kept:
            context = browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900})
            kept[server.url] = server, context
            context.new_page().goto("/_stcore/health")
        return kept[server.url][1]

    yield find
    for _, context in kept.values():
        context.close()


@pytest.fixture
def page(server: Server, context_of: Callable[[Server], "BrowserContext"]) -> Iterator["Page"]:
    """A new tab in a browser that has the scripts, and nothing else: no cookie and no storage of the test before."""
    context = context_of(server)
    opened = context.new_page()
    ERRORS.clear()
    opened.on("pageerror", lambda error: ERRORS.append(error.stack or str(error)))
    yield opened
    first, *others = context.pages
    for tab in others:
        tab.close()
    context.clear_cookies()
    first.evaluate("localStorage.clear()")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the text and the errors of the page to the report of a failed test, because the browser closes after it."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and hasattr(page, "locator"):
        from playwright.sync_api import Error

        try:
            report.sections.append(("The page", page.locator("body").inner_text(timeout=2000)))
        except Error as error:
            report.sections.append(("The page", str(error)))
        report.sections.append(("Its errors", "\n".join(ERRORS)))
    return report

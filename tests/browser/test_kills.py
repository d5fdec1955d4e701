"""SIGKILL while a browser and ten websocket clients label: all that was given is in the log, once, on its own row."""

from kills import _differences, label_under_kills
from playwright.sync_api import Page
from servers import Server
from steps import begin

from dami.tables.demos import load_demo


def test_no_label_is_lost_or_doubled_when_the_server_is_killed(page: Page, server: Server):
    begin(page, load_demo("titanic")[:200].assign(label=None), "lost, saved")
    outcome = label_under_kills(page, server, kills=1)
    assert outcome.wrong == []
    assert outcome.pressed > 2 and outcome.sent >= 10


def test_what_is_lost_doubled_or_misplaced_is_told():
    gave = [(7, 0, True), (8, 1, False), (8, 0, False), (8, 0, True), (9, 1, False), (4, 1, True)]
    assert _differences(gave, [(7, 0), (8, 0), (4, 1)]) == []
    assert _differences(gave, [(7, 0), (8, 0), (9, 1), (4, 1)]) == []  # the page went before it could be seen
    for log in ([(7, 0), (4, 1)], [(7, 0), (8, 1), (4, 1)], [(7, 0), (7, 0), (8, 0), (4, 1)], [(8, 0), (7, 0), (4, 1)]):
        assert _differences(gave, log) != []

"""Kills the server again and again while a browser and ten websocket clients label, and says what was lost.

``python benchmarks/kills.py [KILLS]`` takes about ten minutes for a hundred kills. It needs what the tests need.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsers import launched  # noqa: E402
from kills import label_under_kills  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from servers import Server  # noqa: E402
from steps import start_with_classes  # noqa: E402

from dami.tables.demos import load_demo  # noqa: E402

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
A_TABLE = 20  # kills a table: a browser has then labeled a part of it


def main() -> None:
    total = {"kills": 0, "pressed": 0, "sent": 0, "wrong": 0}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        load_demo("titanic").assign(label=None).to_csv(Path(folder) / "titanic.csv", index=False)
        for number in range(-(-KILLS // A_TABLE)):
            home = Path(folder) / f"home-{number}"
            os.environ["DAMI_HOME"] = str(home)
            server = Server(home)
            try:
                with browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900}) as context:
                    page = context.new_page()
                    start_with_classes(page, Path(folder) / "titanic.csv", "lost, saved")
                    kills = min(A_TABLE, KILLS - number * A_TABLE)
                    outcome = label_under_kills(page, server, kills, seed=number)
            finally:
                server.stop()
            for fault in outcome.wrong:
                print(fault[:2000])
            total["kills"] += outcome.kills
            total["pressed"] += outcome.pressed
            total["sent"] += outcome.sent
            total["wrong"] += len(outcome.wrong)
            print(
                f"{total['kills']} kills: {total['pressed']:,} labels from the browser, {total['sent']:,} from ten "
                f"clients; faults: {total['wrong']}",
                flush=True,
            )


if __name__ == "__main__":
    main()

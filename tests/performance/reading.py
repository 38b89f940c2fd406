"""The charts page of a release: how heavy it is, how long it takes to make, and how soon a reader sees a chart.

    python -m tests.performance.reading [PUBLISHED]    # the published folder; the demo's if none is named

`first chart` is the time from the beginning of loading to the first chart being drawn, in a real Chromium with an empty
cache, from the file system; `all charts` is the time that drawing every chart at once takes then. Medians of five.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from warehouse.pages.page import EMBED, PAGE, build_page
from warehouse.release.publish import DATABASE

RUNS = 5
_FIRST = "performance.getEntriesByName('first-chart')[0]?.startTime"


def measure_making(published: Path) -> None:
    """Print how long a page takes, and what it weighs."""
    with tempfile.TemporaryDirectory() as folder:
        for what in ("made, the first in a process", "made again"):
            begun = time.perf_counter()
            build_page(published / DATABASE, Path(folder))
            print(f"{what:30} {time.perf_counter() - begun:8.2f} s")
        beside = sum(path.stat().st_size for path in (Path(folder) / EMBED).iterdir())
        print(f"{PAGE:30} {(Path(folder) / PAGE).stat().st_size / 1e6:8.2f} MB")
        print(f"{'pages to embed, together':30} {beside / 1e6:8.2f} MB")


def measure_reading(browser: Browser, page: Path) -> tuple[float, float]:
    """Return the milliseconds until the first chart is drawn, and those that all of them take."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    reader = context.new_page()
    reader.goto(page.as_uri())
    reader.wait_for_function(_FIRST)
    first = float(reader.evaluate(_FIRST))
    every = float(
        reader.evaluate(
            "(async () => { const t = performance.now(); await drawAll(); return performance.now() - t })()"
        )
    )
    context.close()
    return first, every


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", nargs="?", type=Path, default=Path("warehouse/demo/published"))
    published = parser.parse_args().published.resolve()
    measure_making(published)
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("no Chromium was found: install it to measure reading")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        times = [measure_reading(browser, published / PAGE) for _ in range(RUNS)]
        browser.close()
    for what, values in zip(("first chart", "all charts"), zip(*times, strict=True), strict=True):
        print(f"{what:30} {statistics.median(values):8.0f} ms")


if __name__ == "__main__":
    main()

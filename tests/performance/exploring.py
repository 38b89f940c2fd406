"""explore.html of a release: how soon an answer is there, and how many bytes it takes.

    python -m tests.performance.exploring PUBLISHED TEXT...    # a published folder; the texts that are typed

`first` is the time from typing to the first names, `whole` to those of the whole index, `view` from choosing the first
name to its chart and figures, in a real Chromium with an empty cache over `tidegauge serve`. `opened` is the page itself.
"""

import argparse
import shutil
import socket
import threading
import time
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from pipelines.commands.serve import HOST, application


def measure(browser: Browser, address: str, text: str) -> None:
    """Print the times and bytes of one search and view."""
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    parts: list[str] = []

    def part(name: str, begun: float) -> None:
        parts.append(
            f"{name} {1000 * (time.perf_counter() - begun):5.0f} ms {sum(sizes) / 1000:6.0f} KB {len(sizes):3}"
        )
        sizes.clear()

    begun = time.perf_counter()
    page.goto(f"{address}/explore.html")
    page.wait_for_selector("body[data-shown]")
    part("opened", begun)
    begun = time.perf_counter()
    page.fill("#search", text)
    page.wait_for_selector("#found li, body[data-found]")
    first = 1000 * (time.perf_counter() - begun)
    page.wait_for_selector("body[data-found]")
    part(f"first {first:5.0f} ms; whole", begun)
    begun = time.perf_counter()
    page.locator("#found li").last.click()
    page.wait_for_selector("#picked li")
    part("view", begun)
    print(f"{text:32} {'; '.join(parts)}")
    context.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    parser.add_argument("text", nargs="+")
    asked = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("no Chromium was found: install it to measure exploring")
    with socket.socket() as listener, sync_playwright() as playwright:
        listener.bind((HOST, 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(application(asked.published.resolve()), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for text in asked.text:
            measure(browser, f"http://{HOST}:{listener.getsockname()[1]}", text)
        browser.close()
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()

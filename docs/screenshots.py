"""Takes the pictures of the documentation from a running demo of its own: `make screenshots`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PORT, NETWORK_PORT = 8790, 8791
URL = f"http://127.0.0.1:{PORT}"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SECONDS_OF_STORY = 75


def main() -> None:
    """Start the demo on a fresh folder, let it play for a while, and photograph it."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kulanz-screenshots-") as folder:
        command = [sys.executable, "-m", "config.command", "demo"]
        ports = ["--port", str(PORT), "--network-port", str(NETWORK_PORT)]
        demo = subprocess.Popen([*command, *ports], cwd=ROOT, env=os.environ | {"KULANZ_VAR": folder})
        try:
            wait_until_served()
            time.sleep(SECONDS_OF_STORY)
            passwords = json.loads((Path(folder) / "demo-logins.json").read_text())
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                photograph(browser, passwords)
        finally:
            demo.terminate()
            demo.wait(30)


def wait_until_served() -> None:
    """Wait until the console answers, two minutes at most."""
    for _ in range(240):
        try:
            urllib.request.urlopen(URL, timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("The demo did not start.")


def photograph(browser: Browser, passwords: dict[str, str]) -> None:
    """Take every picture."""
    page = log_in(browser, "ben", passwords["ben"], viewport=DESK)
    open_jana(page)
    ask_for_a_photo(page)
    page.screenshot(path=IMAGES / "desk-light.png")
    page = log_in(browser, "mira", passwords["mira"], viewport=DESK, dark=True)
    open_jana(page)
    page.screenshot(path=IMAGES / "desk-dark-german.png")
    page = log_in(browser, "mira", passwords["mira"], viewport=PHONE)
    page.screenshot(path=IMAGES / "phone-queue-german.png")
    open_jana(page)
    page.screenshot(path=IMAGES / "phone-case-german.png")
    page = log_in(browser, "ada", passwords["ada"], viewport=DESK)
    page.goto(f"{URL}/trends")
    page.wait_for_selector("[data-png]:visible")
    page.screenshot(path=IMAGES / "trends-german.png")


def log_in(
    browser: Browser, username: str, password: str, *, viewport: dict[str, int], dark: bool = False
) -> Page:
    """Open a page as one person of the demo team."""
    page = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
    ).new_page()
    page.goto(URL)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    return page


def open_jana(page: Page) -> None:
    """Open the case of the torn shoe beside the whole queue."""
    page.goto(f"{URL}/?q=jana.rennt")
    path = page.locator("#rows a.row").first.get_attribute("href") or ""
    page.goto(f"{URL}{path.split('?')[0]}?view=open")
    page.wait_for_load_state("networkidle")


def ask_for_a_photo(page: Page) -> None:
    """Claim the case, ask Jana for a photo, wait until she has sent it, and begin an offer."""
    page.keyboard.press("c")
    page.wait_for_selector("#reply-text")
    page.fill("#reply-text", "Liebe Jana, das tut uns sehr leid! Schickst du uns bitte ein Foto von der Öse?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#thread img", timeout=90_000)
    page.wait_for_timeout(1_500)
    page.reload()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()

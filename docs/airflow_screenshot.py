"""Takes the picture of Airflow's graph from a running `make airflow`: python docs/airflow_screenshot.py."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from config.environment import ROOT, environment

ADDRESS = "http://127.0.0.1:8080"
DAG = "route"
SHOW_THE_CHAIN = {
    "default_dag_view": "graph",
    f"dependencies-{DAG}": "all",
    "react-resizable-panels:graph-ltr": {
        "details-panel,main-panel": {"expandToSizes": {}, "layout": [76, 24]}
    },
}


def main(address: str = ADDRESS, home: Path | None = None) -> None:
    """Log in as `otto` and keep what a person sees who opens the DAG."""
    book = (home or environment().var / "airflow") / "passwords.json"
    user = {"username": "otto", "password": json.loads(book.read_text())["otto"]}
    token = httpx.post(f"{address}/auth/token", json=user, timeout=60).json()["access_token"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1600, "height": 640}, device_scale_factor=1.5)
        context.add_cookies([{"name": "_token", "value": token, "url": address}])
        page = context.new_page()
        stored = json.dumps({key: json.dumps(value) for key, value in SHOW_THE_CHAIN.items()})
        page.add_init_script(
            f"Object.entries({stored}).forEach(([key, value]) => localStorage.setItem(key, value))"
        )
        page.goto(f"{address}/dags/{DAG}")
        page.wait_for_selector(".react-flow__node >> text=kulanz://cases", timeout=60_000)
        page.wait_for_timeout(2_000)
        page.screenshot(path=ROOT / "docs" / "images" / "airflow.png")
        browser.close()


if __name__ == "__main__":
    main()

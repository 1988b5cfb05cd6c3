"""Takes the pictures of this documentation from a running instance, with Chromium.

    python docs/take_pictures.py http://127.0.0.1:8000 admin PASSWORD

writes its pictures (see `PICTURES`) beside this file. It needs the packages of the tests (`make test` installs them)
and Chromium. Only signing in changes anything on the instance; to let it look alive, give it something to do first:
`make run`, the third day of the example, an order that is suspended, one that starts in the future.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTH, HEIGHT = 1440, 960
#: file -> page below the scheduler's overview
PICTURES = {"overview.png": "", "chain.png": "chains/sales/daily"}


def main() -> int:
    arguments = parsed()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("Chromium is missing (Debian: apt install chromium)", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = signed_in(browser, arguments.address.rstrip("/"), arguments.name, arguments.password, arguments.zone)
        overview = page.url
        for file, path in PICTURES.items():
            page.goto(overview + path)
            # fonts and the first answers of the live regions
            page.wait_for_load_state("networkidle")
            page.screenshot(path=arguments.into / file)
            print(arguments.into / file)
        browser.close()
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation from a running instance.")
    parser.add_argument("address", help="of the pages, such as http://127.0.0.1:8000")
    parser.add_argument("name", help="of an account")
    parser.add_argument("password")
    parser.add_argument("--zone", default="Europe/Berlin", help="in which times are shown (%(default)s)")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="directory of the pictures")
    return parser.parse_args()


def signed_in(browser: Browser, address: str, name: str, password: str, zone: str) -> Page:
    "A page at the overview of the only scheduler. Fails with a TimeoutError when the password is wrong."
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, timezone_id=zone, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button.primary")
    page.wait_for_url("**/s/*/")
    return page


if __name__ == "__main__":
    sys.exit(main())

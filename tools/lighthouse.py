"""Lighthouse's four scores for one page of each kind, as a phone sees it: `python tools/lighthouse.py [SITE]`.

Needs Node (npx fetches the package once) and Chromium.  Ends with an error if a score is below 95.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gzipped import serving

PACKAGE = "lighthouse@13"
PAGES = {
    "landing": "index.html",
    "chapter": "chapters/neural-networks/optimisation.html",
    "reference": "chapters/reference/claims.html",
    "search": "search.html?q=gradient",
}
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
LOWEST = 95


def report(url: str, chromium: str) -> dict:
    command = ["npx", "--yes", PACKAGE, url, "--quiet", "--output=json", "--only-categories=" + ",".join(CATEGORIES),
               "--chrome-flags=--headless=new --no-sandbox --disable-gpu"]  # fmt: skip
    run = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, "CHROME_PATH": chromium}, check=True)
    return json.loads(run.stdout)


def failures(result: dict) -> list[str]:
    """Titles of the audits that cost points."""
    weighted = {audit["id"] for each in result["categories"].values() for audit in each["auditRefs"] if audit["weight"]}
    audits = [result["audits"][name] for name in weighted]
    return [audit["title"] for audit in audits if audit["score"] is not None and audit["score"] < 0.9]


def main(site: Path) -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("npx"):
        sys.exit("Lighthouse needs Chromium and Node's npx on PATH")
    low = 0
    print(f"{'':10}" + "".join(f"{name:>16}" for name in CATEGORIES))
    with serving(site) as url:
        for kind, page in PAGES.items():
            result = report(url + page, chromium)
            scores = [round(100 * (result["categories"][name]["score"] or 0)) for name in CATEGORIES]
            low += min(scores) < LOWEST
            print(f"{kind:10}" + "".join(f"{score:16}" for score in scores), flush=True)
            for title in failures(result):
                print(f"{'':10}  - {title}")
    return low


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html")))

"""The page about configuration files says what the declarations say."""

import re
import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "make_compatibility.py"


def test_the_page_is_the_one_that_its_script_makes():
    made = runpy.run_path(str(SCRIPT))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run python docs/make_compatibility.py"


def test_every_row_says_what_is_done():
    rows = [line for line in runpy.run_path(str(SCRIPT))["page"]().splitlines() if line.startswith("| ")]
    treated = [re.split(r"(?<!\\)\|", row)[4].strip() for row in rows if "---" not in row and not row.endswith("|  |")]
    assert len(treated) > 250
    assert [text for text in treated if not re.match("as classic|better: .|ours|refused|ignored", text)] == []

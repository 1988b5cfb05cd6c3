"""What the scripts say, for readers of other languages.

A script asks for its words in English, `say("# lines were copied.", 12)`; a page in another language has them in
`data-words` of its root. `#` is the place of a number.
"""

from __future__ import annotations

import json

from flask import Flask

from web.languages import ENGLISH, language
from web.words import translated

WORDS = (
    "live",
    "slow",
    "frozen",
    "no contact for # s",
    "No contact with the server; what you see may be old.",
    "Contact is back.",
    "1 change, show",
    "# changes, show",
    "# selected:",
    "Cancel",
    "This takes longer than usual; it is still looked for.",
    "Follow",
    "Following",
    "earlier lines …",
    "later lines …",
    "following paused, # new lines",
    "1 new line",
    "# new lines",
    "Line #",
    "Lines # to #",
    "The link was copied.",
    "The example was copied.",
    "The line was copied.",
    "# lines were copied.",
    "That was the last place of this list.",
    "That was the first place of this list.",
)


def script_words() -> str:
    "The words in the language of the reader, as a JSON object; empty: as the scripts have them."
    if language() == ENGLISH:
        return ""
    return json.dumps({each: translated(each) for each in WORDS}, ensure_ascii=False, separators=(",", ":"))


def install(app: Flask) -> None:
    app.jinja_env.globals["script_words"] = script_words

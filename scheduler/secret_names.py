"Which parameters hold what is not to be shown, by their names."

from __future__ import annotations

from functools import lru_cache

#: parameters whose names end like this hold secrets
SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "private_key")
MASK = "••••••"


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    "Whether a parameter of this name holds something that is not to be shown."
    return name.lower().endswith(SECRET_WORDS)

"""`python -m web first-admin`: make the first account and print its password once.

Exit status: 0 (also when there is an account already), 2 when something is wrong with the settings or the database.
"""

from __future__ import annotations

import argparse
import os
import sys

from models import connect
from models.errors import SchemaError, StoreError
from web.auth.first_admin import NAME, create_first_admin
from web.settings import Settings, SettingsError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m web", description="Tasks of the control plane.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("first-admin", help="make the account 'admin' when there is none, and print its password once")
    parser.parse_args(arguments)
    try:
        settings = Settings.from_environ(os.environ)
        password = create_first_admin(connect.create(settings.database_url, "web"))
    except SchemaError as error:
        print(f"{error}\nThe database is not prepared: run `python -m models upgrade`", file=sys.stderr)
        return 2
    except (SettingsError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
    if password is not None:
        print(f"account  {NAME}\npassword {password}   (shown only this once)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the harness says of this run."""

import json
import os
from pathlib import Path

from urllib3.util import connection

SETUP = json.loads(Path(os.environ["BRIGANDINE_SETUP"]).read_text())
SETUP["tokens"] = Path(SETUP["tokens"])
SETUP["report"] = Path(SETUP["report"])

connect = connection.create_connection


def to_the_service(address, *arguments, **options):
    """The public name is in no DNS: the address is the harness's, the name and the authority are checked as ever."""
    host, _ = address
    if host != SETUP["host"]:
        raise OSError(f"{host} is not the service")
    return connect((SETUP["address"], SETUP["port"]), *arguments, **options)

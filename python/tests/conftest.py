import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
COMMAND = f"node {ROOT / 'bin' / 'genie-env.mjs'} serve"
os.environ.setdefault("GENIE_ENV_COMMAND", COMMAND)


@pytest.fixture
def command() -> str:
    return os.environ["GENIE_ENV_COMMAND"]

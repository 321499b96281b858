"""The page on administration by programs: its examples are sent and applied as they stand there."""

import json
import re
import tomllib
from pathlib import Path

from ni.cli.apply import FILE
from ni.web.admin.schemas import require
from tests.web.admin.cast import Admin

PAGE = Path("docs/automation.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_requests_of_the_page_succeed_in_their_order(admin: Admin) -> None:
    token, names, statuses = admin.token(), dict[str, str](), list[int]()
    for block in blocks("http"):
        line, _, body = block.partition("\n")
        method, path = line.format(**names).split(" ")
        answer = admin.ask(token, method, path, json.loads(body) if body else None)
        statuses.append(answer.status_code)
        if answer.status_code == 201:
            names["key" if path.endswith("/keys") else "account"] = str((answer.json or {})["id"])
    assert statuses == [201, 201, 200, 200, 200, 204]


def test_the_file_of_the_page_can_be_applied() -> None:
    (text,) = blocks("toml")
    require(tomllib.loads(text), FILE)

"""User names are found where somebody logs in, though no list has them; accounts of programs and words stay."""

from itertools import product

import pytest

from tests.privacy.structure.reading import people

HANDLES = (
    "nkuptana",
    "ahmadzai",
    "jkoostachin",
    "yfontaine",
    "fkabongo",
    "tvanderlinden",
    "wgagnon42",
    "mlittlechild",
)
PLACES = (
    "{0}:x:1015:1015:,,,:/srv/{0}x:/bin/zsh", "{}:*:1015:1015::/srv:/bin/sh",
    "{}:$apr1$8Jk2Lm9Q$x", "line: {}:$6$abc", "dovecot: imap-login: Login: user=<{}>, method=PLAIN, lip=10.0.0.4",
    "sudo: {} : TTY=pts/2 ; PWD=/srv ; USER=root ; COMMAND=/bin/ls", "sudo[311]:   {} : user NOT in sudoers",
    "sshd[3301]: Failed password for {} from 10.0.0.1 port 22 ssh2",
    "sshd[3301]: Accepted publickey for {} from 10.0.0.1 port 22", "sshd[9]: Invalid user {} from 10.0.0.1",
    "COMMAND=/usr/bin/passwd {}", "usermod -aG docker {}",
    "Your username is {} today.", "Votre identifiant est {}.",
    "{}   pts/0        Mon Nov  2 08:51   still logged in",
)  # fmt: skip
PROGRAMS = (
    "postgres", "www-data", "gitlabrunner", "svcbackup", "zabbix", "prometheus", "deploy", "appuser", "nobody",
    "airflow", "ubuntu", "sysmonitor", "node", "rabbitmq", "mailman", "httpd",
)  # fmt: skip
FULL_NAMES = ("samira.ouellette", "jean.tremblay", "priya.sandhu-gill")
QUOTED = ('name = "{}"', "iam_user.this['{}']", '["{}", "b"]', '{{"login_of": "{}"}}')
MODULES = (
    "jackson.core", "spring.boot", "app.settings", "charlotte.web", "os.path", "django.contrib", "user.name",
    "grant.type",
    "main.tf", "react.dom", "jordan.json", "victoria.metrics",
)  # fmt: skip


@pytest.mark.parametrize(("handle", "place"), list(product(HANDLES, PLACES)))
def test_a_user_name_is_found_where_somebody_logs_in(handle: str, place: str) -> None:
    assert handle in people(place.format(handle))


@pytest.mark.parametrize(("program", "place"), list(product(PROGRAMS, PLACES)))
def test_a_program_that_logs_in_is_nobody(program: str, place: str) -> None:
    assert people(place.format(program)) == []


@pytest.mark.parametrize(("name", "place"), list(product(FULL_NAMES, QUOTED)))
def test_a_full_name_joined_by_a_dot_is_found_between_quotes(name: str, place: str) -> None:
    assert name in people(place.format(name))


@pytest.mark.parametrize(("module", "place"), list(product(MODULES, QUOTED)))
def test_a_module_a_file_or_a_setting_between_quotes_is_nobody(module: str, place: str) -> None:
    assert people(place.format(module)) == []


def test_who_logs_in_is_found_behind_home_too_and_others_are_not_there() -> None:
    log = "sudo: qivviuqtarvik : TTY=pts/2 ; PWD=/home/qivviuqtarvik ; COMMAND=/home/vscode/run"
    assert people(log) == ["qivviuqtarvik"]
    assert people("PWD=/home/qivviuqtarvik ; COMMAND=/home/vscode/run") == []

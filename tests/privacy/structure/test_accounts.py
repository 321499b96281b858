"""User names made of names, in the places that logs, commands and settings have for them; accounts of programs stay."""

from itertools import product

import pytest

from tests.privacy.structure.reading import people

HANDLES = (
    "jtremblay",
    "marie.josee",
    "fgauthier42",
    "jp_lavoie",
    "sophie-gagnon",
    "jeantremblay",
    "tremblayj",
)
PLACES = (
    "user={}",
    "user=admin login={} status=200",
    '{{"username": "{}", "active": true}}',
    "ansible_user: {}",
    "utilisateur : {}",
    "pam_unix(sshd:session): session opened for user {} by (uid=0)",
    "Failed password for {} from 10.0.0.1 port 22 ssh2",
    "Failed password for invalid user {} from 10.0.0.1 port 22 ssh2",
    "Accepted publickey for {} from 10.0.0.1 port 51022 ssh2",
    'web-1 - {} [10/Oct/2024:13:55:36 -0400] "POST /api/login HTTP/2.0" 401 53',
    "drwxr-xr-x 2 {} staff 64 Mar  4 09:12 data",
    "Host prod\n  HostName db\n  User {}",
    "scp dump.gz {}@10.0.0.1:/tmp/",
    "ssh {}@web-1",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 {}@laptop",
    "psql -h db -U {} app",
    "{}  pts/0  2024-03-05 10:22 (10.0.0.2)",
    "USER       PID %CPU\n{}   2211  0.3",
    "Merge branch '{}/fix-login' into main",
    "{} — Today at 3:12 PM\nanyone got a fix?",
)
PROGRAMS = (
    "root", "admin", "postgres", "deploy", "jenkins", "ubuntu", "www-data", "appuser", "dbadmin", "mysql", "oracle",
    "airflow_worker", "svc_backup", "jenkins_agent", "minioadmin", "nobody", "node", "ec2-user", "githubactions",
)  # fmt: skip


@pytest.mark.parametrize(("handle", "place"), list(product(HANDLES, PLACES)))
def test_a_user_name_made_of_names_is_found_where_such_stand(handle: str, place: str) -> None:
    assert people(place.format(handle)) == [handle]


@pytest.mark.parametrize(("program", "place"), list(product(PROGRAMS, PLACES)))
def test_the_account_of_a_program_stays(program: str, place: str) -> None:
    assert people(place.format(program)) == []


@pytest.mark.parametrize(
    "text",
    ["for user in users:", "user = request.user", "user story map", "the user wants it", "git@github.com:a/b.git",
     "user: User", "owner = getOwner()", "account: savings", "login page", "from django.contrib.auth import login"],
)  # fmt: skip
def test_words_and_variables_beside_user_are_nobody(text: str) -> None:
    assert people(text) == []

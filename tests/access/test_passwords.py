"""Passwords: good ones are let in, kept as Argon2id with the parameters promised, and hashed off the hub."""

import time

import gevent
import pytest

from ni.access.passwords import Passwords, ThreadOffload, refuse_weak
from ni.access.refusals import Refused
from ni.domain.secret import Secret


def test_a_hash_is_argon2id_with_nineteen_mebibytes_two_passes_and_one_lane() -> None:
    passwords = Passwords()
    encoded = passwords.hash(Secret("an orchard in September"))
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(Secret("an orchard in September"), encoded)
    assert not passwords.matches(Secret("an orchard in October"), encoded)
    assert not passwords.is_dated(encoded)


def test_nobody_has_no_password() -> None:
    passwords = Passwords(memory_kib=64, passes=1)
    assert not passwords.matches(Secret("nobody's password"), None)
    assert not passwords.matches(Secret(""), "not a hash")


def test_the_same_letters_typed_on_another_keyboard_match() -> None:
    passwords = Passwords(memory_kib=64, passes=1)
    assert passwords.matches(
        Secret("cafe\u0301 au lait du matin"), passwords.hash(Secret("café au lait du matin"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "elevenchars",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "abababababab",
        "Password1234",
        "alice@example.ca",
        "aliceALICE1234",
    ],
)
def test_a_weak_password_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        refuse_weak(Secret(text), "alice@example.ca", "Alice")
    assert refusal.value.field == "password"
    assert not text or text not in str(refusal.value)


@pytest.mark.parametrize(
    "text", ["an orchard in September", "Tr0ub4dor&3 plus", "日本語のパスワードを十二文字以上"]
)
def test_a_good_password_is_accepted(text: str) -> None:
    refuse_weak(Secret(text), "alice@example.ca", "Alice")


def test_hashing_lets_other_work_go_on_and_runs_two_at_a_time() -> None:
    offload = ThreadOffload()
    running, most = 0, 0

    def work() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return "done"

    jobs = [gevent.spawn(offload, work) for _ in range(4)]
    gevent.sleep(0)
    assert not any(job.ready() for job in jobs)
    gevent.joinall(jobs, timeout=5)
    assert [job.value for job in jobs] == ["done"] * 4
    assert most == 2

"""The second factor: six digits from an app (TOTP, RFC 6238) or one of ten recovery codes, each good once.

The app's secret is stored encrypted (AES-256-GCM, bound to its user), recovery codes as digests. A code's time step is
written with its use, in the unit that lets the person in, so that a code that somebody saw cannot be used again. Wrong
codes are counted like wrong passwords.
"""

import base64
import hashlib
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa

from ni.access.base import Base, updated
from ni.access.encryption import NONCE_BYTES, Binding, Cipher, DecryptionFailed, Encrypted
from ni.access.refusals import Refused, SignInRefused
from ni.access.sessions import about_person
from ni.access.throttle import AddressThrottle
from ni.domain.activity import Activity, ActivityKind
from ni.domain.secret import Secret
from ni.store.tables.access import users
from ni.store.unit import Change, Conflict

ISSUER = "Northern Inference"
STEP_S = 30
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_RECOVERY_BYTES = 10


@dataclass(frozen=True, slots=True)
class _StoredFactor:
    sealed: bytes
    step: int
    recovery: str


class SecondFactor:
    """The second factors of users."""

    def __init__(self, base: Base, cipher: Cipher) -> None:
        self._base = base
        self._cipher = cipher
        self._throttle = AddressThrottle(base, spare_tries=0)

    def on(self, user_id: str) -> bool:
        """Whether the person signs in with a code."""
        return self._stored(user_id) is not None

    def fresh(self) -> Secret:
        """A secret for an app, in base32, kept nowhere yet."""
        return Secret(base64.b32encode(self._base.random(_SECRET_BYTES)).decode())

    def enable(self, user_id: str, secret: Secret, code: str) -> tuple[str, ...]:
        """Ask for codes from now on; the recovery codes, shown once. Raises `Refused` unless the code fits."""
        step = self._step(secret, code, after=0)
        if step is None:
            raise _wrong()
        codes = tuple(_spaced(self._base.random(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
        sealed = self._cipher.encrypt(_place(user_id), secret.reveal().encode())
        row = {
            "totp_sealed": sealed.nonce + sealed.octets,
            "totp_step": step,
            "recovery_codes": ",".join(map(_digest, codes)),
        }
        self._base.write(updated(users, row, users.c.id == user_id), switched(self._base, user_id, True))
        return codes

    def disable(self, user_id: str) -> None:
        """Ask for no codes any more."""
        self._base.write(forgotten(user_id), switched(self._base, user_id, False))

    def used(self, user_id: str, code: str, place: str = "", known: bool = False) -> tuple[Change, Change]:
        """The parts of a unit that use a code up. Raises `Refused` for a wrong one, which counts as a try there."""
        subject = f"second factor of {user_id}"
        try:
            self._throttle.count(subject, place, known)
        except SignInRefused:
            raise _wrong() from None
        stored = self._stored(user_id)
        change = self._change(user_id, stored, code) if stored else None
        if change is None:
            raise _wrong()
        return change, self._throttle.cleared(subject)

    def _change(self, user_id: str, stored: _StoredFactor, code: str) -> Change | None:
        mine = users.c.id == user_id
        step = self._step(self._opened(user_id, stored.sealed), code, stored.step)
        if step is not None:
            return updated(users, {"totp_step": step}, mine, users.c.totp_step < step)
        left = stored.recovery.split(",")
        if (digest := _digest(code)) not in left:
            return None
        left.remove(digest)
        same = users.c.recovery_codes == sa.literal(stored.recovery)
        return updated(users, {"recovery_codes": ",".join(left)}, mine, same)

    def _step(self, secret: Secret, code: str, after: int) -> int | None:
        """The time step that the code belongs to: now or one beside it, later than the last one used."""
        digits = "".join(code.split())
        try:
            totp = pyotp.TOTP(secret.reveal())
            now = int(self._base.clock.now().timestamp()) // STEP_S
            for step in (now - 1, now, now + 1):
                if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), digits):
                    return step
        except ValueError:  # a secret that is no base32
            return None
        return None

    def _opened(self, user_id: str, sealed: bytes) -> Secret:
        try:
            text = self._cipher.decrypt(
                _place(user_id), Encrypted(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:])
            )
        except DecryptionFailed:  # the master secret was replaced: recovery codes still work
            return Secret("")
        return Secret(text.decode())

    def _stored(self, user_id: str) -> _StoredFactor | None:
        wanted = sa.select(users.c.totp_sealed, users.c.totp_step, users.c.recovery_codes)
        with self._base.database.read() as connection:
            row = connection.execute(wanted.where(users.c.id == user_id)).first()
        return _StoredFactor(*row) if row and row[0] is not None else None


def forgotten(user_id: str) -> Change:
    """The part of a unit after which the person is asked for no codes; it needs no secret."""
    row = {"totp_sealed": None, "totp_step": 0, "recovery_codes": ""}
    return updated(users, row, users.c.id == user_id)


def switched(base: Base, user_id: str, on: bool) -> Activity:
    """The part of a unit that records that the person is asked for codes from now on, or no more."""
    about = about_person(base.database, user_id)
    return base.activity(ActivityKind.FACTOR_CHANGED, *about, (("second_factor", not on, on),))


def provisioning_uri(secret: Secret, email: str) -> str:
    """The `otpauth:` address that an app reads from a picture."""
    return pyotp.TOTP(secret.reveal()).provisioning_uri(name=email, issuer_name=ISSUER)


def taken(fault: Conflict) -> Refused:
    """What a race for one code means: it was used already."""
    refusal = _wrong()
    refusal.__cause__ = fault
    return refusal


def _place(user_id: str) -> Binding:
    """A person's secret belongs to no account and no provider."""
    return Binding("", "second-factor", user_id)


def _wrong() -> Refused:
    return Refused(
        "code",
        "This code is wrong or was used already. After five wrong codes there is a pause of up to 15 minutes.",
    )


def _spaced(octets: bytes) -> str:
    """Sixteen characters in groups of four."""
    text = base64.b32encode(octets).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(code: str) -> str:
    """SHA-256 of the code without separators. The code is long and random: no slow hash is needed."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()

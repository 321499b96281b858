"""AWS authentication: an API key as bearer token, or Signature Version 4 with keys from settings or botocore's chain.

The chain (profiles, assumed roles, SSO, web identity, processes) and the signing are botocore's; its requests to other
AWS services go through the egress client. Only a machine's metadata service is asked by botocore directly: it is
link-local, and no data of a call is sent there. botocore is imported on first use, in a thread. It also cuts the event
streams of answers into frames.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ni.domain.call import Json
from ni.domain.json_text import read_leniently
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.providers.base import Library, SettingLookup

BEARER_SETTING = "AWS_BEARER_TOKEN_BEDROCK"
_KEY_SETTINGS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_KEY_OPTIONS = ("access_key_setting", "secret_key_setting", "session_token_setting")
_BYOK_KEYS = ("access_key_id", "secret_access_key", "session_token")
PROFILE_SETTING = "AWS_PROFILE"
_CHAIN_SETTINGS = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_FILE_SETTINGS = (
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ("AWS_CONFIG_FILE", "~/.aws/config"),
)
_TIMEOUTS = Timeouts(first_byte_s=10.0, idle_s=10.0, total_s=20.0)
SERVICE = "bedrock"


class CredentialsFailed(Exception):
    """The chain knows where credentials are, but could not get them."""


class AwsCredentials:
    """Option `profile` names a profile, `access_key_setting` and its siblings name settings, `credentials = "chain"`
    says that the chain will find something where nothing here tells so (the role of a machine)."""

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._egress = egress
        self._lookup = lookup
        self._lock = Lock()
        self._chains: dict[str, Any] = {}  # by profile: bounded by the catalog
        self._signing = Library("botocore.auth", "botocore.awsrequest", "botocore.credentials")
        self._chaining = Library("botocore.exceptions", "botocore.session")

    def missing(self, deployment: Deployment) -> str | None:
        """What to set, as a sentence, or None if credentials can be expected. Nobody is asked over the network."""
        chained = deployment.options.get("credentials") == "chain"
        if self._bearer(deployment) or self._static(deployment) or chained:
            return None
        files = [self._path(name, usual) for name, usual in _FILE_SETTINGS]
        named = self._lookup(PROFILE_SETTING)
        profile = deployment.options.get("profile") or (named.reveal().strip() if named else "")
        if profile:
            there = any(_names_profile(file, profile) for file in files)
            return (
                None if there else f"Add the profile {profile} to ~/.aws/config, for no file there names it."
            )
        if any(map(self._lookup, _CHAIN_SETTINGS)) or any(file.is_file() for file in files):
            return None
        pair = " and ".join(_KEY_SETTINGS[:2])
        bearer = deployment.credential_setting or BEARER_SETTING
        return f"Set {bearer}, or {pair}, or {PROFILE_SETTING} to a profile of ~/.aws/config."

    def headers(
        self, deployment: Deployment, byok: Mapping[str, Secret], region: str, url: str, wire: bytes
    ) -> dict[str, str] | None:
        """The headers that let a request in, or None if there are no credentials. May ask AWS for fresh ones."""
        own = [byok.get(name) for name in _BYOK_KEYS]
        bearer = byok.get("api_key") or (None if byok else self._bearer(deployment))
        if bearer:
            return {"Authorization": f"Bearer {bearer.reveal().strip()}"}
        self._signing.load()
        if byok:
            return signature(_keys(own), region, url, wire) if all(own[:2]) else None
        static = self._static(deployment)
        keys = _keys(static) if static else self._from_chain(deployment)
        return signature(keys, region, url, wire) if keys is not None else None

    def _bearer(self, deployment: Deployment) -> Secret | None:
        if any(option in deployment.options for option in ("profile", "access_key_setting")):
            return None
        return self._lookup(deployment.credential_setting or BEARER_SETTING)

    def _static(self, deployment: Deployment) -> list[Secret | None] | None:
        if "profile" in deployment.options:
            return None
        names = [
            deployment.options.get(option, name)
            for option, name in zip(_KEY_OPTIONS, _KEY_SETTINGS, strict=True)
        ]
        if "access_key_setting" in deployment.options:
            names[2] = deployment.options.get("session_token_setting", "")
        keys = [self._lookup(name) for name in names]
        return keys if all(keys[:2]) else None

    def _from_chain(self, deployment: Deployment) -> Any:
        """Keys that are good now, or None."""
        self._chaining.load()
        profile = deployment.options.get("profile", "")
        from botocore.exceptions import BotoCoreError, ClientError

        with self._lock:
            try:
                if profile not in self._chains:
                    self._chains[profile] = self._chain(profile)
                chain = self._chains[profile]
                return chain.get_frozen_credentials() if chain is not None else None
            except (BotoCoreError, ClientError) as fault:
                raise CredentialsFailed(type(fault).__name__) from fault

    def _chain(self, profile: str) -> Any:
        from botocore.session import Session

        session = Session(profile=profile or None)
        session.register("before-send", self._through_door)
        return session.get_credentials()

    def _through_door(self, request: Any, **event: Any) -> Any:
        """botocore asks this before it would send by itself; it never does, because this answers or raises."""
        from botocore.awsrequest import AWSResponse

        body = request.body or b""
        wire = body.encode() if isinstance(body, str) else bytes(body)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        response = self._egress.send(Request(request.method, request.url, headers, wire, _TIMEOUTS))
        return AWSResponse(request.url, response.status, dict(response.headers), _Raw(response.read()))

    def _path(self, setting: str, usual: str) -> Path:
        named = self._lookup(setting)
        return Path(named.reveal() if named else usual).expanduser()


class _Raw:
    """A body in the form that botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def region_of(deployment: Deployment, lookup: SettingLookup) -> str:
    """The region whose API is called: an option, the deployment's own if it is one, else the operator's setting."""
    named = lookup("AWS_REGION") or lookup("AWS_DEFAULT_REGION")
    region = deployment.region if deployment.region.count("-") >= 2 else ""
    return deployment.options.get("api_region") or region or (named.reveal() if named else "")


def _names_profile(file: Path, profile: str) -> bool:
    """Whether a configuration file of AWS has a section for the profile."""
    try:
        lines = {line.strip() for line in file.read_text("utf-8", "replace").splitlines()}
    except OSError:
        return False
    return bool(lines & {f"[{profile}]", f"[profile {profile}]"})


def _keys(settings: list[Secret | None]) -> Any:
    from botocore.credentials import ReadOnlyCredentials

    access, secret, token = (part.reveal().strip() if part else None for part in settings)
    return ReadOnlyCredentials(access, secret, token, None)


def signature(keys: Any, region: str, url: str, wire: bytes) -> dict[str, str]:
    """The headers of AWS Signature Version 4 for a POST of JSON, or for a GET where there is nothing to send."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    headers = {"Content-Type": "application/json"} if wire else {}
    request = AWSRequest("POST" if wire else "GET", url, headers, wire)
    SigV4Auth(keys, SERVICE, region).add_auth(request)
    return dict(request.headers.items())


class EventStreamFramer:
    """Implements `Framer`: events as (name, payload), where the name of an exception begins with `!`."""

    def __init__(self) -> None:
        from botocore.eventstream import EventStreamBuffer, ParserError

        self._buffer = EventStreamBuffer()
        self._fault: type[Exception] = ParserError

    def feed(self, arrived: bytes) -> list[tuple[str, Json]]:
        """The events that are complete. Raises `ValueError` for a wrong length or checksum."""
        self._buffer.add_data(arrived)
        try:
            return [_named(message) for message in self._buffer]
        except self._fault as fault:
            raise ValueError("the event stream is broken") from fault


def _named(message: Any) -> tuple[str, Json]:
    headers = message.headers
    payload = read_leniently(message.payload or b"{}")
    if headers.get(":message-type") == "event":
        return headers[":event-type"], payload
    return "!" + (headers.get(":exception-type") or headers.get(":error-code") or ""), payload

"""Google authentication: a static access token, or google-auth credentials whose requests go through the egress client.

google-auth is imported on first use, in a thread and without the HTTP libraries that it can use. One request at a time
renews a token. A virtual machine's metadata service is not asked: the egress client refuses such addresses.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from ni.domain.errors import Problem
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.providers.base import Library, SettingLookup
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, problem_of_status

logger = logging.getLogger(__name__)

TOKEN_SETTING = "NI_VERTEX_ACCESS_TOKEN"  # noqa: S105 - the name of a setting
FILE_SETTING = "GOOGLE_APPLICATION_CREDENTIALS"
PROJECT_SETTING = "GOOGLE_CLOUD_PROJECT"
_USUAL_FILE = "~/.config/gcloud/application_default_credentials.json"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_TIMEOUTS = Timeouts(first_byte_s=10.0, idle_s=10.0, total_s=20.0)
_MOST = 64


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A response in the form that google-auth reads."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class DoorTransport:
    """google-auth's `Request` over the egress; raises its `TransportError`, as that interface demands."""

    def __init__(self, egress: EgressClient) -> None:
        self._egress = egress

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        timeout: Any = None,
        **more: Any,
    ) -> TokenAnswer:
        """Send. The timeouts is ours, whatever google-auth would wait."""
        from google.auth.exceptions import TransportError

        wire = body.encode() if isinstance(body, str) else body or b""
        try:
            response = self._egress.send(Request(method, url, dict(headers or {}), wire, _TIMEOUTS))
            return TokenAnswer(response.status, dict(response.headers), response.read())
        except OutboundFault as fault:
            raise TransportError(str(fault)) from fault


class GoogleCredentials:
    """Tokens and projects. Option `credentials_setting` names a setting that holds the path of a file, or its JSON
    text, option `project` the project; option `credentials = "chain"` trusts google-auth to find something."""

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._transport = DoorTransport(egress)
        self._lookup = lookup
        self._lock = Lock()
        self._loaded: dict[str, Any] = {}
        self._library = Library("google.auth", "google.oauth2.credentials", "google.oauth2.service_account")

    def missing(self, deployment: Deployment) -> str | None:
        """What to set, as a sentence, or None if a token can be expected. Nobody is asked over the network."""
        chained = deployment.options.get("credentials") == "chain"
        if (
            self._static(deployment)
            or chained
            or self._written(deployment)
            or self._file(deployment).is_file()
        ):
            return None
        setting = deployment.options.get("credentials_setting", FILE_SETTING)
        if self._lookup(setting):
            return f"Set {setting} to the path of a credentials file; {self._file(deployment)} is none."
        token = deployment.credential_setting or TOKEN_SETTING
        return f"Set {setting} to the path of a service account's key file, or {token} to an access token."

    def project(self, deployment: Deployment, byok: Mapping[str, Secret]) -> str:
        """The project to call, or nothing."""
        if byok:
            return byok["project"].reveal().strip() if "project" in byok else _project_in(_of(byok))
        named = deployment.options.get("project") or _text(self._lookup(PROJECT_SETTING))
        return named or _project_in(self._content(deployment))

    def token(self, deployment: Deployment, byok: Mapping[str, Secret], upstream: Upstream) -> Secret:
        """A token that is good now. Raises `Problem`."""
        static = byok.get("access_token") or (None if byok else self._static(deployment))
        if static:
            return static
        self._library.load()
        from google.auth.exceptions import GoogleAuthError

        try:
            return self._fresh(deployment, _of(byok) if byok else None)
        except (GoogleAuthError, ValueError, OSError) as fault:
            raise self._problem(fault, upstream) from fault

    def _fresh(self, deployment: Deployment, own: bytes | None) -> Secret:
        """From an account's own file content (`own`), or the platform's."""
        text = own if own is not None else self._written(deployment)
        name = sha256(text).hexdigest() if text else deployment.id
        with self._lock:
            if name not in self._loaded:
                while len(self._loaded) >= _MOST:
                    self._loaded.pop(next(iter(self._loaded)))
                content = own if own is not None else self._content(deployment)
                self._loaded[name] = self._load(content, ours=own is None and not text)
            credentials = self._loaded[name]
            if not credentials.valid:
                credentials.refresh(self._transport)
            return Secret(credentials.token)

    def _load(self, content: bytes, *, ours: bool) -> Any:
        key_file = orjson.loads(content or b"{}")
        kind = key_file.get("type") if isinstance(key_file, dict) else None
        if kind == "service_account":
            from google.oauth2 import service_account

            return service_account.Credentials.from_service_account_info(key_file, scopes=_SCOPES)
        if kind == "authorized_user":
            from google.oauth2 import credentials

            return credentials.Credentials.from_authorized_user_info(key_file, scopes=_SCOPES)
        if not ours:  # other kinds name addresses and commands to run: from a file of the machine alone
            raise ValueError("not the key of a service account")
        from google.auth import default

        transport: Any = self._transport  # of the interface's shape, without its base class
        chained, _ = default(scopes=_SCOPES, request=transport)
        return chained

    def _problem(self, fault: Exception, upstream: Upstream) -> Problem:
        if isinstance(fault.__cause__, OutboundFault):
            return problem_of_fault(fault.__cause__, upstream)
        status = 503 if getattr(fault, "retryable", False) else 403
        logger.warning("no token of Google could be had: %s", type(fault).__name__)
        return problem_of_status(status, ErrorBody(), None, upstream)

    def _static(self, deployment: Deployment) -> Secret | None:
        return self._lookup(deployment.credential_setting or TOKEN_SETTING)

    def _named(self, deployment: Deployment) -> str:
        return _text(self._lookup(deployment.options.get("credentials_setting", FILE_SETTING)))

    def _written(self, deployment: Deployment) -> bytes:
        """The JSON text that the setting holds in place of a path; empty where it holds none."""
        named = self._named(deployment)
        return named.encode() if named.startswith("{") else b""

    def _file(self, deployment: Deployment) -> Path:
        return Path(self._named(deployment) or _USUAL_FILE).expanduser()

    def _content(self, deployment: Deployment) -> bytes:
        return self._written(deployment) or _read(self._file(deployment))


def _text(secret: Secret | None) -> str:
    return secret.reveal().strip() if secret else ""


def _of(byok: Mapping[str, Secret]) -> bytes:
    return byok["service_account"].reveal().encode() if "service_account" in byok else b"{}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"{}"


def _project_in(content: bytes) -> str:
    """The project that a credentials file names."""
    try:
        key_file = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    project = (
        key_file.get("project_id") or key_file.get("quota_project_id") if isinstance(key_file, dict) else ""
    )
    return project if isinstance(project, str) else ""

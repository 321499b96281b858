"""Bearer tokens of Microsoft Entra ID for Azure's model endpoints: a static one, or by client credentials.

The flow is OAuth 2.0 section 4.4 at `login.microsoftonline.com`, through the egress like every other connection. Tokens
are kept until shortly before they expire; one request at a time asks for a new one.
"""

from threading import Lock
from urllib.parse import quote, urlencode

import orjson

from ni.domain.errors import UpstreamError
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.providers.failures import Complaint, Party, problem_of_fault, problem_of_status
from ni.providers.provider import Lookup

STATIC_SETTING = "AZURE_OPENAI_AD_TOKEN"
SCOPE = "https://cognitiveservices.azure.com/.default"
AUTHORITY = "https://login.microsoftonline.com"
ENTRA_SETTINGS = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
_PATIENCE = Timeouts(first_byte_s=10.0, idle_s=10.0, total_s=20.0)
_EARLY_S = 300.0
_LIMIT = 64 * 1024


class Entra:
    """Tokens by deployment.

    Options `token_setting`, `tenant_setting`, `client_setting` and `secret_setting` name other settings than the usual.
    """

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._egress = egress
        self._lookup = lookup
        self._lock = Lock()
        self._tokens: dict[str, tuple[float, Secret]] = {}  # bounded: one per deployment of the catalog

    def configured(self, deployment: Deployment) -> bool:
        """Whether a token can be had."""
        return self._static(deployment) is not None or all(self._named(deployment))

    def token(self, deployment: Deployment, party: Party) -> Secret | None:
        """A token that is good now, or None if none is configured. Raises `Problem`."""
        if static := self._static(deployment):
            return static
        if not self.configured(deployment):
            return None
        with self._lock:
            good_until, token = self._tokens.get(deployment.id, (0.0, Secret("")))
            if self._egress.clock.monotonic() >= good_until:
                good_until, token = self._fetch(deployment, party)
                self._tokens[deployment.id] = good_until, token
            return token

    def _static(self, deployment: Deployment) -> Secret | None:
        return self._lookup(deployment.options.get("token_setting", STATIC_SETTING))

    def _named(self, deployment: Deployment) -> list[Secret | None]:
        options = ("tenant_setting", "client_setting", "secret_setting")
        names = [
            deployment.options.get(option, name) for option, name in zip(options, ENTRA_SETTINGS, strict=True)
        ]
        return [self._lookup(name) for name in names]

    def _fetch(self, deployment: Deployment, party: Party) -> tuple[float, Secret]:
        tenant, client, secret = (found.reveal() if found else "" for found in self._named(deployment))
        authority = deployment.options.get("authority", AUTHORITY)
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "scope": SCOPE,
        }
        request = Request(
            "POST",
            f"{authority}/{quote(tenant, safe='')}/oauth2/v2.0/token",
            {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
            _PATIENCE,
        )
        asked_at = self._egress.clock.monotonic()
        try:
            response = self._egress.send(request)
            body = response.read(_LIMIT)
        except OutboundFault as fault:
            raise problem_of_fault(fault, party) from fault
        if response.status in (400, 401, 403):  # OAuth calls a wrong client 400 or 401
            raise problem_of_status(401, Complaint(), None, party)
        if response.status != 200:
            raise problem_of_status(response.status, Complaint(), None, party)
        return _read(body, asked_at, party)


def _read(body: bytes, asked_at: float, party: Party) -> tuple[float, Secret]:
    """Until when the token is used (monotonic), and the token."""
    try:
        found = orjson.loads(body)
        life_s, token = float(found["expires_in"]), Secret(str(found["access_token"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise UpstreamError(provider=party.name) from fault
    return asked_at + max(life_s - _EARLY_S, life_s / 2), token

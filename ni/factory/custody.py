"""How the custody log is put together from settings, secrets and the egress: part of the factory's layer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ni.custody.anchors.base import Anchor
from ni.custody.anchors.build import AnchorTools, build_anchors
from ni.custody.anchors.remote import Post
from ni.custody.log_lifecycle import LogDependencies
from ni.custody.log_service import LogService
from ni.custody.log_signer import SeedFiles
from ni.custody.logs import CustodyRefused, LogFreeze, LogHead
from ni.outbound.client import EgressClient, Request
from ni.outbound.errors import OutboundFault
from ni.providers.base import aside
from ni.settings import Settings
from ni.settings.secret_files import Secrets, write_private

LARGEST_ANSWER = 64 * 1024


def make_log_service(
    settings: Settings, secrets: Secrets, tools: LogDependencies, egress: EgressClient, freeze: LogFreeze
) -> LogService:
    """Who looks after the log; its anchors are the folder of checkpoints and those that the operator names."""
    anchor_tools = AnchorTools(settings.home / "checkpoints", poster(egress), _s3, tools.clock, aside)

    def anchors(head: LogHead) -> Sequence[Anchor]:
        try:
            return build_anchors(settings.custody_anchors, head, anchor_tools)
        except ValueError as fault:
            raise CustodyRefused(f"NI_CUSTODY_ANCHORS: {fault}.") from fault

    seeds = SeedFiles(settings.home / "secrets", write_private).load(secrets.custody_seed)
    return LogService(tools, seeds, anchors, freeze)


def origin(settings: Settings, now: datetime) -> str:
    """The name that a new log gets; one that has begun keeps its own."""
    host = urlsplit(settings.public_url).netloc or "localhost"
    return settings.custody_origin or f"{host}/custody/{now.year}"


def poster(egress: EgressClient) -> Post:
    """Sends a body through the egress; status and body of the answer."""

    def post(url: str, body: bytes) -> tuple[int, bytes]:
        try:
            response = egress.send(Request("POST", url, {"Content-Type": "text/plain"}, body))
            return response.status, response.read(LARGEST_ANSWER)
        except OutboundFault as fault:
            raise OSError(str(fault)) from fault

    return post


def _s3() -> Any:
    import boto3  # loaded only where a bucket is an anchor

    return boto3.client("s3")

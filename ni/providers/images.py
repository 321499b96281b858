"""Images of a conversation as bytes, for wires that take no addresses: remote ones are fetched through the egress.

An address in a prompt is anybody's, so only `https` to public addresses is fetched, never from the operator's private
networks, and no redirect is followed; size and time are bounded, and the kind is read from the bytes, not from what the
server claims.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from ni.domain.errors import BadRequest
from ni.outbound.addresses import refusal
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, OutboundFault
from ni.outbound.http1 import Response
from ni.providers.conversation import Block, Image, ProviderConversation, ToolResult, Turn, kind_of

_UNREADABLE = (
    "An image in `messages` could not be read from its address. Send it as a base64 data URL instead."
)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bytes of one image, and how long it may take."""

    octets: int = 5 * 1024 * 1024
    timeouts: Timeouts = Timeouts(first_byte_s=5.0, idle_s=5.0, total_s=10.0)  # noqa: RUF009 - it is frozen


def only_public(addresses: Sequence[str]) -> None:
    """Refuse all but public addresses, also those that the operator opened for providers of his own."""
    for address in addresses:
        if (reason := refusal(ip_address(address), ())) is not None:
            raise AddressRefused(f"an image leads to {address}: {reason}")


class Images:
    """Fetches images; `vet` is asked about the addresses, `kinds` are the media types that the model reads."""

    def __init__(
        self, egress: EgressClient, kinds: frozenset[str], limits: ImageLimits | None = None
    ) -> None:
        self._egress = egress
        self._kinds = kinds
        self._limits = limits or ImageLimits()
        self.vet = only_public
        self.scheme = "https://"

    def inlined(self, conversation: ProviderConversation) -> ProviderConversation:
        """The conversation with every image as bytes of a kind that the model reads. Raises `BadRequest`."""
        turns = tuple(
            Turn(turn.role, [self._block(block) for block in turn.blocks]) for turn in conversation.turns
        )
        return replace(conversation, turns=turns)

    def read(self, image: Image) -> Image:
        """The image as bytes of a kind that the model reads. Raises `BadRequest`."""
        if image.url:
            content = self._fetched(image.url)
            image = replace(image, url="", media_type=kind_of(content), content=b64encode(content).decode())
        if image.media_type not in self._kinds:
            raise BadRequest(
                "An image in `messages` is of a kind that this model does not read. It reads %(kinds)s.",
                param="messages",
                kinds=", ".join(sorted(self._kinds)),
            )
        return image

    def _block(self, block: Block) -> Block:
        if isinstance(block, ToolResult):
            parts = tuple(self.read(part) if isinstance(part, Image) else part for part in block.parts)
            return replace(block, parts=parts)
        return self.read(block) if isinstance(block, Image) else block

    def _fetched(self, url: str) -> bytes:
        if not url.startswith(self.scheme):
            raise BadRequest(_UNREADABLE, param="messages")
        try:
            return self._content(
                self._egress.send(Request("GET", url, {}, b"", self._limits.timeouts, self.vet))
            )
        except OutboundFault as fault:
            raise BadRequest(_UNREADABLE, param="messages") from fault

    def _content(self, response: Response) -> bytes:
        if response.status != 200:
            response.close()
            raise BadRequest(_UNREADABLE, param="messages")
        return response.read(self._limits.octets)

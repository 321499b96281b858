"""How many input tokens a request in chat form has, estimated here: no provider is asked, and none of its words kept.

A quarter of the bytes of text, a sum for each image (Anthropic's figure for a full-sized one), and a few for each
message. What is charged is what the provider counts.
"""

import orjson

from ni.domain.call import Json

BYTES_PER_TOKEN, IMAGE_TOKENS, MESSAGE_TOKENS = 4, 1600, 4


def estimated_tokens(chat: Json) -> int:
    """The estimate for `messages` and `tools`."""
    images, text_bytes = 0, len(orjson.dumps(chat.get("tools") or []))
    for message in chat["messages"]:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            url = (part.get("image_url") or {}).get("url")
            images += url is not None
            text_bytes -= len(url or "")
        text_bytes += len(orjson.dumps(message))
    return text_bytes // BYTES_PER_TOKEN + IMAGE_TOKENS * images + MESSAGE_TOKENS * len(chat["messages"])

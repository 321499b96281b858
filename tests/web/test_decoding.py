"""Compressed bodies: decoded under the limits of plain ones, and refused by the right status otherwise."""

import contextlib
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.errors import BadRequest, BodyTooLarge
from ni.web.client import CODINGS, decoded
from tests.api.instance import MODEL, Instance, running

LIMIT = 4 * 1024 * 1024
BODY = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Bonjour, été."}]}).encode()


def bare_deflate(octets: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(octets) + packer.flush()


def brotlied(octets: bytes) -> bytes:
    compressed: bytes = brotli.compress(octets, quality=4)
    return compressed


ENCODERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotlied),
    ("zstd", zstandard.compress),
]
EACH = pytest.mark.parametrize(
    ("coding", "encode"), ENCODERS, ids=lambda value: getattr(value, "__name__", value)
)


def read(octets: bytes, coding: str, most: int = LIMIT) -> bytes:
    return decoded(octets, coding.lower(), most, lambda: None)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started


def post(instance: Instance, octets: bytes, coding: str) -> tuple[int, str]:
    headers = {
        "Authorization": f"Bearer {instance.key}",
        "Content-Type": "application/json",
        "Content-Encoding": coding,
    }
    response = instance.client.post("/v1/chat/completions", data=octets, headers=headers)
    told = json.loads(response.data)
    return response.status_code, str(told.get("error", told)["message"]) if "error" in told else "answered"


@EACH
def test_a_compressed_body_is_answered(
    instance: Instance, coding: str, encode: Callable[[bytes], bytes]
) -> None:
    assert post(instance, encode(BODY), coding) == (200, "answered")


@EACH
def test_a_bomb_is_too_large(instance: Instance, coding: str, encode: Callable[[bytes], bytes]) -> None:
    bomb = encode(b" " * (24 * 1024 * 1024))
    assert len(bomb) < 300_000
    assert post(instance, bomb, coding)[0] == 413


@EACH
def test_a_bomb_takes_no_more_memory_than_its_limit_and_a_little(
    coding: str, encode: Callable[[bytes], bytes]
) -> None:
    bomb = encode(b"\0" * (64 * 1024 * 1024))
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        read(bomb, coding)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * LIMIT + 16 * 1024 * 1024


@EACH
def test_a_cut_or_garbled_body_is_a_bad_request(
    instance: Instance, coding: str, encode: Callable[[bytes], bytes]
) -> None:
    whole = encode(BODY)
    for octets in (whole[:-1], whole[: len(whole) // 2], whole[:1], b"\xff" * 40, b"{}"):
        status, message = post(instance, octets, coding)
        assert status == 400
        assert "valid" in message


@pytest.mark.parametrize("coding", ["compress", "gzip, br", "snappy", "zip", "*"])
def test_another_coding_is_unsupported_and_the_known_are_named(instance: Instance, coding: str) -> None:
    status, message = post(instance, BODY, coding)
    assert status == 415
    assert all(known in message for known in ("gzip", "deflate", "br", "zstd"))


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_several_members_are_read_as_one_body(coding: str, encode: Callable[[bytes], bytes]) -> None:
    assert read(encode(b"a" * 1000) + encode(b"b" * 1000), coding) == b"a" * 1000 + b"b" * 1000
    with pytest.raises(BadRequest):
        read(encode(b"a") + b"junk", coding)


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
@pytest.mark.parametrize("content", [b"", b"x"], ids=["empty", "of one byte"])
def test_members_are_bounded(coding: str, encode: Callable[[bytes], bytes], content: bytes) -> None:
    """Each costs more time than bytes: 200,000 of them stood still for minutes."""
    assert read(encode(content) * 1000, coding) == content * 1000
    with pytest.raises(BadRequest, match="more than 1000 parts"):
        read(encode(content) * 1001, coding)


def test_a_window_beyond_what_the_standard_allows_is_refused() -> None:
    """RFC 9659: 8 MiB."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(BadRequest):
        read(packer.compress(b"x" * 1000) + packer.flush(), "zstd")


@given(st.binary(max_size=5000), st.sampled_from(ENCODERS), st.integers(1, 20))
def test_what_was_encoded_comes_back(
    octets: bytes, coder: tuple[str, Callable[[bytes], bytes]], times: int
) -> None:
    coding, encode = coder
    assert read(encode(octets * times), coding) == octets * times


@given(st.binary(max_size=300), st.sampled_from(sorted(CODINGS)))
def test_any_bytes_are_read_or_refused(octets: bytes, coding: str) -> None:
    with contextlib.suppress(BadRequest, BodyTooLarge):
        read(octets, coding)


def test_others_run_while_a_large_body_is_decoded() -> None:
    pauses: list[int] = []
    decoded(zlib.compress(b"x" * LIMIT), "deflate", LIMIT, lambda: pauses.append(1))
    assert len(pauses) >= 4

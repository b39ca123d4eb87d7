"""Reads an answer's body within a bound: httpx reads and unpacks one of any size."""

import zlib

import httpx

MOST_BYTES = 16 * 1024 * 1024  # of an answer, unpacked; 64 times what is kept of a reply [ours]
# What is asked for, and zlib's words for it; some send deflate without a header.
PACKINGS = {"gzip": [zlib.MAX_WBITS | 16], "deflate": [zlib.MAX_WBITS, -zlib.MAX_WBITS]}


async def whole_answer(response: httpx.Response) -> httpx.Response:
    """An answer with its body, read and unpacked within `MOST_BYTES`.

    Raises:
        httpx.DecodingError: it is larger, or not packed as it says.
    """
    if response.is_stream_consumed:  # a hook of the client has read it
        return response
    body = bytearray()
    try:
        async for part in response.aiter_raw():
            body += part
            _require_small(body)
    finally:
        await response.aclose()
    content = bytes(body)
    for packing in reversed(response.headers.get_list("content-encoding", split_commas=True)):
        content = _unpacked(content, packing.strip().lower())
    framing = ("content-encoding", "content-length", "transfer-encoding")
    whole = httpx.Response(
        response.status_code,
        headers=[pair for pair in response.headers.multi_items() if pair[0] not in framing],
        content=content,
        request=response.request,
        extensions=response.extensions,
    )
    whole.next_request, whole.elapsed = response.next_request, response.elapsed
    return whole


def _unpacked(packed: bytes, packing: str) -> bytes:
    """The content of a body; the same where its packing is none that was asked for."""
    fault = ""
    for bits in PACKINGS.get(packing, ()):
        try:
            content = zlib.decompressobj(bits).decompress(packed, MOST_BYTES + 1)
        except zlib.error as error:
            fault = str(error)
        else:
            _require_small(content)
            return content
    if fault:
        raise httpx.DecodingError(fault)
    return packed


def _require_small(body: bytes | bytearray) -> None:
    if len(body) > MOST_BYTES:
        raise httpx.DecodingError(f"the answer has more than {MOST_BYTES:,} bytes")

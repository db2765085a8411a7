"""The HTTP client against a real endpoint: what it sends, and what each failure means."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import LARGEST_REPLY, HttpClient, HttpReply
from carteiro.errors import DeliveryFailed, Disposition, InvalidResponse
from carteiro.testing.http_sink import (
    DROPPED,
    ENDLESS,
    HUNG,
    HUNG_IN_BODY,
    NOT_GZIP,
    Answer,
    HttpSink,
    redirect,
    refused,
    throttled,
)

OPEN = EgressPolicy(enabled=False)
HEADERS = {"Authorization": "Bearer top-secret", "Content-Type": "application/json"}
BODY = b'{"code":"735201"}'


async def post(client: HttpClient, url: str, **options: float) -> HttpReply:
    return await client.post(url, data=BODY, headers=HEADERS, **options)


async def failure(client: HttpClient, url: str, **options: float) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await post(client, url, **options)
    return caught.value


async def test_the_body_and_the_headers_arrive_as_they_are(
    client: HttpClient, sink: HttpSink
) -> None:
    reply = await post(client, sink.url)

    request = sink.requests[0]
    assert (request.method, request.path, request.body) == ("POST", "/hook", BODY)
    assert request.headers["authorization"] == "Bearer top-secret"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(BODY))
    assert "transfer-encoding" not in request.headers
    assert (reply.status, reply.ok, reply.text) == (200, True, "OK")


async def test_a_hundred_posts_share_one_client_and_one_connection(
    client: HttpClient, sink: HttpSink
) -> None:
    for _ in range(100):
        await post(client, sink.url)

    assert (client.sessions_opened, sink.connections, len(sink.requests)) == (1, 1, 100)


async def test_no_more_connections_are_opened_than_the_limit_allows(sink: HttpSink) -> None:
    client = HttpClient(OPEN, limit=3)

    await asyncio.gather(*(post(client, sink.url) for _ in range(30)))
    await client.close()

    assert sink.connections <= 3
    assert len(sink.requests) == 30


async def test_a_cookie_is_never_sent_back(client: HttpClient, sink: HttpSink) -> None:
    sink.script.append(Answer(headers={"Set-Cookie": "a=b; Path=/"}))

    await post(client, sink.url)
    await post(client, sink.url)

    assert all("cookie" not in request.headers for request in sink.requests)


async def test_a_proxy_of_the_environment_is_not_used(
    client: HttpClient, sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert (await post(client, sink.url)).ok


async def test_a_redirect_is_an_answer_and_not_followed(client: HttpClient, sink: HttpSink) -> None:
    async with HttpSink() as other:
        sink.script.append(redirect(other.url))

        reply = await post(client, sink.url)

        assert reply.status == 307
        assert other.requests == []


async def test_a_refusal_is_a_reply_with_its_text(client: HttpClient, sink: HttpSink) -> None:
    sink.script.append(refused(400, '{"a":1}'))

    reply = await post(client, sink.url)

    assert (reply.status, reply.ok, reply.text, reply.json()) == (400, False, '{"a":1}', {"a": 1})


async def test_a_request_is_sent_once_whatever_comes_back(
    client: HttpClient, sink: HttpSink
) -> None:
    await post(client, sink.url)
    sink.script.extend([refused(503, "busy"), DROPPED])

    await post(client, sink.url)
    await failure(client, sink.url)

    assert len(sink.requests) == 3


async def test_an_answer_is_read_to_the_cap_and_no_further(
    client: HttpClient, sink: HttpSink
) -> None:
    sink.script.append(ENDLESS)

    reply = await post(client, sink.url)

    assert reply.ok
    assert len(reply.body) == LARGEST_REPLY
    assert (await post(client, sink.url)).text == "OK"
    assert sink.connections == 2


async def test_no_more_of_an_answer_is_taken_off_the_line_than_the_cap_and_what_is_under_way(
    sink: HttpSink,
) -> None:
    patient = HttpClient(OPEN, timeout=30)
    sink.script.append(Answer(200, b"x" * (64 * LARGEST_REPLY)))

    async with asyncio.timeout(60):
        reply = await post(patient, sink.url)
        sink.script.append(ENDLESS)
        endless = await post(patient, sink.url)
    await patient.close()

    assert reply.body == b"x" * LARGEST_REPLY
    assert len(endless.body) == LARGEST_REPLY
    # What the sockets' buffers hold is under way; the rest of the answer never ends.
    assert sink.sent < 512 * LARGEST_REPLY


async def test_the_status_stands_when_the_body_never_ends(
    client: HttpClient, sink: HttpSink
) -> None:
    sink.script.append(HUNG_IN_BODY)

    # The status has to arrive in this time.
    reply = await post(client, sink.url, timeout=3)

    assert (reply.status, reply.body) == (200, b"half")


async def test_an_encoding_that_nobody_asked_for_is_undone_up_to_the_cap(
    client: HttpClient, sink: HttpSink
) -> None:
    bomb = gzip.compress(b"x" * 5_000_000)
    sink.script.append(Answer(200, bomb, {"Content-Encoding": "gzip"}))

    reply = await post(client, sink.url)

    assert sink.requests[0].headers["accept-encoding"] == "identity"
    assert reply.body == b"x" * LARGEST_REPLY


async def test_a_broken_encoding_takes_the_body_and_not_the_status(
    client: HttpClient, sink: HttpSink
) -> None:
    sink.script.append(NOT_GZIP)

    reply = await post(client, sink.url)

    assert (reply.ok, reply.text) == (True, "")
    with pytest.raises(InvalidResponse):
        reply.json()


async def test_no_answer_in_time_is_unknown_and_may_have_been_sent(
    client: HttpClient, sink: HttpSink
) -> None:
    await post(client, sink.url)
    sink.script.append(HUNG)

    error = await failure(client, sink.url, timeout=0.3)

    assert error.disposition is Disposition.UNKNOWN
    assert error.message == "The endpoint did not answer in time."


async def test_a_connection_lost_after_the_request_is_unknown(
    client: HttpClient, sink: HttpSink
) -> None:
    sink.script.append(DROPPED)

    assert (await failure(client, sink.url)).disposition is Disposition.UNKNOWN


@pytest.fixture
async def mail_server() -> AsyncIterator[int]:
    """A port where somebody speaks first, and not HTTP."""

    def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.test ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_an_answer_that_is_not_http_is_unknown(client: HttpClient, mail_server: int) -> None:
    error = await failure(client, f"http://127.0.0.1:{mail_server}/")

    assert error.disposition is Disposition.UNKNOWN


async def test_an_answer_that_is_not_tls_is_transient(client: HttpClient, mail_server: int) -> None:
    error = await failure(client, f"https://127.0.0.1:{mail_server}/")

    assert error.disposition is Disposition.TRANSIENT
    assert error.message == "The endpoint cannot be reached: it does not speak TLS as expected."


async def test_a_refused_connection_is_transient(client: HttpClient) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]

        error = await failure(client, f"http://127.0.0.1:{port}/")

    assert error.disposition is Disposition.TRANSIENT
    assert error.message == "The endpoint cannot be reached: it does not accept connections."


async def test_a_name_that_does_not_resolve_is_transient(client: HttpClient) -> None:
    error = await failure(client, "http://carteiro.invalid/")

    assert error.disposition is Disposition.TRANSIENT
    assert error.message == "The endpoint cannot be reached: its name cannot be resolved."


async def test_a_connection_that_does_not_come_about_in_time_is_transient(
    client: HttpClient,
) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))

        error = await failure(client, f"http://127.0.0.1:{port}/", timeout=0.4)
        for each in waiting:
            each.close()

    assert error.disposition is Disposition.TRANSIENT
    assert error.message == "The endpoint cannot be reached: no connection came about in time."


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_https_is_checked_against_the_authorities(authority: trustme.CA) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    client = HttpClient(OPEN, tls=trusting, timeout=30)

    async with HttpSink(tls=server_context(authority, "127.0.0.1")) as sink:
        reply = await post(client, sink.url)
    await client.close()

    assert reply.ok


@pytest.mark.parametrize("name", ["127.0.0.1", "other.example.test"])
async def test_a_certificate_that_is_not_valid_is_transient_and_nothing_is_sent(
    authority: trustme.CA, client: HttpClient, name: str
) -> None:
    async with HttpSink(tls=server_context(authority, name)) as sink:
        error = await failure(client, sink.url)

        assert sink.requests == []
    assert error.disposition is Disposition.TRANSIENT
    assert error.message == "The endpoint cannot be reached: its certificate is not valid."


@pytest.mark.parametrize(
    "url",
    [
        *("not a url", "", "/only/a/path", "ftp://example.test/", "file:///etc/passwd", "http://"),
        *("http:///path", "javascript:alert(1)", "http://[::1", "http://a b/", "//example.test/"),
        *("http://example.test:99999/", "http://example.test:0x50/", f"http://{'a' * 64}.test/"),
        *("http://user:pass@127.0.0.1:1/", "http://\ud800.test/", "http://exa\x00mple.test/"),
    ],
)
async def test_an_address_that_cannot_be_used_is_permanent(client: HttpClient, url: str) -> None:
    error = await failure(client, url)

    assert error.disposition is Disposition.PERMANENT


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\x00b"])
async def test_a_header_that_would_break_out_is_refused_before_anything_is_sent(
    client: HttpClient, sink: HttpSink, value: str
) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await client.post(sink.url, data=BODY, headers={"Authorization": value})

    assert caught.value.disposition is Disposition.PERMANENT
    assert sink.requests == []


async def test_a_closed_client_sends_nothing_and_closes_twice(
    client: HttpClient, sink: HttpSink
) -> None:
    await post(client, sink.url)

    await client.close()
    await client.close()

    assert (await failure(client, sink.url)).disposition is Disposition.TRANSIENT
    assert len(sink.requests) == 1


@pytest.mark.parametrize("reply", [HUNG, DROPPED])
async def test_no_failure_speaks_of_the_request(
    client: HttpClient, sink: HttpSink, reply: Answer
) -> None:
    sink.script.append(reply)

    error = await failure(client, sink.url, timeout=0.4)

    said = f"{error!r} {error} {error.data}"
    assert error.__cause__ is None
    assert "top-secret" not in said
    assert "735201" not in said


async def test_a_cancelled_post_is_cancelled(client: HttpClient, sink: HttpSink) -> None:
    sink.script.append(HUNG)
    task = asyncio.create_task(post(client, sink.url, timeout=60.0))
    await sink.arrived.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


NOW = 1_445_412_420_000  # Wed, 21 Oct 2015 07:27:00 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 60.0),
        ("Wed Oct 21 07:28:00 2015", 60.0),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("١٢٠", None),
        ("9" * 40, None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999", None),
    ],
)
async def test_retry_after_is_seconds_or_a_date(
    client: HttpClient, sink: HttpSink, value: str, seconds: float | None
) -> None:
    sink.script.append(throttled(value) if value.isascii() else refused(429))

    reply = await post(client, sink.url)

    assert reply.retry_after(NOW) == seconds

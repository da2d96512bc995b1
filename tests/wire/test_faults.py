"""Errors of servers: what they say, what class they are, how long to wait, and no key in any of it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui import errors
from neurotui.wire.errorbody import MAX_BODY_BYTES, read_error
from neurotui.wire.faults import Target, as_of_files, classify, parse_retry_after
from neurotui.wire.redaction import snippet, words_of
from neurotui.wire.secrets import redact
from tests.wire.reading import TARGET


def coded(code: object, **fields: object) -> bytes:
    return json.dumps({"error": {"message": "m", "type": "neuroapi_error", "code": code, **fields}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, coded(None), errors.KeyRefused),
        (401, b"", errors.KeyRefused),
        (400, coded("invalid_api_key"), errors.KeyRefused),
        (402, coded(""), errors.BalanceExhausted),
        (403, coded("pre_consume_token_quota_failed"), errors.BalanceExhausted),
        (403, coded("insufficient_user_quota"), errors.BalanceExhausted),
        (429, coded("insufficient_quota"), errors.BalanceExhausted),
        (403, b'{"code":"INSUFFICIENT_BALANCE","message":"m"}', errors.BalanceExhausted),
        (403, coded("moderation_blocked"), errors.ModerationBlocked),
        (403, coded("sensitive_words_detected"), errors.ModerationBlocked),
        (403, coded("prompt_blocked"), errors.ModerationBlocked),
        (400, coded("content_filter"), errors.ModerationBlocked),
        (429, b'{"error":{"type":"exceeded_current_quota_error","message":"m"}}', errors.BalanceExhausted),
        (400, b'{"error":{"code":"Arrearage","type":"Arrearage","message":"m"}}', errors.BalanceExhausted),
        (400, coded("DataInspectionFailed"), errors.ModerationBlocked),
        (403, coded(403, metadata={"flagged_input": "x", "reasons": ["y"]}), errors.ModerationBlocked),
        (400, coded("model_decommissioned"), errors.ModelNotFound),
        (400, coded(400, metadata={"error_type": "token_limit_exceeded"}), errors.ContextTooLong),
        (403, coded(""), errors.AccessDenied),
        (403, b"<html><title>Just a moment...</title>", errors.AccessDenied),
        (451, b"", errors.AccessDenied),
        (
            404,
            b'{"error":{"message":"Invalid URL (POST /chat)","type":"invalid_request_error","code":""}}',
            errors.WrongAddress,
        ),
        (404, b'{"detail":"Not Found"}', errors.WrongAddress),
        (404, b"404 page not found", errors.WrongAddress),
        (404, b"<html>", errors.WrongAddress),
        (404, b"", errors.WrongAddress),
        (405, b"", errors.WrongAddress),
        (404, coded("unknown_url"), errors.WrongAddress),
        (
            404,
            b'{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}',
            errors.WrongAddress,
        ),
        (404, coded("model_not_found"), errors.ModelNotFound),
        (503, coded("model_not_found"), errors.ModelNotFound),
        (
            400,
            b'{"object":"error","message":"m","type":"invalid_model","param":null,"code":"1500"}',
            errors.ModelNotFound,
        ),
        (
            404,
            b'{"object":"error","message":"m","type":"NotFoundError","param":null,"code":404}',
            errors.ModelNotFound,
        ),
        (404, b'[{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}]', errors.ModelNotFound),
        (404, b'{"error":{"message":"No endpoints found for x.","code":404}}', errors.ModelNotFound),
        (404, b'{"error":{"message":"m","type":"api_error","param":null,"code":null}}', errors.ModelNotFound),
        (400, coded("invalid_request"), errors.RequestRefused),
        (422, b'{"detail":[{"loc":["body","model"],"msg":"m"}]}', errors.RequestRefused),
        (409, b"", errors.RequestRefused),
        (400, coded("context_length_exceeded"), errors.ContextTooLong),
        (
            400,
            b'{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}',
            errors.ContextTooLong,
        ),
        (400, coded(400, metadata={"error_type": "context_length_exceeded"}), errors.ContextTooLong),
        (400, coded("invalid_external_media"), errors.AttachmentRefused),
        (413, coded("rate_limit_exceeded"), errors.AttachmentRefused),
        (413, b"<html>", errors.AttachmentRefused),
        (429, coded("rate_limit_exceeded"), errors.RateLimited),
        (429, b"", errors.RateLimited),
        (502, b"<html><title>502 Bad Gateway</title>", errors.UpstreamUnavailable),
        (503, coded("upstream_unavailable"), errors.UpstreamUnavailable),
        (504, b"", errors.UpstreamUnavailable),
        (
            529,
            b'{"type":"error","error":{"type":"overloaded_error","message":"m"}}',
            errors.UpstreamUnavailable,
        ),
        (500, coded("internal_error"), errors.ServerFailed),
        (500, coded("upstream_unavailable"), errors.ServerFailed),
        (408, b"", errors.ServerFailed),
        (524, b"<html>", errors.ServerFailed),
        (599, b"", errors.ServerFailed),
        (None, coded(401), errors.KeyRefused),
        (None, coded(502), errors.UpstreamUnavailable),
        (None, coded("429"), errors.RateLimited),
        (None, b'{"status":402,"error":"Payment Required"}', errors.BalanceExhausted),
        (None, b'{"type":"error","error":{"type":"authentication_error","message":"m"}}', errors.KeyRefused),
        (None, b'{"error":{"type":"permission_error","message":"m"}}', errors.AccessDenied),
        (None, b'{"error":{"type":"rate_limit_error","message":"m"}}', errors.RateLimited),
        (None, b'{"error":{"type":"invalid_request_error","message":"m"}}', errors.RequestRefused),
        (None, b'{"error":{"type":"request_too_large","message":"m"}}', errors.AttachmentRefused),
        (None, b'{"error":{"type":"not_found_error","message":"m"}}', errors.ModelNotFound),
        (None, b'{"error":{"message":"invalid api key, rate limit, model not found"}}', errors.ServerFailed),
        (None, coded(200), errors.ServerFailed),
        (None, coded(True), errors.ServerFailed),
        (200, b"<html><title>t</title>", errors.WebPageReceived),
        (200, coded("insufficient_user_quota"), errors.BalanceExhausted),
    ],
)
def test_status_and_code_decide(status: int | None, body: bytes, kind: type[errors.NeurotuiError]) -> None:
    error = classify(status, body, TARGET, request_id="r", retry_after=2.0)
    assert type(error) is kind
    assert (error.http_status, error.request_id, error.retry_after) == (status, "r", 2.0)
    record = error.record()
    assert record.title and "{" not in record.title and "{" not in record.hint
    assert "<" not in record.message


@pytest.mark.parametrize("body", [b"", b"<p>secret</p>", b'{"error":null}', b'{"error":{"message":""}}'])
def test_where_the_body_says_nothing_the_status_does(body: bytes) -> None:
    assert classify(503, body, TARGET).cause == "HTTP 503"
    assert classify(None, body, TARGET).cause == ""


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "litellm.ContextWindowExceededError: litellm.BadRequestError: too long", errors.ContextTooLong),
        (
            400,
            "litellm.BadRequestError: ContextWindowExceededError: OpenAIException - m",
            errors.ContextTooLong,
        ),
        (400, "litellm.ContentPolicyViolationError: m", errors.ModerationBlocked),
        (400, "litellm.BadRequestError: OpenAIException - m", errors.RequestRefused),
        (400, "litellm.BudgetExceededError: m", errors.BalanceExhausted),
        (500, "litellm.RateLimitError: RateLimitError: OpenAIException - m", errors.RateLimited),
        (500, "litellm.exceptions.AuthenticationError: m", errors.KeyRefused),
        (None, "litellm.PermissionDeniedError: m", errors.AccessDenied),
        (None, "litellm.ServiceUnavailableError: m", errors.UpstreamUnavailable),
        (None, "litellm.NotFoundError: m", errors.ModelNotFound),
        (400, "the words ContextWindowExceededError: within", errors.RequestRefused),
        (500, "Note: RateLimitError is what you will get", errors.ServerFailed),
        (None, "Unauthorized: m", errors.ServerFailed),
    ],
)
def test_the_class_that_a_message_begins_with_is_a_code(
    status: int | None, message: str, kind: type[errors.NeurotuiError]
) -> None:
    error = classify(status, {"error": {"message": message, "type": None, "code": str(status or "")}}, TARGET)
    assert type(error) is kind
    assert error.cause == message


def test_the_codes_of_litellm_itself() -> None:
    def kind(type_: str, status: int) -> type[errors.NeurotuiError]:
        return type(classify(status, {"error": {"message": "m", "type": type_, "code": str(status)}}, TARGET))

    assert kind("budget_exceeded", 400) is errors.BalanceExhausted
    assert kind("key_model_access_denied", 401) is errors.AccessDenied
    assert kind("expired_key", 400) is errors.KeyRefused


def test_the_code_in_every_spelling() -> None:
    for name in ("code", "error_code", "errorCode", "ErrCode"):
        assert classify(400, {name: 336003, "error_msg": "m"}, TARGET).code == "336003"


def test_parsed_bodies_are_judged_alike() -> None:
    body = coded("model_not_found")
    assert classify(404, json.loads(body), TARGET).record() == classify(404, body, TARGET).record()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"m","code":1}}', "m"),
        (b'\xef\xbb\xbf {"error":"m"}', "m"),
        (b'{"detail":"m"}', "m"),
        (b'{"detail":[{"loc":["body",0,"x"],"msg":"m"},{"msg":"n"}]}', "body.0.x: m; n"),
        (b'{"message":"m"}', "m"),
        (b'{"success":false,"message":"m"}', "m"),
        (b'{"status":404,"error":"Not Found","message":"m","path":"/"}', "m"),
        (b'{"errors":[{"message":"m"}]}', "m"),
        (b'[{"error":{"message":"m"}}]', "m"),
        (b'{"error":{"error":{"error":{"message":"m"}}}}', "m"),
        (
            b'{"error":{"message":"{\\"error\\":{\\"message\\":\\"m\\",\\"code\\":\\"insufficient_quota\\"}}"}}',
            "m",
        ),
        (b'{"error":{"message":"[not json"}}', "[not json"),
        (b'{"error":{"message":"a","metadata":{"raw":"{\\"message\\":\\"b\\"}"}}}', "a: b"),
        (b'{"error":{"message":"upstream: <h1>502</h1><center>nginx</center>"}}', "upstream: 502"),
        (b'{"error":{"message":"<body>secret</body>"}}', ""),
        (
            b'{"error":{"message":"status 502, body: <html><title>Bad &amp; ugly</title>"}}',
            "status 502, body: Bad & ugly",
        ),
        (b'{"error":{"message":"m\\u00e9 \\"q\\" cut of', 'mé "q" cut of'),
        (b'{"error":{"code":"x","message":"m"', "m"),
        (b'{"message":"a\\q', "a\\q"),
        (b'{"error":{"code":"x"', '{"error":{"code":"x"'),
        (b"upstream connect error", "upstream connect error"),
        (b"<!DOCTYPE html><head><title>\n 502\n</title>", "502"),
        (b"<h1>403 Forbidden</h1><p>secret path</p>", "403 Forbidden"),
        (
            b"<html><body><h1 class=x>503 <b>Service</b>\nUnavailable</h1>\nsecret</body></html>",
            "503  Service \nUnavailable",
        ),
        (b"<html><title> </title><H1>Sorry", "Sorry"),
        (b"<html><body>secret</body></html>", ""),
        (
            b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
            "Access Denied",
        ),
        (b'{"Message":"User is not authorized"}', "User is not authorized"),
        (b'{"error_code":336003,"error_msg":"the max length"}', "the max length"),
        (b'{"errorMessage":"Task timed out","errorType":"Sandbox.Timedout"}', "Task timed out"),
        (b'{"error":{"error_message":"m"}}', "m"),
        (b'{"ERROR":{"MSG":"m"}}', "m"),
        (b'{"error":"invalid_grant","error_description":"m"}', "m"),
        (b'{"error-description":"m"}', "m"),
        (b'{"title":"Not Allowed","status":403,"detail":"m","type":"about:blank"}', "m"),
        (b'{"title":"Not Allowed","status":403}', "Not Allowed"),
        (b'{"reason":"m"}', "m"),
        (b'{"description":"m"}', "m"),
        (b'{"fault":{"faultstring":"m","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}', "m"),
        (b'{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}', "insufficient balance"),
        (b'{"result":{"error_msg":"m"}}', "m"),
        (
            b'{"outer":{"message":""},"problem":"the model sleeps"}',
            '{"outer":{"message":""},"problem":"the model sleeps"}',
        ),
        (b'{"errors":{"model":["is required"]}}', "model: is required"),
        (b'{"success":false,"status":500}', ""),
        (b'["bad model"]', "bad model"),
        (
            b'{"error":{"message":"{\'error\': \\"Invalid model name passed in model=x\\"}","code":"400"}}',
            "Invalid model name passed in model=x",
        ),
        (b'{"errorMessage": "cut of', "cut of"),
        (b"", ""),
        (b"null", "null"),
        (b'{"error":null}', ""),
        (b'{"error":{"message":null,"code":null}}', ""),
        (b'{"error":[1,2,{"message":"m"}]}', "m"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"a":' * 3000, '{"a":' * 3000),
        (b"[" * 100_000, "[" * MAX_BODY_BYTES),
        (b'{"error":{"message":"' + b"x" * 100_000, "x" * (MAX_BODY_BYTES - 21)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_message_is_found_in_every_form(body: bytes, message: str) -> None:
    assert read_error(body).message == message


def test_codes_of_somebody_further_off_do_not_speak_of_us() -> None:
    body = {
        "error": {"message": '{"error":{"message":"m","code":"insufficient_quota"}}', "code": "bad_response"}
    }
    error = classify(500, body, TARGET)
    assert type(error) is errors.ServerFailed
    assert (error.cause, error.code) == ("m", "bad_response")


@pytest.mark.parametrize(
    ("code", "kept"),
    [("x", "x"), (7, "7"), ("", None), (None, None), (False, None), ({}, None), (10**4000, None)],
)
def test_the_code_as_it_is_kept(code: object, kept: str | None) -> None:
    assert classify(400, {"error": {"message": "m", "code": code}}, TARGET).code == kept


def test_the_request_id_in_the_message() -> None:
    body = {"error": {"message": "m (request id: far-1234567) (request id: 20250711100316ZqHNZ7Xh)"}}
    assert classify(500, body, TARGET).request_id == "20250711100316ZqHNZ7Xh"
    assert classify(500, body, TARGET, request_id="head").request_id == "head"
    assert classify(500, b"m", TARGET).request_id is None
    assert (
        classify(529, b'{"type":"error","error":{"message":"m"},"request_id":"req_1"}', TARGET).request_id
        == "req_1"
    )


def test_the_facts_fill_the_texts() -> None:
    assert "gpt-5-mini" in classify(404, coded("model_not_found"), TARGET).title
    assert "https://api.example/v1" in classify(404, b"", TARGET).title
    assert "api.example" in classify(200, b"<html>", TARGET).title


@pytest.mark.parametrize(
    ("url", "asks"),
    [
        ("https://api.example/v1", False),
        ("https://api.example/v1beta/openai", False),
        ("https://api.example/api/paas/v4", False),
        ("https://api.example", True),
        ("https://api.example/openai", True),
        ("https://v1.example", True),
    ],
)
def test_nobody_is_asked_for_v1_where_it_is_there(url: str, asks: bool) -> None:
    for body in (b"", b"<html>"):
        for status in (404, 200):
            error = classify(status, body, Target("api.example", url))
            if body or status == 404:
                assert ("did you forget /v1?" in error.hint) == asks


def test_the_server_echoes_the_key() -> None:
    key = "nK7-odd.key~without/prefix"
    target = Target("h", key=key)
    assert key not in repr(target)
    for body in (f"bad key {key}!", json.dumps({"error": {"message": f"bad {key}", "code": key}})):
        error = classify(401, body.encode(), target)
        assert key not in f"{error} {error.record()} {error.code}"
        assert "***" in error.cause


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-proj-abcDEF123456.", "Incorrect API key provided: ***"),
        ("key sk-abc***wxyz is", "key *** is"),
        ("Authorization: Bearer abc.def-123/45==", "Authorization: ***"),
        ("gsk_abcdefgh1234 xai-abcdefgh hf_abcdefgh", "*** *** ***"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "***"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.c2ln", "token ***"),
        ("x" * 20 + "0123456789" * 3, "***"),
        ("request id: 202608100305014760837905ghdwg9D2", "request id: 202608100305014760837905ghdwg9D2"),
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        (
            "The bearer of bad news asks: risk-averse, disk-based",
            "The bearer of bad news asks: risk-averse, disk-based",
        ),
        ("token quota is not enough", "token quota is not enough"),
        ("x" * 60, "x" * 60),
    ],
)
def test_what_looks_like_a_key_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_short_key_does_not_eat_the_words() -> None:
    assert redact("ollama runs", "lla") == "ollama runs"
    assert redact("none of the models", "none") == "none of the models"
    assert redact("bad key Qx7Z, not aQx7Z", "Qx7Z") == "bad key ***, not aQx7Z"


def test_words_from_outside_are_one_harmless_line() -> None:
    assert words_of(" a\x1b[31m\r\n\tb\x9b\u2028c  ") == "a [31m b c"
    assert words_of("\ud83d\ude00 \ud83d") == "😀 \ufffd"
    assert words_of("bad <!DOCTYPE html><title>Sorry</title><b>") == "bad Sorry"
    assert words_of('{"message":"<html><bo') == '{"message":"'
    assert words_of("x" * 2000) == "x" * 999 + "…"
    assert len(snippet("ё" * 10**6)) == 200


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("86400", 86400.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:02:00 -0000", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("9" * 400, None),
        ("Thu, 99 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, now=100.0) == seconds


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_retry_after_is_read_or_refused(value: str) -> None:
    seconds = parse_retry_after(value, now=time.time())
    assert seconds is None or seconds >= 0


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: json.dumps({"error": text}).encode()))
def test_any_body_becomes_an_error(body: bytes) -> None:
    for status in (None, 200, 404, 500):
        assert isinstance(str(classify(status, body, TARGET)), str)


@pytest.mark.parametrize(
    "piece",
    [
        b"<title",
        b'"error":',
        b'"message":"\\',
        b"Bearer ",
        b"sk-",
        b"(request id: ",
        b" ",
        b"eyJ",
        b"a1-",
        b"{",
        b"[{",
    ],
)
def test_a_hostile_body_costs_little(piece: bytes) -> None:
    def cost(size: int) -> float:
        body = b"{" + piece * (size // len(piece))
        started = time.process_time()
        classify(500, body, TARGET)
        classify(500, body.removeprefix(b"{"), TARGET)
        return time.process_time() - started

    small = min(cost(MAX_BODY_BYTES // 16) for _ in range(3))
    large = min(cost(MAX_BODY_BYTES) for _ in range(2))
    assert large < 64 * small + 0.01, "16 times the bytes cost not four times their share"


FILE_REFUSALS = [
    (400, "This model does not support image input"),
    (400, "Invalid content type. image_url is only supported by certain models."),
    (400, "gpt-x is not a multimodal model"),
    (400, "messages[0].content must be a string"),
    (422, "Input should be a valid string"),
    (422, "Failed to deserialize: messages[0]: invalid type: sequence, expected a string at line 1"),
    (400, "unknown variant `image_url`, expected `text`"),
    (400, "Unsupported file type: application/x-zip"),
    (404, "No endpoints found that support image input"),
    (415, "no"),
    (500, "image input is not supported - hint: you may need to provide the mmproj"),
    (500, "this model is missing data required for image input"),
    (400, "Модель не принимает изображения"),
]
OTHER_REFUSALS = [
    (400, "max_tokens is too large"),
    (404, "The model does not exist"),
    (500, "could not load the image service"),
    (500, "internal error"),
    (401, "no image access"),
    (429, "too many images"),
]


@pytest.mark.parametrize(("status", "words"), FILE_REFUSALS)
def test_the_refusal_of_a_file_is_told_by_its_words(status: int, words: str) -> None:
    body = json.dumps({"error": {"message": words, "code": status if status == 404 else None}}).encode()
    error = as_of_files(classify(status, body, TARGET))
    assert type(error) is errors.AttachmentRefused
    assert error.cause == words and "did not take" in error.title and "model" in error.hint


@pytest.mark.parametrize(("status", "words"), OTHER_REFUSALS)
def test_another_refusal_stays_what_it_is(status: int, words: str) -> None:
    error = classify(status, json.dumps({"error": {"message": words}}).encode(), TARGET)
    assert as_of_files(error) is error
    assert type(error) is not errors.AttachmentRefused


def test_what_is_too_large_is_told_as_that() -> None:
    error = classify(413, b"", TARGET)
    assert "too large" in error.title and "less" in error.hint

"""Only bytes that Meta signed with one of our app secrets come in, and no header makes the check fall over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.whatsapp.signature import app_secret_proof, is_signed, sign

KEY = "bridge-test-app-secret"

# printf '%s' '<body>' | openssl dgst -sha256 -hmac bridge-test-app-secret
VECTORS = [
    (
        b'{"object":"whatsapp_business_account","entry":[]}',
        "d3eaebeb333d1f960654848e0c73a986055c15b6076b3691e30019b444c4c9b6",
    ),
    (
        '{"t":"äöü 👍 a/b <x> 100% @"}'.encode(),
        "e8b3dfe8e0f247e4472e65e839dfa8cd1063b40c25de1c095bdf8596cdbcebfc",
    ),
    (
        rb'{"t":"\u00e4\u00f6\u00fc \ud83d\udc4d a\/b <x> 100% @"}',
        "ca3d0d3135ce3672486d87e79767cfe12c765c823509d1a4776893840ecbc5ed",
    ),
    (b"", "40d6686e264c120cffa2e96a139776d5dbda0ed5a8d84e6caac356e6027dfa6a"),
]
BODY, DIGEST = VECTORS[0]
GOOD = f"sha256={DIGEST}"


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_the_published_vectors_verify(body: bytes, digest: str):
    """Real webhooks would be refused, or checked over other bytes than those that came."""
    assert sign(body, KEY) == f"sha256={digest}"
    assert is_signed(body, f"sha256={digest}", [KEY])


def test_the_same_json_in_other_bytes_is_not_signed():
    """A check over re-serialised JSON would pass what Meta never sent, and refuse what it did."""
    escaped, plain = VECTORS[2], VECTORS[1]
    assert is_signed(escaped[0], f"sha256={escaped[1]}", [KEY])
    assert not is_signed(plain[0], f"sha256={escaped[1]}", [KEY])


@pytest.mark.parametrize("secrets", [["new", KEY], [KEY, "new"], ["a", "b", KEY]])
def test_any_configured_secret_will_do_while_one_is_rotated(secrets: list[str]):
    """Changing the app secret would cost every webhook that was signed with the other one."""
    assert is_signed(BODY, GOOD, secrets)


@pytest.mark.parametrize("secrets", [[], ["another"], [KEY.upper()]])
def test_another_secret_or_none_signs_nothing(secrets: list[str]):
    """A service without a secret would let everybody in."""
    assert not is_signed(BODY, GOOD, secrets)


def test_upper_case_digits_are_the_same_number():
    """A proxy that rewrites the header's case would cost every webhook."""
    assert is_signed(BODY, f"sha256={DIGEST.upper()}", [KEY])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        DIGEST,
        "sha256=",
        f"sha1={DIGEST[:40]}",
        f"sha1={DIGEST}",
        f"SHA256={DIGEST}",
        f"sha256={DIGEST[:-1]}",
        f"sha256={DIGEST}0",
        f"sha256={DIGEST} ",
        f"sha256={DIGEST}\n",
        f" sha256={DIGEST}",
        f"sha256= {DIGEST[1:]}",
        f"sha256={DIGEST[:-1]}ä",
        f"sha256={DIGEST[:-1]}\udcff",
        f"sha256={DIGEST[:-1]}٣",
        f"sha256={'0' * 64}",
        "sha256=" + "zz" * 32,
    ],
)
def test_a_header_that_is_not_exactly_the_signature_is_wrong(header: str | None):
    """A forged body would come in, or a crafted header would be answered with a 500."""
    assert is_signed(BODY, GOOD, [KEY])
    assert not is_signed(BODY, header, [KEY])


@given(st.binary(max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_a_flipped_byte_breaks_the_signature(body: bytes, place: int, change: int):
    """Somebody on the way could alter a message."""
    signed = sign(body, KEY)
    assert is_signed(body, signed, [KEY])
    if body:
        altered = bytearray(body)
        altered[place % len(body)] ^= change
        assert not is_signed(bytes(altered), signed, [KEY])
    assert not is_signed(body + b" ", signed, [KEY])


@given(st.binary(max_size=50), st.text(max_size=90) | st.none())
def test_no_header_makes_the_check_fall_over(body: bytes, header: str | None):
    """A hostile header would be answered with a traceback instead of a 401."""
    assert not is_signed(body, header, [KEY]) or header == sign(body, KEY)


def test_the_proof_for_graph_is_the_token_signed_with_the_secret():
    """Graph would refuse every send from an app that requires the proof."""
    # printf '%s' token | openssl dgst -sha256 -hmac bridge-test-app-secret
    assert app_secret_proof("token", KEY) == "f3a198df7788456b2b1b52f50c1695324fd1be399c0756ad75279b450ea0832c"

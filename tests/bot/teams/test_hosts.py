"""Service hosts: the list decides where the bot's token goes, so nothing may pass for a listed host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.hosts import ServiceHosts

HOSTS = ServiceHosts(["smba.trafficmanager.net", "127.0.0.1:3979", "localhost"])


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://SMBA.trafficmanager.net/emea/3f1b8a52/",
        "https://smba.trafficmanager.net:443/emea",
        "http://127.0.0.1:3979/emea/",
        "https://127.0.0.1:3979/emea/",
        "http://localhost:4000/",
    ],
)
def test_a_listed_host_is_trusted(url: str):
    """Without it no answer would ever reach Teams."""
    assert HOSTS.trusted(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://smba.trafficmanager.net/emea/",
        "http://smba.trafficmanager.net:443/emea/",
        "https://smba.trafficmanager.net:8443/emea/",
        "https://evil.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://user@smba.trafficmanager.net/",
        "https://user:secret@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net/emea/?next=https://evil.example",
        "https://smba.trafficmanager.net/emea/#x",
        "https://evil.example/smba.trafficmanager.net",
        "http://127.0.0.1:3980/emea/",
        "ftp://localhost/",
        "//smba.trafficmanager.net/",
        "smba.trafficmanager.net",
        "",
        "https://[::1",
    ],
)
def test_an_address_that_only_looks_like_a_listed_host_is_not(url: str):
    """Each of these would hand the bot's token to somebody else."""
    assert HOSTS.trusted(url) is None


@given(st.text())
def test_any_text_is_judged_without_an_error(url: str):
    """A service URL that makes the judge fall over would be a 500 for whoever thought of it."""
    trusted = HOSTS.trusted(url)
    assert trusted is None or trusted.host in {"smba.trafficmanager.net", "127.0.0.1", "localhost"}

"""Data keys wrapped in Key Vault: through Microsoft's own client, over TLS, against a stand-in on this machine."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from archive import KeyWithheld, StoreRefused, StoreUnavailable
from archive.sealing.vault import VaultKey
from archive.sealing.wrapping import LocalKey
from tests.archive.sealing.builders import CONVERSATION, WRAPPING, Place
from tests.archive.sealing.key_vault import KeyVault, key_vault

SECRET = bytes(range(32))


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncGenerator[KeyVault]:
    async with key_vault(tmp_path) as found:
        yield found


@pytest.fixture
async def key(vault: KeyVault) -> AsyncGenerator[VaultKey]:
    found = VaultKey(vault.key(), client=vault.client)
    yield found
    await found.close()


@pytest.mark.parametrize("may_get", [True, False])
async def test_a_key_is_wrapped_and_unwrapped(vault: KeyVault, key: VaultKey, *, may_get: bool):
    """Lost: the bank's own key in the bank's own vault; also for an identity that may not read its public half."""
    vault.may_get = may_get
    wrapped = await key.wrap(SECRET)
    assert (wrapped.algorithm, wrapped.by) == ("RSA-OAEP-256", vault.key())
    assert SECRET not in wrapped.key
    assert await key.unwrap(wrapped) == SECRET
    assert (vault.asked["wrapkey"], vault.asked["unwrapkey"]) == (0 if may_get else 1, 1)


async def test_a_ring_works_with_it(vault: KeyVault, key: VaultKey):
    """Lost: the two together."""
    place = Place()
    made = await place.ring(key).current(CONVERSATION)
    again = VaultKey(vault.key(), client=vault.client)
    ring = place.ring(again)
    assert await ring.named(made.name) == made
    await ring.close()
    assert vault.asked["unwrapkey"] == 1


async def test_what_an_earlier_version_has_wrapped_is_unwrapped_with_it(vault: KeyVault, key: VaultKey):
    """Lost: everything older, at the yearly rotation in the vault."""
    wrapped = await key.wrap(SECRET)
    newer = VaultKey(vault.key(2), client=vault.client)
    assert await newer.unwrap(wrapped) == SECRET
    assert (await newer.wrap(SECRET)).by == vault.key(2)
    await newer.close()


@pytest.mark.parametrize(
    "by", ["https://evil.example/keys/waybill/", "{vault}/keys/another/", "{vault}.evil/keys/waybill/"]
)
async def test_no_other_vault_or_key_is_asked_whatever_the_ring_says(vault: KeyVault, key: VaultKey, by: str):
    """Lost: our token, to whoever may write one blob into the key ring."""
    wrapped = replace(await key.wrap(SECRET), by=by.format(vault=vault.url) + "0" * 32)
    vault.asked.clear()
    with pytest.raises(KeyWithheld):
        await key.unwrap(wrapped)
    with pytest.raises(KeyWithheld):
        await key.unwrap(await LocalKey(WRAPPING).wrap(SECRET))
    assert not vault.asked


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, StoreUnavailable), (503, StoreUnavailable), (403, StoreRefused), (404, StoreRefused)],
)
async def test_a_vault_that_cannot_or_will_not_is_told_apart(
    vault: KeyVault, key: VaultKey, status: int, error: type[StoreUnavailable]
):
    """Lost: the difference between waiting and calling somebody."""
    wrapped = await key.wrap(SECRET)
    vault.status = status
    with pytest.raises(StoreUnavailable) as raised:
        await key.unwrap(wrapped)
    assert type(raised.value) is error
    assert str(status) in str(raised.value)


async def test_a_vault_that_is_away_is_unavailable(tmp_path: Path):
    """Lost: the patience of the bridge: messages wait for this error, and for no other."""
    async with key_vault(tmp_path) as vault:
        key = VaultKey(vault.key(), client=vault.client)
    with pytest.raises(StoreUnavailable):
        await key.wrap(SECRET)
    await key.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://v.vault.azure.net/keys/waybill",
        "https://v.vault.azure.net/keys/waybill/latest",
        "http://v.vault.azure.net/keys/waybill/" + "0" * 32,
        "https://v.vault.azure.net/secrets/waybill/" + "0" * 32,
        "https://u@v.vault.azure.net/keys/waybill/" + "0" * 32,
    ],
)
def test_an_address_that_is_no_version_of_a_key_is_refused(url: str):
    """Lost: the start that says what is wrong, instead of the first message that waits."""
    VaultKey("https://v.vault.azure.net/keys/waybill/" + "0" * 32)
    with pytest.raises(ValueError, match="with its version"):
        VaultKey(url)

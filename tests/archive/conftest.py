"""What tests of the archive share: Azurite, and a container of it behind the retention front."""

from collections.abc import AsyncGenerator, Generator

import pytest

from tests.azurite import Azurite, Worm, running_azurite, worm_container


@pytest.fixture(scope="session")
def azurite() -> Generator[Azurite]:
    with running_azurite() as running:
        yield running


@pytest.fixture
async def worm(azurite: Azurite) -> AsyncGenerator[Worm]:
    async with worm_container(azurite) as running:
        yield running

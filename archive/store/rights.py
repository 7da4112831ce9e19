"""Knows how to find out what an identity may do in a container, by requests that cannot change or create anything.

Azure asks for rights before it looks for what a request is about. So a request about something that does not exist is
answered 403 without the right and 404 with it. Three things make each request harmless, and one would do:
the blob's name is random and new, the blob would have to have an ETag that none has, and it is under no log's prefix.
"""

from collections.abc import Awaitable
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient, ContainerClient

from .facts import Rights

_NO_ETAG = '"0x0"'


async def ask_rights(container: ContainerClient) -> Rights:
    """What the client's identity may do. Raises AzureError when the answer says nothing about rights.

    Whether the container itself could be deleted is not asked: no such request is harmless enough. A lease under an
    id that nobody holds cannot be released, but asking needs `containers/write`.
    """
    async with container.get_blob_client(f"doctor/{uuid4().hex}") as blob:
        if_it_has = MatchConditions.IfNotModified
        return Rights(
            delete=await _may(blob.delete_blob(etag=_NO_ETAG, match_condition=if_it_has)),
            change=await _may(blob.set_blob_metadata({}, etag=_NO_ETAG, match_condition=if_it_has)),
            manage=await _may(BlobLeaseClient(container, str(uuid4())).release()),
        )


async def _may(request: Awaitable[object]) -> bool | None:
    try:
        await request
    except HttpResponseError as error:
        if error.status_code == 403:
            return False
        if error.status_code in {404, 409, 412}:
            return True
        if error.status_code in {400, 405, 501}:
            return None  # the service does not know this request
        raise
    return True

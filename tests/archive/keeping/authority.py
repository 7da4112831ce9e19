"""A time stamp authority on loopback: OpenSSL makes the stamps, this puts it behind HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

CONFIG = """\
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[extensions]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


class Authority:
    """Answers requests as scripted: `stamp`, or one of the ways not to."""

    def __init__(self, openssl: str, folder: Path) -> None:
        self._openssl = openssl
        self._folder = folder
        self.behaviour = "stamp"
        self.url = ""

    @property
    def root(self) -> Path:
        """The certificate of those who vouch for it."""
        return self._folder / "root.pem"

    async def found(self) -> None:
        """Make the certificates."""
        (self._folder / "openssl.cnf").write_text(CONFIG.format(folder=self._folder))
        (self._folder / "serial").write_text("01\n")
        new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"]
        await self.run(*new, "/CN=Root", "-x509", "-days", "30", "-keyout", "root.key", "-out", "root.pem")
        await self.run(*new, "/CN=Authority", "-keyout", "authority.key", "-out", "authority.csr")
        signing = ["x509", "-req", "-in", "authority.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "30"]
        extensions = ["-extfile", "openssl.cnf", "-extensions", "extensions"]
        await self.run(*signing, *extensions, "-set_serial", "2", "-out", "authority.pem")

    async def run(self, *arguments: str) -> str:
        """Run OpenSSL in the authority's folder; its output, which says what failed."""
        process = await asyncio.create_subprocess_exec(
            self._openssl,
            *arguments,
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()
        return out.decode()

    async def answer(self, request: web.Request) -> web.Response:
        """One stamp, or what `behaviour` says."""
        body = await request.read()
        assert request.content_type == "application/timestamp-query"
        match self.behaviour:
            case "refuse":
                body = b"not a request"
            case "another":
                body = (self._folder / "query").read_bytes()
            case "rubbish":
                return web.Response(body=b"rubbish")
            case "broken":
                return web.Response(status=500)
            case "endless":
                return web.Response(body=b"0" * 100_000)
            case _:
                pass
        (self._folder / "query").write_bytes(body)
        await self.run(
            "ts", "-reply", "-config", "openssl.cnf", "-section", "authority", "-queryfile", "query", "-out", "reply"
        )
        return web.Response(body=(self._folder / "reply").read_bytes(), content_type="application/timestamp-reply")


@asynccontextmanager
async def serving(openssl: str, folder: Path) -> AsyncGenerator[Authority]:
    """An authority that answers while the block runs."""
    authority = Authority(openssl, folder)
    await authority.found()
    app = web.Application()
    app.router.add_post("/", authority.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        authority.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield authority
    finally:
        await runner.cleanup()

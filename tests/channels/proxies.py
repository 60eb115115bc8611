"""Proxies small enough to be read: HTTP (CONNECT and absolute addresses) and SOCKS5 (RFC 1928, RFC 1929)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

USER, PASSWORD = "somebody", "pass-word"
REALM = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy(ABC):
    """Sends everything on to one server, whatever name was asked for, and notes what was."""

    def __init__(self, target_port: int) -> None:
        self.asked: list[str] = []
        """`host:port` of every connection that was asked for, as the client named it."""
        self.refused = 0
        """Connections without the right name and password."""
        self.port = 0
        self._target_port = target_port

    @abstractmethod
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""

    async def onward(self, host: str, port: int) -> Streams:
        """Connect to the server that stands for all servers."""
        self.asked.append(f"{host}:{port}")
        return await asyncio.open_connection("127.0.0.1", self._target_port)


class HttpProxy(Proxy):
    """Tunnels for https, passes requests on for http."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, address, _ = head.split("\r\n", 1)[0].split(" ")
        if f"Proxy-Authorization: Basic {REALM}" not in head:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
        server = await self.onward(parts.hostname or "", parts.port or 80)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            server[1].write(head.replace(address, parts.path, 1).encode())
        await joined((reader, writer), server)


class SocksProxy(Proxy):
    """SOCKS5 with name and password."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02" if 2 in methods else b"\x05\xff")
        await reader.readexactly(1)
        given = [await reader.readexactly((await reader.readexactly(1))[0]) for _ in range(2)]
        if given != [USER.encode(), PASSWORD.encode()]:
            self.refused += 1
            writer.write(b"\x01\x01")
            return
        writer.write(b"\x01\x00")
        kind = (await reader.readexactly(4))[3]
        length = (await reader.readexactly(1))[0] if kind == 3 else 4
        name = await reader.readexactly(length)
        port = int.from_bytes(await reader.readexactly(2))
        host = name.decode() if kind == 3 else ".".join(map(str, name))
        server = await self.onward(host, port)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await joined((reader, writer), server)


async def joined(client: Streams, server: Streams) -> None:
    """Pass bytes both ways until either side ends."""
    ways = [
        asyncio.create_task(_pump(client[0], server[1])),
        asyncio.create_task(_pump(server[0], client[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server[1].close()
        for way in ways:
            way.cancel()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(65536):
        sink.write(piece)
        await sink.drain()


@contextlib.asynccontextmanager
async def running(proxy: Proxy) -> AsyncIterator[Proxy]:
    """Serve on a free port until the block ends."""
    clients: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await proxy.serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

"""A stretch of network between a node and its database: a TCP proxy, in a process of its own, that can be made slow or
cut. A cut line is silent: nothing is refused and nothing arrives, as when a cable is pulled. When it is healed, what
was sent meanwhile arrives, as TCP would have sent it again."""
import asyncio
import contextlib
import multiprocessing
import socket
import threading
import time


class _Line:
    def __init__(self):
        self.open = asyncio.Event()
        self.open.set()
        self.delay_s = 0.0


async def _pump(line, reader, writer):
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
        while data := await reader.read(65536):
            if line.delay_s:
                await asyncio.sleep(line.delay_s)
            await line.open.wait()
            writer.write(data)
            await writer.drain()
    writer.close()


async def _serve(near, target, orders):
    line = _Line()

    async def join(reader, writer):
        await line.open.wait()
        if line.delay_s:
            await asyncio.sleep(line.delay_s)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(line, reader, far_writer), _pump(line, far_reader, writer))

    server = await asyncio.start_server(join, sock=near)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def obey():
        while True:
            order, value = orders.recv()
            if order == "end":
                loop.call_soon_threadsafe(ended.set)
                return
            if order == "delay":
                line.delay_s = value
            elif value:
                loop.call_soon_threadsafe(line.open.clear)
            else:
                loop.call_soon_threadsafe(line.open.set)

    threading.Thread(target=obey, daemon=True).start()
    await ended.wait()
    server.close()


class Gate:
    """Leads from `port`, which it chooses, to the port `target`."""

    def __init__(self, target):
        near = socket.socket()
        near.bind(("127.0.0.1", 0))
        self.port = near.getsockname()[1]
        self._orders, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=lambda: asyncio.run(_serve(near, target, theirs)), daemon=True)
        self._process.start()
        near.close()

    def delay(self, seconds):
        """Each way, each piece."""
        self._orders.send(("delay", seconds))

    def cut(self, off):
        self._orders.send(("cut", off))

    def stop(self):
        with contextlib.suppress(OSError):
            self._orders.send(("end", None))
        self._process.join(3)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def wait_until(holds, seconds, what):
    """Waits until `holds()`, and raises where that takes longer."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)

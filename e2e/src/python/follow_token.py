"""Has `follow` of examples/python/worker.py look at a token file in each state, and prints which keys its client got.

Run as `python follow_token.py FOLDER_OF_WORKER` in an empty folder.
"""

import asyncio
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import worker  # noqa: E402


class Client:
    def __init__(self) -> None:
        self.keys: list[str] = []

    @property
    def api_key(self) -> str:
        return self.keys[-1]

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.keys.append(key)


def write(content: bytes) -> None:
    with open(worker.TOKEN, "wb") as file:
        file.write(content)


def write_old(content: bytes) -> None:
    write(content)
    os.utime(worker.TOKEN, (0, 0))


def remove() -> None:
    os.remove(worker.TOKEN)


def nothing() -> None:
    pass


async def main() -> None:
    may_look, has_looked = asyncio.Semaphore(0), asyncio.Event()

    async def pause(_seconds: float) -> None:
        has_looked.set()
        await may_look.acquire()

    asyncio.sleep = pause  # type: ignore[assignment]
    write(b"first")
    client = Client()
    following = asyncio.create_task(worker.follow(client))
    steps = [
        nothing,
        *[remove, nothing, nothing],
        lambda: write(b""),
        lambda: write(b"sec"),
        lambda: write(b"second\n"),
        lambda: write_old(b"third"),
        lambda: write(b"\xff\xfe"),
        lambda: write(b"fourth"),
    ]
    for step in steps:
        looked = asyncio.create_task(has_looked.wait())
        await asyncio.wait({following, looked}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            break
        has_looked.clear()
        step()
        may_look.release()
    if not following.done():
        await asyncio.wait({following, asyncio.create_task(has_looked.wait())}, return_when=asyncio.FIRST_COMPLETED)
    ended = repr(following.exception()) if following.done() else None
    print(json.dumps({"keys": client.keys, "ended": ended}))


asyncio.run(main())

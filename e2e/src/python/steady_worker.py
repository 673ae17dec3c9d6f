"""A worker as a user writes one, for `steady` of e2e/src/proxied/workflows.ts.

Run as `python steady_worker.py ADDRESS QUEUE JOURNAL [TOKEN_FILE]`: with a file, its token is read each second.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
async def step(id: str, seconds: float) -> str:
    with open(sys.argv[3], "a") as journal:
        journal.write(f"{id}\n")
    for _ in range(max(1, round(seconds * 2))):
        activity.heartbeat(id)
        await asyncio.sleep(min(0.5, seconds))
    return id


@workflow.defn(name="steady")
class Steady:
    @workflow.run
    async def run(self, id: str, seconds: float, heartbeat_seconds: float) -> str:
        return await workflow.execute_activity(
            step,
            args=[id, seconds],
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=heartbeat_seconds) if heartbeat_seconds else None,
        )


async def follow(client: Client, path: str) -> None:
    while True:
        await asyncio.sleep(1)
        with open(path) as file:
            client.api_key = file.read()


async def main(address: str, queue: str, _journal: str, *token: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    if token:
        with open(token[0]) as file:
            client = await Client.connect(address, api_key=file.read(), tls=False)
        following = asyncio.create_task(follow(client, token[0]))
    else:
        client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[Steady],
        activities=[step],
        graceful_shutdown_timeout=timedelta(seconds=20),
    )
    async with worker:
        print("running", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    # temporalio 1.35.0 leaves threads behind, beneath which the end of the interpreter crashes now and then.
    os._exit(0)

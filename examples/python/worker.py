import asyncio
import os
import signal
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

TOKEN = "token"


async def follow(client: Client) -> None:
    seen = None
    while True:
        try:
            token = open(TOKEN).read().strip()
            if token and token != seen:
                client.api_key = seen = token
        except (OSError, ValueError) as error:
            print(f"The token file cannot be read, and is tried again: {error}")
        await asyncio.sleep(1)


@activity.defn
async def count_rows(table: str) -> int:
    return len(table)


@workflow.defn
class Extract:
    @workflow.run
    async def run(self, table: str) -> int:
        return await workflow.execute_activity(count_rows, table, start_to_close_timeout=timedelta(minutes=1))


async def main() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    address = os.environ.get("TEMPORAL_ADDRESS", "localhost:7233")
    is_local = address.startswith(("localhost:", "127.0.0.1:"))
    client = await Client.connect(address, api_key=open(TOKEN).read(), tls=not is_local)
    following = asyncio.create_task(follow(client))
    async with Worker(client, task_queue="python", workflows=[Extract], activities=[count_rows]):
        await stopped.wait()
    following.cancel()


if __name__ == "__main__":
    asyncio.run(main())

import '../src/fixtures/runtime-log.ts';
import { goWorker } from '@worker-auth/servers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { results } from '../src/proxied/days.ts';
import { openPlace, openProxiedGround } from '../src/proxied/ground.ts';

const ofWorker = [
  ...results,
  ...['PollActivityTaskQueue', 'PollWorkflowTaskQueue', 'RespondWorkflowTaskCompleted'],
];

await describeWith(['temporal-cli', 'temporal-go'], 'a plain worker in Go behind the proxy', () => {
  it('loses no result and runs nothing twice while its calls are rejected for 20 s', async () => {
    await using ground = await openProxiedGround();
    await using place = await openPlace(ground, { by: 'proxy', name: 'go', languages: [] });
    const { out } = place.agent;
    // It presents the token of the file, and the proxy its own.
    const program = spawn(await goWorker(), [place.address, out], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void program.kill('SIGKILL'));
    let done = 0;
    createInterface({ input: program.stdout }).on('line', (line) => {
      // The SDK logs there too.
      if (/^\d+$/.test(line)) done++;
    });
    await eventually('three workflows are done', () => done >= 3);
    place.gateways[0]?.failWith('permissionDenied', ofWorker);
    await sleep(20_000);
    const before = done;
    place.gateways[0]?.recover();
    await eventually('two more are done', () => done >= before + 2);
    await writeFile(`${out}.stop`, '');
    const [code] = (await once(program, 'exit')) as [number | null];
    expect(code).toBe(0);
    for (let number = 0; number < done; number++) {
      const { events } = await ground.client.workflow.getHandle(`go-${number}`).fetchHistory();
      const attempts = (events ?? []).flatMap(
        ({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? [],
      );
      expect({ number, attempts }).toEqual({ number, attempts: [1] });
    }
  });
});

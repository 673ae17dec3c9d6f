import { goWorker } from '@worker-auth/servers';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { AgentProcess, packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const lifetimeSeconds = 20;
const goSource = fileURLToPath(new URL('../../tools/servers/temporal-go/main.go', import.meta.url));

await describeWith(
  ['temporal-cli', 'temporal-go'],
  "a worker of Temporal's SDK for Go beside an agent",
  () => {
    it('is rejected no call over three tokens and an outage of the OAuth server', async () => {
      await using temporal = await startTemporalWithGateway(lifetimeSeconds);
      await using folder = await temporaryFolder();
      const out = join(folder.path, 'token');
      const { oauth, gateway, provider } = temporal;
      const env = { ...temporal.env, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
      const args = ['--', await goWorker(), gateway.address, out];
      await using agent = new AgentProcess({ env, out, args });
      const tokens = (): number => oauth.issuedTokens.length;
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(3);
      // Shorter than what is left of the token: the agent asks again and again meanwhile.
      await provider.halt();
      await sleep(3_000);
      await provider.restart();
      const before = tokens();
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(before + 1);
      const last = (): string => tokenFingerprint(oauth.issuedTokens.at(-1) ?? '');
      await expect.poll(() => gateway.tokensOf('StartWorkflowExecution').includes(last())).toBe(true);
      await writeFile(`${out}.stop`, '');
      expect(await agent.ended).toBe(0);
      const complaints = agent.lines.filter((line) =>
        /Traceback|PermissionDenied|Unauthenticated/.test(line),
      );
      expect({ rejected: gateway.totals.rejected, complaints }).toEqual({ rejected: 0, complaints: [] });
    });

    it('gets its token as the page says', async () => {
      const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
      const [, block = ''] = /^```go\n(.*?)^```$/ms.exec(page) ?? [];
      const lines = block
        .split('\n')
        .map((line) => line.trim().replace('"/var/run/worker-auth/token"', 'tokenFile'));
      const source = await readFile(goSource, 'utf8');
      expect(lines.filter((line) => !source.includes(line))).toEqual([]);
      expect(lines).toContain('token, err := os.ReadFile(tokenFile)');
    });
  },
);

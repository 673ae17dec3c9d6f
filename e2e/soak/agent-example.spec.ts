import { Connection } from '@temporalio/client';
import { checkDockerfiles, cleanEnvironment } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { installedProject } from '../src/registry/project-folder.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { startRegistry } from '../src/registry/registry.ts';

interface Deployment {
  readonly spec: { readonly template: { readonly spec: Pod } };
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly initContainers: readonly [{ readonly args: readonly string[]; readonly restartPolicy: string }];
}

const folder = join(import.meta.dirname, '../../examples/agent');
const textOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
const [dockerfile, manifest] = [await textOf('Dockerfile'), await textOf('pod.yaml')];
const pod = (parse(manifest) as Deployment).spec.template.spec;
const [agent] = pod.initContainers;

/** What an instruction of the Dockerfile says, each time. */
const instructions = (name: string): readonly string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, text = '']) => text);

it('the pod gives worker and agent the time that they may take', () => {
  const [, grace] =
    agent.args.map((arg) => /^--grace=(\d+)$/.exec(arg)).find((match) => match !== null) ?? [];
  const workerSeconds = 20;
  expect(agent.restartPolicy).toBe('Always');
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(workerSeconds + Number(grace));
});

await describeWith(['hadolint'], 'the Dockerfiles of the examples', () => {
  it('keep all rules', async () => {
    await checkDockerfiles([folder, join(folder, '../kubernetes')].map((one) => join(one, 'Dockerfile')));
  });
});

await describeWith(['verdaccio'], 'the image of the agent', () => {
  it('is built by steps that run, and the agent in it serves a worker and its probes', async () => {
    await using registry = await startRegistry();
    await publishAll(registry);
    await using project = await installedProject(registry, 'examples/agent');
    const PATH = [dirname(process.execPath), cleanEnvironment()['PATH']].join(delimiter);
    const at = { cwd: project.path, env: { ...cleanEnvironment(), PATH } };
    for (const file of instructions('COPY')[0]?.split(' ').slice(0, -1) ?? ['none'])
      expect((await readFile(join(project.path, file), 'utf8')).length).toBeGreaterThan(0);
    const steps = instructions('RUN');
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) await promisify(execFile)('sh', ['-c', step], at);
    await using stack = await fakeStack({ frontend: true });
    const { applicationName: name, env } = stack;
    const values = new Map([
      ['--proxy', '127.0.0.1:0'],
      ['--listen', '127.0.0.1:0'],
      ['--bearer-file', join(project.path, 'bearer')],
    ]);
    const args = agent.args
      .filter((arg) => arg !== '--tls')
      .map((arg) => {
        const [flag = ''] = arg.split('=');
        return values.has(flag) ? `${flag}=${values.get(flag)}` : arg;
      });
    const [entry = ''] = JSON.parse(instructions('ENTRYPOINT')[0] ?? '[]') as readonly string[];
    const running = spawn(join(project.path, entry), args, {
      ...{ cwd: project.path, env: { PATH, ...env, ATLAN_APPLICATION_NAME: name } },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines: string[] = [];
    createInterface({ input: running.stderr }).on('line', (line) => lines.push(line));
    try {
      const said = (pattern: RegExp) => pattern.exec(lines.join('\n'))?.[1] ?? '';
      await eventually('it listens', () => said(/listens at (\S+)/) !== '');
      const url = said(/listens at (\S+)/);
      const ready = async (): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;
      await eventually('it is ready', ready);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      const address = said(/find Temporal at (\S+)/);
      const worker = await Connection.connect({ address, tls: false, interceptors: [] });
      await worker.workflowService.describeNamespace({ namespace: 'default' });
      await worker.close();
      running.kill('SIGTERM');
      expect(await once(running, 'exit')).toEqual([0, null]);
    } finally {
      running.kill('SIGKILL');
    }
  });
});

import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  builtFor,
  checkFrontends,
  checkPlatform,
  checkPollers,
  checkPolls,
} from '../../src/doctor/check-workers.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { shownClaims } from '../../src/doctor/token-exchange.ts';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { checkOf } from '../support/diagnosis.ts';

/** The only check that `make` makes. */
async function only(
  make: (scene: DiagnosisContext) => Promise<void>,
  options = {},
): Promise<ReturnType<typeof checkOf> | undefined> {
  const scene = new DiagnosisContext({ env: {}, ...options });
  await make(scene);
  const diagnosis = scene.diagnosis();
  const made = diagnosis.categories
    .flatMap(({ checks }) => checks)
    .find(({ description }) => !/: not checked/.test(description));
  return made && checkOf(diagnosis, made.name);
}

describe('the platform', () => {
  it.each([
    [
      'linux x64',
      true,
      'linux x64 with musl (Alpine): clients work, workers do not start. Use an image with glibc',
    ],
    ['win32 arm64', false, 'win32 arm64: clients work, workers do not start. Use Node for x64.'],
    ['freebsd x64', false, 'freebsd x64: clients'],
  ])('is one that Temporal has no build for: %s, musl %s', async (name, isMusl, words) => {
    const check = await only((scene) => checkPlatform(scene, name, isMusl));
    expect(check).toMatchObject({ result: 'warning', code: 'DOCTOR_PLATFORM_UNSUPPORTED' });
    expect(check?.error).toContain(`Temporal's native module has no build for ${words}`);
  });

  it.each([
    ['linux', undefined, 'warning'],
    ['linux', '2.41', 'success'],
    ['darwin', undefined, 'success'],
  ])('is %s with glibc %s: %s', async (platform, glibcVersionRuntime, result) => {
    vi.spyOn(process.report, 'getReport').mockReturnValue({ header: { glibcVersionRuntime } });
    const before = process.platform;
    onTestFinished(() => {
      Object.defineProperty(process, 'platform', { value: before });
    });
    Object.defineProperty(process, 'platform', { value: platform });
    expect(await only((scene) => checkPlatform(scene, 'linux x64'))).toMatchObject({
      result,
      ...(result === 'warning' && { description: 'this is linux x64 with musl (Alpine)' }),
    });
  });

  it('is compared with the builds of the module itself', async () => {
    const place = createRequire(createRequire(import.meta.url).resolve('@temporalio/worker'));
    const folder = dirname(place.resolve('@temporalio/core-bridge'));
    const names = (await readdir(join(folder, 'releases'))).map((triple) => {
      const [cpu = '', , os = ''] = triple.split('-');
      return `${os.replace('windows', 'win32')} ${cpu === 'aarch64' ? 'arm64' : 'x64'}`;
    });
    expect(names.toSorted()).toEqual(builtFor);
  });
});

describe('the polls of all workers', () => {
  it.each([
    [{ workers: 240 }, 'success'],
    [{ workers: 241 }, 'warning'],
    [{ workers: 241, namespaceCount: 1_205 }, 'success'],
    [{}, 'skipped'],
  ])('%j: %s', async (options, result) => {
    expect(await only(checkPolls, options)).toMatchObject({ result });
  });
});

describe('claims that are shown', () => {
  it('have no control and bidirectional characters, and an end', () => {
    expect(shownClaims({ 'a\u202e': '\u001b[31m', long: 'x'.repeat(501) }, [])).toEqual({
      ...{ a: '[31m', long: `${'x'.repeat(499)}…` },
    });
    expect(shownClaims({ a: [[[[[[1]]]]]] }, [])).toEqual({ a: [[[['…']]]] });
    expect(shownClaims({ a: { b: { c: { d: { e: { f: 1 } } } } } }, [])).toEqual({
      a: { b: { c: { d: { e: '…' } } } },
    });
  });
});

const opening = (answers: readonly (string | Error | undefined)[]) => {
  let count = 0;
  return (scene: DiagnosisContext) =>
    checkFrontends(scene, () => {
      const answer = answers[count++ % answers.length];
      if (answer instanceof Error) return Promise.reject(answer);
      const workflowService = { getSystemInfo: () => Promise.resolve({ serverVersion: answer }) };
      return Promise.resolve({ workflowService, close: () => Promise.resolve() } as never);
    });
};

describe('connections to Temporal', () => {
  it('are answered alike', async () => {
    expect(await only(opening(['1.31.2']))).toMatchObject({
      ...{
        result: 'success',
        description: 'Temporal is version 1.31.2; 4 more connections are answered alike',
      },
    });
  });

  it.each([
    [['1.31.2', '1.30.0'], 4, ['version 1.31.2', 'version 1.30.0', 'version 1.31.2', 'version 1.30.0']],
    [
      ['1.31.2', new ProblemFound('DOCTOR_CLOCK_OFF', 'No.', 'Do.')],
      2,
      ['version 1.31.2', 'No.', 'version 1.31.2', 'No.'],
    ],
  ])('are not: %j', async (answers, accepted, evidence) => {
    expect(await only(opening(answers))).toMatchObject({
      ...{ result: 'warning', code: 'DOCTOR_FRONTENDS_DIFFER', evidence },
      cause: `Connections to Temporal are not answered alike: of 4 more connections ${accepted} are accepted.`,
    });
  });
});

describe('the version of Temporal', () => {
  const versioned = (serverVersion: string | undefined): ReturnType<typeof only> =>
    only(opening([serverVersion]));

  it.each(['1.27.9', '0.30.0', '1.9.0'])('is too old: %s', async (version) => {
    const check = await versioned(version);
    expect(check).toMatchObject({ result: 'warning', code: 'DOCTOR_SERVER_OLD' });
    expect(check?.error).toMatch(
      new RegExp(
        `^Temporal is version ${version}, and pollers scale from 1\\.28 on\\. Update it, or set workflowTaskPoller`,
      ),
    );
  });

  it.each(['1.28.0', '1.31.2', '2.0.0', undefined, 'main', 'main-1.2'])(
    'is new enough: %s',
    async (version) => {
      expect(await versioned(version)).toMatchObject({
        ...{
          result: 'success',
          description: `Temporal is version ${version ?? 'unknown'}; 4 more connections are answered alike`,
        },
      });
    },
  );
});

describe('the pollers of a task queue', () => {
  const polled = (identities: readonly string[], taskQueue: string | undefined = 'orders') => {
    const describeTaskQueue = ({ taskQueueType }: { readonly taskQueueType: number }) =>
      Promise.resolve({ pollers: taskQueueType === 1 ? identities.map((identity) => ({ identity })) : [] });
    const connection = { workflowService: { describeTaskQueue } } as never;
    return only((scene) => checkPollers(scene, connection, 'default'), { taskQueue });
  };

  it('are named', async () => {
    expect(await polled(['1@host'])).toMatchObject({
      ...{ result: 'success', description: 'the task queue "orders" has 1 pollers' },
      evidence: ['workflow poller 1@host'],
    });
  });

  it('are missed', async () => {
    expect(await polled([])).toMatchObject({
      ...{ result: 'warning', code: 'DOCTOR_NO_POLLERS' },
      cause: 'No worker has polled the task queue "orders" for five minutes.',
    });
  });
});

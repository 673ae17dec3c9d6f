import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failInCi, lackingOf, skipReason } from '../src/availability.ts';
import { goPlaces, goProgramEntry, isOlder } from '../src/go.ts';
import { javaObstacle } from '../src/java.ts';
import { findLocally, type Places } from '../src/lookup.ts';
import { statusTable } from '../src/status.ts';
import { script, temporaryFolder } from './support.ts';

async function fakeJava(version: string): Promise<NodeJS.ProcessEnv> {
  const home = await temporaryFolder();
  await script(join(home, 'bin', 'java'), `echo 'openjdk version "${version}" 2020-01-01' >&2`);
  return { JAVA_HOME: home };
}

function places(change: Partial<Places> = {}): Places {
  return { title: 'The thing', local: [], remote: [], byHand: 'build it', ...change };
}

const found = { path: '/bin/thing', version: '1.0', from: 'PATH' };
const here = places({ local: [{ label: 'PATH', look: () => Promise.resolve(found) }] });

describe('javaObstacle', () => {
  it('is none with Java 17', async () => {
    expect(await javaObstacle(await fakeJava('17.0.15'))).toBeUndefined();
  });

  it.each(['16.0.2', '1.8.0_292'])('is the version with Java %s', async (version) => {
    expect(await javaObstacle(await fakeJava(version))).toMatch(
      /is Java (16|8): version 17 or newer is needed/,
    );
  });

  it('is that there is no Java', async () => {
    expect(await javaObstacle({ PATH: await temporaryFolder() })).toMatch(
      /^there is no Java: install version 17/,
    );
  });
});

describe('the Go toolchain', () => {
  it.each([
    ['1.26.4', false],
    ['1.26.8', false],
    ['1.27', false],
    ['2.0.0', false],
    ['1.26.3', true],
    ['1.9.9', true],
  ])('of version %s is too old: %s', (version, tooOld) => {
    expect(isOlder(version, '1.26.4')).toBe(tooOld);
  });

  it('on PATH is passed over when it is too old', async () => {
    const root = await temporaryFolder();
    await script(join(root, 'go'), 'echo go version go1.19.8 linux/amd64');
    const state = await findLocally(goPlaces({ PATH: root, WORKER_AUTH_CACHE: root }));
    expect(state).toMatchObject({
      tried: [`"go" on PATH: ${join(root, 'go')} is Go 1.19.8, older than 1.26.4`, expect.any(String)],
    });
  });

  it('is asked for a program again when what is built changes', async () => {
    const [one, other] = await Promise.all([
      goProgramEntry({ name: 'daprd', version: '1.9.6' }),
      goProgramEntry({ name: 'daprd', version: '1.9.6', linkVariables: ['a=b'] }),
    ]);
    expect(one.name).not.toBe(other.name);
  });
});

describe('what a machine lacks', () => {
  it('is nothing when the program is there', async () => {
    expect(await lackingOf([here])).toBeUndefined();
  });

  it('is told for every program that cannot be had', async () => {
    const noJava = places({ title: 'Keycloak', obstacle: () => Promise.resolve('there is no Java') });
    expect(await lackingOf([here, noJava, places({ byHand: 'wait' })])).toBe(
      'Keycloak cannot be had: there is no Java. The thing cannot be had: . To install it by hand: wait.',
    );
  });

  it('is a reason to skip tests outside CI', () => {
    expect(failInCi('no Java.', {})).toBe('no Java.');
  });

  it('is a failure in CI', () => {
    expect(() => failInCi('no Java.', { CI: 'true' })).toThrow(
      'no Java. With CI=true, a missing server is a failure.',
    );
  });

  it.each([
    ['prometheus', 'a reason to skip', 'Prometheus cannot be had'],
    ['actionlint', 'a failure', 'With CI=true, a missing server is a failure.'],
  ] as const)('is in CI, of %s on a machine that has nothing, %s', async (name, _what, text) => {
    const nowhere = await temporaryFolder();
    for (const variable of ['PATH', 'WORKER_AUTH_CACHE']) vi.stubEnv(variable, nowhere);
    vi.stubEnv('CI', 'true');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const [settled] = await Promise.allSettled([skipReason(name)]);
    const said = settled.status === 'fulfilled' ? settled.value : String(settled.reason);
    expect(said).toContain(text);
    expect(settled.status).toBe(name === 'prometheus' ? 'fulfilled' : 'rejected');
  });

  it('is nothing to fail for in CI when all is there', () => {
    expect(failInCi(undefined, { CI: 'true' })).toBeUndefined();
  });
});

describe('the table', () => {
  it('shows what is there, and why the rest is not', async () => {
    const missing = places({
      local: [{ label: 'PATH', look: () => Promise.resolve('not there') }],
      remote: [{ label: 'the wheel', look: () => Promise.reject(new Error('not asked for')) }],
    });
    const noJava = places({ obstacle: () => Promise.resolve('there is no Java') });
    expect(await statusTable({ here, missing, 'no-java': noJava })).toBe(
      [
        'SERVER   VERSION  FROM     PATH',
        'here     1.0      PATH     /bin/thing',
        'missing  -        missing',
        'no-java  -        missing',
        '',
        'Missing:',
        '  missing: PATH: not there. "npm run servers -- fetch missing" gets it: the wheel.',
        '  no-java: there is no Java',
      ].join('\n'),
    );
  });
});

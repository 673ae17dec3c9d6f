import { expect, it, onTestFinished, vi } from 'vitest';
import { lackingOf, skipReason } from '../src/availability.ts';
import type { Places } from '../src/lookup.ts';
import { statusTable } from '../src/status.ts';
import { temporaryFolder } from './support.ts';

function places(change: Partial<Places> = {}): Places {
  return { title: 'The thing', local: [], remote: [], byHand: 'build it', ...change };
}

const found = { path: '/bin/thing', version: '1.0', from: 'PATH' };
const here = places({ local: [{ label: 'PATH', look: () => Promise.resolve(found) }] });
const noJava = places({ title: 'Keycloak', obstacle: () => Promise.resolve('there is no Java') });

it('what a machine lacks is told for every program that cannot be had', async () => {
  expect(await lackingOf([here])).toBeUndefined();
  expect(await lackingOf([here, noJava, places({ byHand: 'wait' })])).toBe(
    'Keycloak cannot be had: there is no Java. The thing cannot be had: . To install it by hand: wait.',
  );
});

it.each([
  ['prometheus', 'true', 'a reason to skip', 'Prometheus cannot be had'],
  ['actionlint', 'true', 'a failure', 'With CI=true, a missing server is a failure.'],
  ['actionlint', '', 'a reason to skip', 'The Go toolchain cannot be had'],
] as const)('%s that is missing with CI=%s is %s', async (name, ci, what, text) => {
  const nowhere = await temporaryFolder();
  for (const variable of ['PATH', 'WORKER_AUTH_CACHE', 'HOME']) vi.stubEnv(variable, nowhere);
  vi.stubEnv('CI', ci);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const [settled] = await Promise.allSettled([skipReason(name)]);
  const said = settled.status === 'fulfilled' ? settled.value : String(settled.reason);
  expect(said).toContain(text);
  expect(settled.status).toBe(what === 'a failure' ? 'rejected' : 'fulfilled');
});

it('the table shows what is there, and why the rest is not', async () => {
  const missing = places({
    local: [{ label: 'PATH', look: () => Promise.resolve('not there') }],
    remote: [{ label: 'the wheel', look: () => Promise.reject(new Error('not asked for')) }],
  });
  expect(await statusTable({ here, missing, 'no-java': noJava })).toBe(
    [
      'SERVER   VERSION  FROM     PATH',
      'here     1.0      PATH     /bin/thing',
      'missing  -        missing',
      'no-java  -        missing',
      '',
      'Missing; "npm run servers -- fetch" gets it:',
      '  missing: PATH: not there. It is fetched from: the wheel.',
      '  no-java: there is no Java',
    ].join('\n'),
  );
});

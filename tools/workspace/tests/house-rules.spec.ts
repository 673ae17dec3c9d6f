import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const source = 'packages/secret-store/src';

/** A rule, what breaks it, and in its place what does the same; `\n` begins another line. */
const cases = String.raw`
no-restricted-properties | use(Date.now()); | use(clock.wallNow());
syntax | use(new Date()); | use(new Date(wallMs));
syntax | use(Date()); | use(Date.parse(text));
no-restricted-globals | use(performance.now()); | use(clock.monotonicNow());
no-restricted-properties | use(process.hrtime()); | use(process.pid);
no-restricted-globals | setTimeout(use, 1); | clock.startTimer(use, 1);
no-restricted-globals | setInterval(use, 1); | clearInterval(handle);
no-restricted-globals | setImmediate(use); | queueMicrotask(use);
no-restricted-globals | globalThis.setTimeout(use, 1); | globalThis.use(1);
no-restricted-properties | use(AbortSignal.timeout(1)); | use(AbortSignal.abort());
no-restricted-imports | import { setTimeout as sleep } from 'node:timers/promises';\nuse(sleep); | import { join } from 'node:path';\nuse(join);
no-restricted-imports | import { it } from 'vitest';\nuse(it); | import ky from 'ky';\nuse(ky);
no-restricted-imports | import { z } from 'zod';\nuse(z); | import * as z from 'zod/mini';\nuse(z);
syntax | export { a } from './a.js'; | export { a } from './a.ts';
syntax | use(import('../a')); | use(import('../a.ts'), import('ky'));
syntax | export default 1; | export const one = 1;
syntax | export class A { private a = 1; } | export class A { readonly #a = 1; }
syntax | export class A { private a() {} } | export class A { private constructor() {} }
naming | export const WAIT_MS = 1; | export const ErrorCode = { waited: 'WAITED' };
naming | export function use() { const _left = 1; } | export function use(_request: string) { const left = { client_id: 1 }; }
naming | export type a = 1; | export type A = 1;
directive-reason | // eslint-disable-next-line no-restricted-globals\nsetTimeout(use, 1); | // eslint-disable-next-line no-restricted-globals -- its price\nsetTimeout(use, 1);
naming | export function use(told: string) { return told; } | export class A { on(event: string) { return { of: event }; } }
syntax | use({ ...{ a, b } }); | use({ ...a, ...(b && { c }) });
syntax | use(one as unknown as string); | use(one as unknown);
syntax | server.listen(0); | server.listen(0, '127.0.0.1');
`
  .trim()
  .split('\n')
  .map((line, index) => [...line.replaceAll('\\n', '\n').split(' | '), `${source}/${index}`]);

const circle = {
  'a.ts': "import type { B } from './b.ts';",
  'b.ts': "export { c } from './c.ts';",
  'c.ts': "export const c = () => import('./a.ts');",
  'd.ts': "import './a.ts';",
};

const others = {
  [`${source}/good/index.ts`]: "export { a } from './a.ts';",
  [`${source}/bad/index.ts`]: 'export const one = 1;',
  'packages/secret-store/tests/dapr/bad.spec.ts': "export { a } from '../../src/index.ts';",
  'packages/secret-store/tests/dapr/good.spec.ts': "export { a } from '../../src/a.ts';",
  'tools/servers/src/some.ts': 'setTimeout(use, Date.now());',
  'tools/internal/src/deadline.ts': 'setTimeout(use, 1);',
};

/** The rules are those of where a file stands, below the folder of their settings. */
const folder = mkdtempSync(join(tmpdir(), 'house-rules-'));
const found = new Map<string, { readonly rule: string; readonly message: string }[]>();

function broken(path: string): readonly string[] {
  return (found.get(path) ?? []).map(({ rule }) => rule);
}

beforeAll(() => {
  const files = {
    ...Object.fromEntries(
      cases.flatMap(([, bad = '', good = '', path = '']) => [
        [`${path}-bad.ts`, bad],
        [`${path}-good.ts`, good],
      ]),
    ),
    ...Object.fromEntries(Object.entries(circle).map(([name, code]) => [`${source}/${name}`, code])),
    ...others,
  };
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  for (const shared of ['node_modules', 'tools/workspace'])
    symlinkSync(join(root, shared), join(folder, shared));
  copyFileSync(join(root, 'oxlint.config.ts'), join(folder, 'oxlint.config.ts'));
  const program = join(root, 'node_modules/.bin/oxlint');
  const args = ['--format=unix', ...Object.keys(files)];
  const { stdout } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  const ours = new Set(['no-circles', ...cases.map(([rule]) => rule)]);
  for (const [, path = '', message = '', rule = ''] of stdout.matchAll(
    /^(.+?):\d+:\d+: (.*) \[Error\/\w+\((.+)\)\]$/gm,
  ))
    if (ours.has(rule)) found.set(path, [...(found.get(path) ?? []), { rule, message }]);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the sources of a package', () => {
  it.each(cases)('by %s may not hold %j, but %j', (rule, _bad, _good, path) => {
    expect(broken(`${path}-bad.ts`)).toEqual([rule]);
    expect(broken(`${path}-good.ts`)).toEqual([]);
  });

  it('have an index that only re-exports', () => {
    expect(broken(`${source}/good/index.ts`)).toEqual([]);
    expect(broken(`${source}/bad/index.ts`)).toEqual(['syntax']);
  });
});

it('a spec imports the file that it tests', () => {
  expect(broken('packages/secret-store/tests/dapr/bad.spec.ts')).toEqual(['no-restricted-imports']);
  expect(broken('packages/secret-store/tests/dapr/good.spec.ts')).toEqual([]);
});

it('a circle of imports is found in each of its files, whatever is imported, and nowhere else', () => {
  const files = Object.keys(circle).map((name) => broken(`${source}/${name}`));
  expect(files).toEqual([['no-circles'], ['no-circles'], ['no-circles'], []]);
  expect(found.get(`${source}/a.ts`)?.[0]?.message).toContain('a.ts, b.ts, c.ts');
});

it('the time of the host is free to tools and tests, and not to the other shared sources', () => {
  expect(broken('tools/servers/src/some.ts')).toEqual([]);
  expect(broken('tools/internal/src/deadline.ts')).toEqual(['no-restricted-globals']);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it, onTestFinished } from 'vitest';
import { houseRules } from '../house-rules.mjs';
import { noCircles } from '../no-circles.mjs';

const root = join(import.meta.dirname, '../../..');

/** The rules that the file would break, by the name of the rule. */
async function broken(path: string, code: string): Promise<readonly (string | null)[]> {
  const [project = ''] = /^(?:packages|tools)\/[^/]+|^e2e/.exec(path) ?? [];
  const cwd = join(root, project);
  const eslint = new ESLint({
    cwd,
    overrideConfigFile: true,
    overrideConfig: [
      { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
      ...houseRules(cwd),
      // Needs the types of a whole project.
      { files: ['**/*.ts'], rules: { '@typescript-eslint/prefer-readonly': 'off' } },
    ],
  });
  const [result] = await eslint.lintText(code, { filePath: join(root, path) });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

const source = 'packages/secret-store/src/some.ts';

/** A rule, what breaks it, and in its place what does the same; `\n` begins another line. */
const cases = String.raw`
no-restricted-properties | use(Date.now()); | use(clock.wallNow());
no-restricted-syntax | use(new Date()); | use(new Date(wallMs));
no-restricted-syntax | use(Date()); | use(Date.parse(text));
no-restricted-globals | use(performance.now()); | use(clock.monotonicNow());
no-restricted-properties | use(process.hrtime()); | use(process.pid);
no-restricted-globals | setTimeout(use, 1); | clock.startTimer(use, 1);
no-restricted-globals | setInterval(use, 1); | clearInterval(handle);
no-restricted-globals | setImmediate(use); | queueMicrotask(use);
no-restricted-properties | globalThis.setTimeout(use, 1); | globalThis.use(1);
no-restricted-properties | use(AbortSignal.timeout(1)); | use(AbortSignal.abort());
no-restricted-imports | import { setTimeout as sleep } from 'node:timers/promises';\nuse(sleep); | import { join } from 'node:path';\nuse(join);
no-restricted-imports | import { it } from 'vitest';\nuse(it); | import ky from 'ky';\nuse(ky);
no-restricted-imports | import { z } from 'zod';\nuse(z); | import * as z from 'zod/mini';\nuse(z);
no-restricted-imports | export { a } from './a.js'; | export { a } from './a.ts';
no-restricted-syntax | use(import('../a')); | use(import('../a.ts'), import('zod'));
no-restricted-syntax | export default 1; | export const one = 1;
no-restricted-syntax | export class A { private a = 1; } | export class A { readonly #a = 1; }
no-restricted-syntax | export class A { private a() {} } | export class A { private constructor() {} }
@typescript-eslint/naming-convention | export const WAIT_MS = 1; | export const ErrorCode = { waited: 'WAITED' };
@typescript-eslint/naming-convention | export function use() { const _left = 1; } | export function use(_request: string) { const left = { client_id: 1 }; }
@typescript-eslint/naming-convention | export type a = 1; | export type A = 1;
house/directive-reason | // eslint-disable-next-line no-restricted-globals\nsetTimeout(use, 1); | // eslint-disable-next-line no-restricted-globals -- its price\nsetTimeout(use, 1);
@typescript-eslint/naming-convention | export function use(told: string) { return told; } | export class A { on(event: string) { return { of: event }; } }
no-restricted-syntax | use({ ...{ a, b } }); | use({ ...a, ...(b && { c }) });
no-restricted-syntax | use(one as unknown as string); | use(one as unknown);
no-restricted-syntax | server.listen(0); | server.listen(0, '127.0.0.1');
`
  .trim()
  .split('\n')
  .map((line) => line.replaceAll('\\n', '\n').split(' | '));

describe('the sources of a package', () => {
  it.each(cases)('by %s may not hold %j, but %j', async (rule = '', bad = '', good = '') => {
    expect(await broken(source, bad)).toEqual([rule]);
    expect(await broken(source, good)).toEqual([]);
  });

  it('have an index that only re-exports', async () => {
    const path = 'packages/secret-store/src/index.ts';
    expect(await broken(path, "export { a } from './a.ts';")).toEqual([]);
    expect(await broken(path, 'export const one = 1;')).toEqual(['no-restricted-syntax']);
  });
});

it('a spec imports the file that it tests', async () => {
  const path = 'packages/secret-store/tests/dapr/some.spec.ts';
  expect(await broken(path, "export { a } from '../../src/index.ts';")).toEqual(['no-restricted-imports']);
  expect(await broken(path, "export { a } from '../../src/a.ts';")).toEqual([]);
});

describe('a circle of imports', () => {
  it('is found in each of its files, whatever is imported, and nowhere else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'circle-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const files = {
      'a.ts': "import type { B } from './b.ts';",
      'b.ts': "export { c } from './c.ts';",
      'c.ts': "export const c = () => import('./a.ts');",
      'd.ts': "import './a.ts';",
    };
    for (const [name, code] of Object.entries(files)) await writeFile(join(folder, name), code);
    const eslint = new ESLint({
      cwd: folder,
      overrideConfigFile: true,
      overrideConfig: {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { house: { rules: { 'no-circles': noCircles } } },
        rules: { 'house/no-circles': ['error', folder] },
      },
    });
    const results = await eslint.lintFiles('*.ts');
    expect(results.map(({ filePath, messages }) => [basename(filePath), messages.length])).toEqual([
      ['a.ts', 1],
      ['b.ts', 1],
      ['c.ts', 1],
      ['d.ts', 0],
    ]);
    expect(results[0]?.messages[0]?.message).toContain('a.ts, b.ts, c.ts');
  });
});

it('the time of the host is free to tools and tests, and not to the other shared sources', async () => {
  expect(await broken('tools/servers/src/some.ts', 'setTimeout(use, Date.now());')).toEqual([]);
  expect(await broken('tools/internal/src/deadline.ts', 'setTimeout(use, 1);')).toEqual([
    'no-restricted-globals',
  ]);
});

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageNames } from '../src/registry/publish-all.ts';

const folder = join(import.meta.dirname, '../../.github');

it.each(globSync('{workflows,actions/*}/*.yml', { cwd: folder }))(
  '%s uses actions by their commits',
  (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^(?:\.\/\.github\/[\w./-]+|[\w./-]+@[0-9a-f]{40})$/);
  },
);

it.each(globSync('workflows/*.yml', { cwd: folder }))('%s gives no more rights than are needed', (file) => {
  expect(readFileSync(join(folder, file), 'utf8')).toMatch(/^permissions:\n {2}contents: read\n\n/m);
});

it.each(globSync('workflows/*.yml', { cwd: folder }))(
  '%s runs no code of a dependency in a job that may sign',
  (file) => {
    const [, jobs = ''] = readFileSync(join(folder, file), 'utf8').split(/^jobs:$/m);
    const mayRun = /\b(?:npx|npm (?:ci|install|run|test|start))\b|\.ci\/run/;
    const both = jobs
      .split(/^ {2}(?=\w)/m)
      .filter((job) => job.includes('id-token: write') && mayRun.test(job));
    expect(both).toEqual([]);
  },
);

it('release.yml publishes every package, each after those that it depends on', () => {
  const text = readFileSync(join(folder, 'workflows/release.yml'), 'utf8');
  const [, names = ''] = /for name in (.+); do/.exec(text) ?? [];
  const published = names.split(' ');
  expect(published.toSorted()).toEqual(packageNames.toSorted());
  for (const [index, name] of published.entries()) {
    const manifest = readFileSync(join(folder, '../packages', name, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
    const ours = Object.keys(dependencies).filter((each) => each.startsWith('@worker-auth/'));
    const before = published.slice(0, index).map((each) => `@worker-auth/${each}`);
    expect(before).toEqual(expect.arrayContaining(ours));
  }
});

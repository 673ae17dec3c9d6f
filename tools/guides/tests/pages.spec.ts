import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guideNames as names, guidesFolder, guideText } from './support/guide.ts';

const workspace = join(guidesFolder, '../..');

/** How many TypeScript blocks each guide has: the specs of their names run them all. */
const programs: Readonly<Record<string, number>> = {
  'a-la-carte': 3,
  deviations: 0,
  'how-it-works': 0,
  kubernetes: 0,
  providers: 0,
  'providers/auth0': 1,
  'providers/cognito': 1,
  'providers/dex': 1,
  'providers/entra-id': 2,
  'providers/google': 0,
  'providers/hydra': 1,
  'providers/keycloak': 1,
  'providers/okta': 1,
  'providers/ping': 1,
  'providers/zitadel': 1,
  'start-in-five-minutes': 2,
  'test-with-the-fakes': 3,
  'threat-model': 0,
  'write-a-secret-back-end': 3,
};

/** The anchor that a heading gets. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '');
  return words.trim().replaceAll(/\s/g, '-');
}

function anchorsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

it('are those whose programs are run', () => {
  const counted = names.map((name) => [name, guideText(name).match(/^```ts$/gm)?.length ?? 0]);
  expect(Object.fromEntries(counted)).toEqual(programs);
});

it('are all in the list of the README, or of the page with the name of their folder', () => {
  const readme = readFileSync(join(workspace, 'README.md'), 'utf8');
  for (const name of names) {
    const folder = dirname(name);
    if (folder === '.') expect(readme).toContain(`(docs/guides/${name}.md)`);
    else expect(guideText(folder)).toContain(`(${name}.md)`);
  }
});

describe.each(names)('%s', (name) => {
  const text = guideText(name);
  const file = join(guidesFolder, `${name}.md`);

  it('begins with its title', () => {
    expect(text).toMatch(/^# \S.*\n\n/);
  });

  it('has no program that Node 22 cannot read', () => {
    const code = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block).join('\n');
    expect(code).not.toMatch(/\bawait using\b|^\s*using\s/m);
  });

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(target)) return true;
      return (
        anchor !== undefined &&
        !anchorsOf(target.endsWith('.md') ? target : join(target, 'README.md')).includes(anchor)
      );
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names specs that are there', () => {
    const specs = [...text.matchAll(/`([\w./-]+\.spec\.ts)`/g)].map(([, path = '']) => path);
    expect(specs.filter((path) => !existsSync(join(workspace, path)))).toEqual([]);
  });
});

import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { CertificateErrorCode } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreErrorCode } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { expect, it } from 'vitest';
import { conditionCodes } from '@worker-auth/calls/conditions/codes';
import { entries } from '../../src/doctor/catalogue.ts';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import { DoctorCode } from '../../src/doctor/doctor-code.ts';
import { TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';

function read(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

const index = await read('docs/runbook.md');
const rules = await read('monitoring/alerts.yaml');
const files = globSync('docs/runbook/*.md', { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
const pages = await Promise.all(files.map(async (file) => ({ file, text: await read(file) })));

/** Headings of alerts and codes, with their page and what stands under each. */
const places = new Map(
  pages.flatMap(({ file, text }) =>
    text
      .split(/^### /m)
      .slice(1)
      .map((place) => {
        const [heading = '', ...rest] = place.split(/^## /m)[0]?.split('\n') ?? [];
        return [heading, { file, text: rest.join('\n') }] as const;
      }),
  ),
);

const { repository } = JSON.parse(await read('package.json')) as {
  repository: { readonly url: string; readonly directory: string };
};
const folder = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/${repository.directory}`;

const codes = [
  DoctorCode,
  SecretStoreErrorCode,
  TokenManagerErrorCode,
  TemporalAuthErrorCode,
  RefreshSchedulerErrorCode,
  CertificateErrorCode,
].flatMap((table): string[] => Object.values(table));

/** Where the alerts lead, and the codes of conditions. */
const anchors = [...rules.matchAll(/runbook_url: (.+)/g)].map(([, url = '']) => url);
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
const headings = [...conditionCodes, ...alerts.filter((name) => places.has(name))];

it('has a place for each condition and each code of all packages, and for nothing else', () => {
  expect([...places.keys()].toSorted()).toEqual([...headings, ...codes].toSorted());
});

it('lists each page on its first one', () => {
  expect(
    [...index.matchAll(/\((runbook\/[\w-]+\.md)\)/g)].map(([, page]) => `docs/${page}`).toSorted(),
  ).toEqual(files.toSorted());
});

it('describes each check in the table of its category', async () => {
  const tables = (await read('docs/runbook/checks.md')).split(/^## /m).slice(1);
  const described = tables.flatMap((table) => {
    const category = /^.*/.exec(table)?.[0].toLowerCase();
    return [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => [category, name]);
  });
  expect(described).toEqual(entries.map(({ categoryName, name }) => [categoryName.toLowerCase(), name]));
});

it.each<readonly [heading: string, place: string]>([
  ...codes.map((code) => [code, `${places.get(code)?.file}#${code.toLowerCase()}`] as const),
  ['token endpoint', 'docs/runbook/checks.md#token-endpoint'],
])('is where the doctor says that %s is', (heading, place) => {
  expect(runbookUrl(heading)).toBe(`${folder}/${place}`);
});

it('is named by each alert, with the URL of its place in the repository', () => {
  const page = `${folder}/docs/runbook/conditions.md`;
  expect(runbookUrl('NO_TOKEN')).toBe(`${page}#no_token`);
  const places = ['{{ $labels.code | toLower }}', ...headings.map((heading) => heading.toLowerCase())];
  expect(anchors).toHaveLength(alerts.length);
  for (const anchor of anchors) expect(places.map((place) => `${page}#${place}`)).toContain(anchor);
});

it.each([...headings, ...codes])('says of %s what happened and what to do', (code) => {
  expect(places.get(code)?.text).toMatch(/^\n[A-Z`"].*\n[^]*\n(?:- )?Fix: \S[^]*\.\n/);
});

/** `unchanged` and `limited` follow a rejection by Temporal, with which the start ends; `fileUnwritable` comes when there is a token. */
const { unchanged, limited, fileUnwritable } = TokenManagerErrorCode;
const others: readonly string[] = [unchanged, limited, fileUnwritable];
const endsStart = Object.values(TokenManagerErrorCode).filter(
  (code) =>
    !others.includes(code) &&
    ['authentication', 'configuration'].includes(new TokenManagerError('', { code }).kind),
);

it.each(endsStart)('says of %s that it ends a start', (code) => {
  expect(places.get(code)?.text).toMatch(/ A start ends/);
});

it('links to places that exist', () => {
  const links = pages.flatMap(({ file, text }) =>
    [...text.matchAll(/\(([\w-]+\.md)?#([^)]+)\)/g)].map(([, page, anchor]) => ({
      file: page === undefined ? file : `docs/runbook/${page}`,
      anchor,
    })),
  );
  const anchors = [...places].map(([heading, { file }]) => ({ file, anchor: heading.toLowerCase() }));
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(anchors).toContainEqual(link);
});

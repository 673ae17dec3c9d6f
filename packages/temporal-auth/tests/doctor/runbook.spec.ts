import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { CertificateErrorCode } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreErrorCode } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { expect, it } from 'vitest';
import { entries } from '../../src/doctor/catalogue.ts';
import { runbookPlace } from '../../src/doctor/diagnosis.ts';
import { DoctorCode, TemporalAuthErrorCode } from '../../src/index.ts';

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

const codes = [
  DoctorCode,
  SecretStoreErrorCode,
  TokenManagerErrorCode,
  TemporalAuthErrorCode,
  RefreshSchedulerErrorCode,
  CertificateErrorCode,
].flatMap((of): string[] => Object.values(of));

const alerts = [...rules.matchAll(/- alert: (.+)/g)].map(([, name = '']) => name);

it('has a place for each alert and each code of all packages, and for nothing else', () => {
  expect(alerts.length).toBeGreaterThan(0);
  expect([...places.keys()].toSorted()).toEqual([...alerts, ...codes].toSorted());
});

it('lists each of them on its first page, with the link and the beginning of what it says', () => {
  const rows = [...index.matchAll(/^\| \[(\w+)\]\(([^)]+)\) +\| (.*?) +\|$/gm)];
  expect(rows.map(([, heading = '']) => heading).toSorted()).toEqual([...places.keys()].toSorted());
  for (const [, heading = '', link, says = ''] of rows) {
    expect(`docs/${link}`).toBe(`${places.get(heading)?.file}#${heading.toLowerCase()}`);
    expect(places.get(heading)?.text.replaceAll('\n', ' ').trim().slice(0, says.length)).toBe(says);
  }
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
  expect(runbookPlace(heading)).toBe(`@worker-auth/temporal-auth/${place}`);
});

it('is named by each alert, with the URL of its place in the repository', async () => {
  const { repository } = JSON.parse(await read('package.json')) as {
    repository: { readonly url: string; readonly directory: string };
  };
  const folder = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/${repository.directory}`;
  const urls = [...rules.matchAll(/runbook_url: (.+)/g)].map(([, url]) => url);
  expect(urls).toEqual(alerts.map((alert) => `${folder}/docs/runbook/alerts.md#${alert.toLowerCase()}`));
});

it.each([...alerts, ...codes])('says of %s what happened and what to do', (code) => {
  expect(places.get(code)?.text).toMatch(/^\n[A-Z`"].*\n[^]*\n- To do: \S[^]*\.\n/);
});

it.each(alerts)('says of %s what happens by itself', (alert) => {
  expect(places.get(alert)?.text).toMatch(/\n- By itself: \S[^]*\.\n- To do/);
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
  expect(places.get(code)?.text).toMatch(/By itself: a start ends/);
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

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { CertificateErrorCode } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreErrorCode } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { expect, it } from 'vitest';
import { entries } from '../../src/doctor/catalogue.ts';
import { DoctorCode, TemporalAuthErrorCode } from '../../src/index.ts';

function read(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

const runbook = await read('docs/runbook.md');
const rules = await read('monitoring/alerts.yaml');

/** Headings with what stands under each. */
const places = new Map(
  runbook
    .split(/^### /m)
    .slice(1)
    .map((place) => [/^.*/.exec(place)?.[0] ?? '', place.replace(/^.*/, '')] as const),
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

it('has a place for each alert, each check and each code of all packages, and for nothing else', () => {
  const checks = entries.map(({ name }): string => name);
  expect(alerts.length).toBeGreaterThan(0);
  expect([...places.keys()].toSorted()).toEqual([...alerts, ...checks, ...codes].toSorted());
});

it('is named by each alert, with the URL of its place in the repository', async () => {
  const { repository } = JSON.parse(await read('package.json')) as {
    repository: { readonly url: string; readonly directory: string };
  };
  const folder = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/${repository.directory}`;
  const urls = [...rules.matchAll(/runbook_url: (.+)/g)].map(([, url]) => url);
  expect(urls).toEqual(alerts.map((alert) => `${folder}/docs/runbook.md#${alert.toLowerCase()}`));
});

it.each([...alerts, ...codes])('says of %s what it means, what happens by itself and what to do', (code) => {
  expect(places.get(code)).toMatch(/^\n\n[A-Z`"].*\n\n- By itself: \w[^]*\n- To do: \S[^]*\.\n/);
});

/** Not `unchanged`: it follows a refusal by Temporal, with which the start ends. */
const endsStart = Object.values(TokenManagerErrorCode).filter(
  (code) =>
    code !== TokenManagerErrorCode.unchanged &&
    ['authentication', 'configuration'].includes(new TokenManagerError('', { code }).kind),
);

it.each(endsStart)('says of %s that it ends a start', (code) => {
  expect(places.get(code)).toMatch(/By itself: a start ends/);
});

it('links to places that there are', () => {
  const links = [...runbook.matchAll(/\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(0);
  const anchors = [...places.keys()].map((heading) => heading.toLowerCase());
  for (const link of links) expect(anchors).toContain(link);
});

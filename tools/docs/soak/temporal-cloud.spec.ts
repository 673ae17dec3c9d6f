import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promtool } from '@worker-auth/servers';
import { FakeTemporalFrontend, SigningKey, testCertificates } from '@worker-auth/testing-fakes';
import { parse, stringify } from 'yaml';
import { expect, it, onTestFinished } from 'vitest';
import { guideText, runGuide } from '../tests/support/guide.ts';

const day = 86_400;
const signing = new SigningKey('ES256');

/** A key as Cloud makes it: a JWT that lives for two years. */
function apiKey(id: string): string {
  return signing.signJwt({
    sub: 'service-account',
    jti: id,
    exp: Math.floor(Date.now() / 1_000) + 730 * day,
  });
}

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('the program starts its workflow with the key of the file, also with the one that took its place', async () => {
  const folder = await openFolder();
  const [file, ca] = [join(folder, 'api-key'), join(folder, 'ca.crt')];
  await writeFile(ca, testCertificates().ca);
  const [old, next] = [apiKey('1'), apiKey('2')];
  await writeFile(file, `${old}\n`);
  // Cloud rejects the old key at the first call that needs a permission, and the new one is in the file by then.
  const temporal = await FakeTemporalFrontend.start({
    tls: true,
    acceptToken: (token) => token === next || rotate(),
  });
  onTestFinished(() => temporal.stop());
  const rotate = (): boolean => {
    void writeFile(file, `${next}\n`);
    return false;
  };
  const env = { WORKER_AUTH_TOKEN_FILE: file, TEMPORAL_ADDRESS: temporal.address, NODE_EXTRA_CA_CERTS: ca };
  const result = await runGuide('temporal-cloud', { index: 'new TemporalWorkflowClient', env });
  expect(result).toMatchObject({ exitCode: 0, stdout: 'orders\n' });
});

it('the rule fires 14 days before the end of a key, and is none of Prometheus to complain about', async () => {
  const folder = await openFolder();
  const [, rules = ''] = /```yaml\n(groups:.*?)```/s.exec(guideText('temporal-cloud')) ?? [];
  await writeFile(join(folder, 'rules.yaml'), rules);
  expect(await promtool('check', 'rules', '--lint-fatal', join(folder, 'rules.yaml'))).toContain('SUCCESS');
  const { alert, labels, annotations } =
    (parse(rules) as { groups: { rules: Record<string, unknown>[] }[] }).groups[0]?.rules[0] ?? {};
  expect(annotations).toBeDefined();
  const series = (seconds: number) => ({
    interval: '1m',
    input_series: [
      {
        series: 'worker_auth_token_expiration_timestamp_seconds{job="orders",instance="a"}',
        values: `${seconds}x5`,
      },
    ],
  });
  const fired = {
    exp_labels: { ...(labels as object), job: 'orders', instance: 'a' },
    exp_annotations: { summary: 'The API key of a ends in 13d 23h 58m 0s. Put a new one into its file.' },
  };
  await writeFile(
    join(folder, 'test.yaml'),
    stringify({
      rule_files: ['rules.yaml'],
      tests: [
        { ...series(14 * day + 240), alert_rule_test: [{ alertname: alert, eval_time: '2m' }] },
        {
          ...series(14 * day),
          alert_rule_test: [{ alertname: alert, eval_time: '2m', exp_alerts: [fired] }],
        },
      ],
    }),
  );
  expect(await promtool('test', 'rules', join(folder, 'test.yaml'))).toContain('SUCCESS');
});

import { RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, expect, it, vi } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { clientSecret } from '@worker-auth/calls/settings/credentials';
import { checkOf } from '../support/diagnosis.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const credentials = clientSecret({ id: 'id', secret: 's3cret', tokenUrl: 'http://127.0.0.1:1/token' });

interface Given {
  readonly credentials: typeof credentials;
  readonly logger: RecordingLogger;
  readonly env: Record<string, string>;
}

const doors: readonly [string, (given: Given) => object][] = [
  ['temporalAuth', temporalAuth],
  ['TemporalWorkflowClient', (given) => new TemporalWorkflowClient(given)],
  ['AtlanAuthClient', (given) => new AtlanAuthClient(given)],
];

it.each(doors)('%s warns once where Node.js verifies no certificate', (_name, make) => {
  const warned = (): readonly string[] => {
    const logger = new RecordingLogger();
    make({ credentials, logger, env: {} });
    return logger.messages('WARN');
  };
  expect(warned()).toEqual([]);
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '1');
  expect(warned()).toEqual([]);
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  expect(warned()).toEqual([expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED=0 /)]);
});

it('the doctor warns of it', async () => {
  const examine = async () =>
    checkOf(await diagnose({ credentials, env: {}, timeoutMs: 1_000 }), 'trusted-certificates');
  expect(await examine()).toMatchObject({ result: 'success' });
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  expect(await examine()).toMatchObject({ result: 'warning', code: 'DOCTOR_CERTIFICATES_UNVERIFIED' });
});

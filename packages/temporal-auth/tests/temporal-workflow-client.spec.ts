import { describe, expect, it } from 'vitest';
import { ConfigurationError, TemporalWorkflowClient } from '../src/index.ts';

const options = { applicationName: 'postgres-extraction', env: {} };

describe('TemporalWorkflowClient', () => {
  it.each(['authorization', 'Authorization', 'AUTHORIZATION', 'proxy-authorization'])(
    'refuses metadata with the key %s, which would win over the token',
    (key) => {
      expect(() => new TemporalWorkflowClient({ ...options, metadata: { [key]: 'Bearer x' } })).toThrow(
        TypeError,
      );
    },
  );

  it('takes other metadata', () => {
    expect(() => new TemporalWorkflowClient({ ...options, metadata: { 'x-tenant': 'a' } })).not.toThrow();
  });

  it('says that load() comes first', async () => {
    const client = new TemporalWorkflowClient(options);
    expect(() => client.client).toThrow(ConfigurationError);
    await expect(client.startWorkflow('anything')).rejects.toMatchObject({ code: 'CLIENT_NOT_LOADED' });
    await expect(client.createWorker({})).rejects.toMatchObject({ code: 'CLIENT_NOT_LOADED' });
  });

  it('can be closed without having been loaded', async () => {
    const client = new TemporalWorkflowClient(options);
    await expect(client.close()).resolves.toBeUndefined();
  });
});

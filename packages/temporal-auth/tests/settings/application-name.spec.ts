import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { readApplicationName } from '../../src/settings/auth-settings.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

const env = { ATLAN_APPLICATION_NAME: 'query-intelligence' };

describe('readApplicationName', () => {
  it('takes the variable where there is no option, and the option where there is one', () => {
    expect(readApplicationName({}, env)).toBe('query-intelligence');
    expect(readApplicationName({ applicationName: undefined }, env)).toBe('query-intelligence');
    expect(readApplicationName({ applicationName: 'postgres-extraction' }, env)).toBe('postgres-extraction');
  });

  it.each([{}, { ATLAN_APPLICATION_NAME: '' }])(
    'names option and variable when there is neither: %j',
    (none) => {
      const read = (): string => readApplicationName({}, none);
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(
        expect.objectContaining({
          code: 'TEMPORAL_AUTH_SETTING_REFUSED',
          message: expect.stringContaining('give applicationName, or set ATLAN_APPLICATION_NAME') as string,
        }),
      );
    },
  );

  it.each([' ', 'query-intelligence '])('refuses the variable %j, by its name', (name) => {
    const read = (): string => readApplicationName({}, { ATLAN_APPLICATION_NAME: name });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(
      'ATLAN_APPLICATION_NAME must be the name of the application, with no white space at its ends.',
    );
  });

  it.each(['', ' ', 7])('lets no variable stand in for the option %j', (applicationName) => {
    const read = (): string => readApplicationName({ applicationName: applicationName as string }, env);
    expect(read).toThrow(
      new TypeError('applicationName must not be empty: it names the credentials and the task queue'),
    );
  });
});

describe('a client without a name of its own', () => {
  it('finds its credentials by the variable', async () => {
    await using oauth = await MockOAuthServer.start();
    await using client = new AtlanAuthClient({
      env: {
        ...env,
        ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
        ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
        ATLAN_query_intelligence_client_id: oauth.clientId,
        ATLAN_query_intelligence_client_secret: oauth.clientSecret,
      },
      logger: new RecordingLogger(),
    });
    expect(client.getApplicationName()).toBe('query-intelligence');
    expect(await client.getToken()).toBe(oauth.issuedTokens[0]);
  });

  it('needs no options at all where the environment says everything', async () => {
    vi.stubEnv('ATLAN_APPLICATION_NAME', 'query-intelligence');
    try {
      await using client = new TemporalWorkflowClient();
      expect(client.auth.getApplicationName()).toBe('query-intelligence');
      expect(new AtlanAuthClient().getApplicationName()).toBe('query-intelligence');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

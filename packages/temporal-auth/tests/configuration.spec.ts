import { describe, expect, it } from 'vitest';
import { readAuthConfiguration, readConnectionConfiguration } from '../src/configuration.ts';
import { ConfigurationError } from '../src/errors.ts';

describe('readConnectionConfiguration', () => {
  it('has the defaults of the source document', () => {
    expect(readConnectionConfiguration({}, {})).toEqual({
      address: 'localhost:7233',
      host: 'localhost',
      namespace: 'default',
    });
  });

  it('reads the environment', () => {
    const env = {
      ATLAN_WORKFLOW_HOST: 'temporal.example.com',
      ATLAN_WORKFLOW_PORT: '443',
      ATLAN_WORKFLOW_NAMESPACE: 'extraction',
    };
    expect(readConnectionConfiguration({}, env)).toEqual({
      address: 'temporal.example.com:443',
      host: 'temporal.example.com',
      namespace: 'extraction',
    });
  });

  it('lets options win over the environment', () => {
    const env = {
      ATLAN_WORKFLOW_HOST: 'from-env',
      ATLAN_WORKFLOW_PORT: '1',
      ATLAN_WORKFLOW_NAMESPACE: 'from-env',
    };
    const options = { host: 'from-option', port: 2, namespace: 'option' };
    expect(readConnectionConfiguration(options, env)).toEqual({
      address: 'from-option:2',
      host: 'from-option',
      namespace: 'option',
    });
  });

  it('treats an empty variable as an unset one', () => {
    expect(readConnectionConfiguration({}, { ATLAN_WORKFLOW_PORT: '' }).address).toBe('localhost:7233');
  });

  it('puts an IPv6 address in brackets', () => {
    expect(readConnectionConfiguration({ host: '::1' }, {}).address).toBe('[::1]:7233');
  });

  it.each(['0', '65536', '7233.5', 'temporal'])('refuses port %s and names the variable', (port) => {
    const read = () => readConnectionConfiguration({}, { ATLAN_WORKFLOW_PORT: port });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow('ATLAN_WORKFLOW_PORT (or its option) must be a port from 1 to 65535.');
  });

  it.each(['1', '65535'])('takes port %s', (port) => {
    expect(readConnectionConfiguration({}, { ATLAN_WORKFLOW_PORT: port }).address).toBe(`localhost:${port}`);
  });
});

describe('readAuthConfiguration', () => {
  it('is off by default', () => {
    expect(readAuthConfiguration({}, {})).toEqual({ authEnabled: false, authUrl: undefined });
  });

  it.each(['true', 'TRUE', '1', 'yes'])('is switched on by %s', (value) => {
    expect(readAuthConfiguration({}, { ATLAN_WORKFLOW_AUTH_ENABLED: value }).authEnabled).toBe(true);
  });

  it('lets the option switch off what the environment switches on', () => {
    const env = { ATLAN_WORKFLOW_AUTH_ENABLED: 'true' };
    expect(readAuthConfiguration({ authEnabled: false }, env).authEnabled).toBe(false);
  });

  it('names every bad variable and repeats no value', () => {
    const env = {
      ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps',
      ATLAN_WORKFLOW_AUTH_URL: 'ftp://user:hunter2@example.com',
    };
    expect(() => readAuthConfiguration({}, env)).toThrow(
      'ATLAN_WORKFLOW_AUTH_ENABLED (or its option) must be true or false; ' +
        'ATLAN_WORKFLOW_AUTH_URL (or its option) must be the https URL of the token endpoint.',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { readPlace } from '../../src/settings/host.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

describe('readPlace', () => {
  it('has the defaults of the source document', () => {
    expect(readPlace({}, {})).toMatchObject({
      address: 'localhost:7233',
      namespace: 'default',
    });
  });

  it('reads the environment', () => {
    const env = {
      ATLAN_WORKFLOW_HOST: 'temporal.example.com',
      ATLAN_WORKFLOW_PORT: '443',
      ATLAN_WORKFLOW_NAMESPACE: 'extraction',
    };
    expect(readPlace({}, env)).toMatchObject({
      address: 'temporal.example.com:443',
      namespace: 'extraction',
    });
  });

  it('lets options win over the environment, whose values are not looked at then', () => {
    const env = {
      ATLAN_WORKFLOW_HOST: 'http://no',
      ATLAN_WORKFLOW_PORT: 'no',
      ATLAN_WORKFLOW_NAMESPACE: 'n o',
    };
    const options = { host: 'from-option', port: 2, namespace: 'option' };
    expect(readPlace(options, env)).toMatchObject({
      address: 'from-option:2',
      namespace: 'option',
    });
  });

  it("reads Temporal's own variables where no option says it", () => {
    const env = { TEMPORAL_ADDRESS: 'temporal.example.com:443', TEMPORAL_NAMESPACE: 'theirs' };
    expect(readPlace({}, env)).toMatchObject({ address: 'temporal.example.com:443', namespace: 'theirs' });
    // The port of an address is used with its host alone.
    expect(readPlace({ host: 'ours' }, env)).toMatchObject({ address: 'ours:7233', namespace: 'theirs' });
  });

  it('treats an empty variable as an unset one', () => {
    expect(readPlace({}, { ATLAN_WORKFLOW_PORT: '' }).address).toBe('localhost:7233');
  });

  it('rejects an empty option, which would silently hide the variable', () => {
    const read = () => readPlace({ host: '' }, { ATLAN_WORKFLOW_HOST: 'temporal' });
    expect(read).toThrow('host must be a host name or an address');
  });

  it('puts an IPv6 address in brackets', () => {
    expect(readPlace({ host: '::1' }, {}).address).toBe('[::1]:7233');
  });

  it.each(['0', '65536', '7233.5', 'temporal', '0x8c51', '1e3', '+7233', '7233 ', ' 7233', '007233'])(
    'rejects port "%s" and names the variable',
    (port) => {
      const read = () => readPlace({}, { ATLAN_WORKFLOW_PORT: port });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(
        /^ATLAN_WORKFLOW_PORT must be a port from 1 to 65535(?:, with no white space at its ends)?\.$/,
      );
    },
  );

  it.each(['1', '7233', '65535'])('takes port %s', (port) => {
    expect(readPlace({}, { ATLAN_WORKFLOW_PORT: port }).address).toBe(`localhost:${port}`);
  });

  it.each([0, 65_536, 1.5, Number.NaN, -1])('rejects the number %d and names the option', (port) => {
    expect(() => readPlace({ port }, {})).toThrow(/^port must be a port from 1 to 65535\.$/);
  });

  it.each([
    'temporal:7233',
    'http://temporal',
    'https://temporal/',
    'temporal ',
    'tem poral',
    '[::1]',
    '-temporal',
    'temporal-',
    'a..b',
    '.a',
    'a.-b',
    'a.b-',
    'a.b..',
  ])('rejects host "%s" and names the variable, not the value', (host) => {
    const read = () => readPlace({}, { ATLAN_WORKFLOW_HOST: host });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(
      /^ATLAN_WORKFLOW_HOST must be a host name or an address, with neither scheme nor port(?:, with no white space at its ends)?\.$/,
    );
  });

  it.each([
    'temporal',
    'temporal.example.com',
    'temporal.example.com.',
    'my_service',
    '10.0.0.1',
    'fe80::1',
    'a',
    'a.b',
    'a--long-name.b-1.c',
  ])('takes host "%s"', (host) => {
    expect(readPlace({}, { ATLAN_WORKFLOW_HOST: host }).address).toContain(host);
  });

  it.each(['default ', 'my namespace', 'a\nb', 'größe'])('rejects namespace "%s"', (namespace) => {
    const read = () => readPlace({}, { ATLAN_WORKFLOW_NAMESPACE: namespace });
    expect(read).toThrow(
      /^ATLAN_WORKFLOW_NAMESPACE must be the name of a Temporal namespace(?:, with no white space at its ends)?\.$/,
    );
  });

  it('takes the namespace of a cloud account', () => {
    const env = { ATLAN_WORKFLOW_NAMESPACE: 'extraction.a1b2c' };
    expect(readPlace({}, env).namespace).toBe('extraction.a1b2c');
  });

  it('names the option of a bad namespace', () => {
    expect(() => readPlace({ namespace: 'n o' }, {})).toThrow(/^namespace must be/);
  });

  it('complains about everything at once', () => {
    const read = () => readPlace({ port: 0 }, { ATLAN_WORKFLOW_HOST: 'a b' });
    expect(read).toThrow(/^ATLAN_WORKFLOW_HOST must .*; port must .*\.$/);
  });
});

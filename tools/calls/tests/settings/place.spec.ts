import { describe, expect, it } from 'vitest';
import { readPlace } from '../../src/settings/host.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

const ofAddress = { TEMPORAL_ADDRESS: 'temporal.example.com:443', TEMPORAL_NAMESPACE: 'theirs' };
const bad = { ATLAN_WORKFLOW_HOST: 'http://no', ATLAN_WORKFLOW_PORT: 'no', ATLAN_WORKFLOW_NAMESPACE: 'n o' };

/** What is wrong with one text of a variable. */
const complaint = (variable: string, expected: string): RegExp =>
  new RegExp(`^${variable} must be ${expected}(?:, with no white space at its ends)?\\.$`);

describe('readPlace', () => {
  it.each<[string, Parameters<typeof readPlace>[0], Readonly<Record<string, string>>, string, string]>([
    ['the defaults of the source document', {}, {}, 'localhost:7233', 'default'],
    ['a default for an empty variable', {}, { ATLAN_WORKFLOW_PORT: '' }, 'localhost:7233', 'default'],
    ['the variables', {}, ofAddress, 'temporal.example.com:443', 'theirs'],
    ['the port of an address with its host alone', { host: 'ours' }, ofAddress, 'ours:7233', 'theirs'],
    ['options before variables', { host: 'a', port: 2, namespace: 'b' }, bad, 'a:2', 'b'],
    ['an address of IPv6 in brackets', { host: '::1' }, {}, '[::1]:7233', 'default'],
    ['a port as text', { host: 'temporal', port: '7233' }, {}, 'temporal:7233', 'default'],
  ])('has %s', (_what, options, env, address, namespace) => {
    expect(readPlace(options, env)).toMatchObject({ address, namespace });
  });

  it('rejects an empty option, which would silently hide the variable', () => {
    const read = () => readPlace({ host: '' }, { ATLAN_WORKFLOW_HOST: 'temporal' });
    expect(read).toThrow('host must be a host name or an address');
  });

  it.each(['0', '65536', '7233.5', 'temporal', '0x8c51', '1e3', '+7233', '7233 ', ' 7233', '007233'])(
    'rejects port "%s" and names the variable',
    (port) => {
      const read = () => readPlace({}, { ATLAN_WORKFLOW_PORT: port });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(complaint('ATLAN_WORKFLOW_PORT', 'a port from 1 to 65535'));
    },
  );

  it.each([
    ...['temporal:7233', 'http://temporal', 'https://temporal/', 'temporal ', 'tem poral', '[::1]'],
    ...['-temporal', 'temporal-', 'a..b', '.a', 'a.-b', 'a.b-', 'a.b..'],
  ])('rejects host "%s" and names the variable, not the value', (host) => {
    const read = () => readPlace({}, { ATLAN_WORKFLOW_HOST: host });
    const expected = 'a host name or an address, with neither scheme nor port';
    expect(read).toThrow(complaint('ATLAN_WORKFLOW_HOST', expected));
  });

  it.each([
    ...['temporal', 'temporal.example.com', 'temporal.example.com.', 'my_service', '10.0.0.1', 'fe80::1'],
    ...['a', 'a.b', 'a--long-name.b-1.c'],
  ])('takes host "%s"', (host) => {
    expect(readPlace({}, { ATLAN_WORKFLOW_HOST: host }).address).toContain(host);
  });

  it.each(['default ', 'my namespace', 'a\nb', 'größe'])('rejects namespace "%s"', (namespace) => {
    const read = () => readPlace({}, { ATLAN_WORKFLOW_NAMESPACE: namespace });
    expect(read).toThrow(complaint('ATLAN_WORKFLOW_NAMESPACE', 'the name of a Temporal namespace'));
  });

  it('complains about everything at once', () => {
    const read = () => readPlace({ port: 0, namespace: 'n o' }, { ATLAN_WORKFLOW_HOST: 'a b' });
    expect(read).toThrow(/^ATLAN_WORKFLOW_HOST must .*; port must .*; namespace must be .*\.$/);
  });
});

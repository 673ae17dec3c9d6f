import { describe, expect, it } from 'vitest';
import { readNoProxy, readProxy } from '../../src/settings/network-settings.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

const url = 'http://proxy.example:3128';

/** The proxy on the way to an ordinary host. */
function addressOf(options: Parameters<typeof readProxy>[0], env: Record<string, string> = {}): unknown {
  return readProxy(options, env)?.('idp.example', 443)?.address;
}

describe('readProxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])('reads %s', (name) => {
    expect(addressOf({}, { [name]: url })).toBe('proxy.example:3128');
  });

  it('prefers the variable in lower case, unless it is empty', () => {
    expect(addressOf({}, { HTTPS_PROXY: url, https_proxy: 'http://lower.example:1' })).toBe(
      'lower.example:1',
    );
    expect(addressOf({}, { HTTPS_PROXY: url, https_proxy: '' })).toBe('proxy.example:3128');
  });

  it('looks at no other variable', () => {
    expect(
      readProxy({}, { HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url, grpc_proxy: url }),
    ).toBeUndefined();
  });

  it('lets the option win over the environment, which is not looked at then', () => {
    expect(addressOf({ proxy: url }, { HTTPS_PROXY: 'socks5://no' })).toBe('proxy.example:3128');
    expect(addressOf({ proxy: new URL(url) })).toBe('proxy.example:3128');
  });

  it('has none when the option says so, whatever the environment says', () => {
    expect(readProxy({ proxy: false }, { HTTPS_PROXY: url })?.('idp.example', 443)).toBeUndefined();
  });

  it.each(['NO_PROXY', 'no_proxy'])('leaves out what %s names, for a proxy of either kind', (name) => {
    expect(addressOf({}, { HTTPS_PROXY: url, [name]: 'idp.example' })).toBeUndefined();
    expect(addressOf({ proxy: url }, { [name]: 'idp.example' })).toBeUndefined();
    expect(addressOf({ proxy: url }, { [name]: 'other.example' })).toBe('proxy.example:3128');
  });

  it.each(['localhost', '127.0.0.1', '[::1]', '127.8.9.10'])('never has one for %s', (host) => {
    expect(readProxy({ proxy: url }, {})?.(host, 7233)).toBeUndefined();
  });

  it.each([
    ['http://proxy.example', 'proxy.example', 80],
    ['http://proxy.example/', 'proxy.example', 80],
    ['proxy.example:3128', 'proxy.example', 3128],
    ['http://10.0.0.1:8080', '10.0.0.1', 8080],
    ['http://[fd00::1]:8080', 'fd00::1', 8080],
  ])('reads the host and the port of %s', (proxy, host, port) => {
    const found = readProxy({ proxy }, {})?.('idp.example', 443);
    expect(found).toMatchObject({ host, port });
    expect(found).not.toHaveProperty('login');
  });

  it('decodes the credentials, and shows nothing of them', () => {
    const found = readProxy({ proxy: 'http://us%40er:p%3Ass%2Fw@proxy.example:3128' }, {})?.(
      'idp.example',
      443,
    );
    expect(found?.login?.()).toEqual({ username: 'us@er', password: 'p:ss/w' });
    expect(found?.address).toBe('proxy.example:3128');
  });

  it.each([
    ...['https://proxy.example:3128', 'socks5://proxy.example:1080', 'http://proxy.example/path'],
    ...['http://proxy.example?query', 'http://proxy.example#part', 'http://us%3Aer:pass@proxy.example'],
    ...['http://user:%FF@proxy.example', 'http://', 'http://proxy.example:99999', ' http://proxy.example'],
    'a b',
  ])('rejects "%s", and names the variable or the option, not the value', (text) => {
    const fromVariable = (): unknown => readProxy({}, { HTTPS_PROXY: text });
    expect(fromVariable).toThrow(ConfigurationError);
    expect(fromVariable).toThrow(
      /^HTTPS_PROXY must be the URL of an HTTP proxy, http:\/\/host:port or http:\/\/user:password@host:port, the only kind that Temporal's SDK can go through(?:, with no white space at its ends)?\.$/,
    );
    expect(() => readProxy({}, { https_proxy: text })).toThrow(/^https_proxy must be/);
    expect(() => readProxy({ proxy: text }, {})).toThrow(/^proxy must be/);
  });

  it('rejects an empty option, which would silently hide the variable', () => {
    expect(() => readProxy({ proxy: '' }, { HTTPS_PROXY: url })).toThrow(/^proxy must be/);
  });
});

describe('readNoProxy', () => {
  it.each([
    ['example.com', ['example.com', 'idp.example.com', 'idp.example.com.']],
    ['.example.com', ['idp.example.com', 'example.com']],
    ['*.example.com', ['a.b.example.com']],
    ['Example.COM', ['IDP.example.com']],
    ['example.com.', ['idp.example.com']],
    ['10.0.0.1', ['10.0.0.1', '[::ffff:a00:1]']],
    ['10.0.0.0/8', ['10.200.3.4']],
    ['10.1.0.0/16', ['10.1.3.4']],
    ['10.0.0.1/32', ['10.0.0.1']],
    ['fd00::/8', ['[fd12::1]']],
    ['[fd00::]/8', ['fd12::1']],
    ['fd00::1/128', ['fd00::1']],
    ['fd00::1', ['[fd00:0::1]']],
    ['[fd00::1]', ['fd00::1']],
    ['*', ['anything.example']],
    ['localhost, ,example.com', ['example.com']],
    ['localhost example.com', ['example.com']],
    ['example.com:443', ['example.com']],
    ['[fd00::1]:443', ['fd00::1']],
    ['[fd00:0::1]:443', ['fd00::1']],
    ['10.0.0.1:443', ['10.0.0.1']],
    ['10.0.0.0/8:443', ['10.200.3.4']],
    ['[fd00::]/8:443', ['fd12::1']],
  ])('"%s" excepts %j', (text, hosts) => {
    expect(hosts.filter((host) => !readNoProxy(text)(host, 443))).toEqual([]);
  });

  it.each([
    ['', ['example.com']],
    [',', ['example.com']],
    ['example.com', ['notexample.com', 'example.com.evil']],
    ['idp.example.com', ['example.com']],
    ['10.0.0.1', ['10.0.0.10']],
    ['10.0.0.0/8', ['11.0.0.1', '10.example.com']],
    ['10.0.0.0/33', ['10.0.0.0']],
    ['10.0.0.0/8/', ['10.0.0.0']],
    ['http://10.0.0.0/8', ['10.0.0.0']],
    ['fd00::1', ['fd00::2']],
    ['fd00::/129', ['fd00::']],
    ['fd00::/8', ['253.0.0.1']],
    ['example.com:8443', ['example.com']],
    ['10.0.0.1:8443', ['10.0.0.1']],
    ['10.0.0.0/8:8443', ['10.200.3.4']],
    ['a/b', ['a']],
    ['example.com/8', ['example.com']],
  ])('"%s" does not except %j', (text, hosts) => {
    expect(hosts.filter((host) => readNoProxy(text)(host, 443))).toEqual([]);
  });
});

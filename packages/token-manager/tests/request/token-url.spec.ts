import { describe, expect, it } from 'vitest';
import { isAllowedTokenUrl, readTokenUrl } from '../../src/request/token-url.ts';

// Which hosts are this one is a table of `isLoopbackHost`.
it.each([
  ['https://issuer.example/token', true, true],
  ['http://localhost:8080/token', true, true],
  ['http://[::ffff:127.0.0.1]/', true, true],
  ['http://issuer.example/token', false, true],
  ['http://127.0.0.1.evil.com/', false, true],
  ['ftp://localhost/', false, false],
])('isAllowedTokenUrl of %s is %s, and where http is allowed %s', (url, isAllowed, isAllowedInsecurely) => {
  expect(isAllowedTokenUrl(new URL(url), false)).toBe(isAllowed);
  expect(isAllowedTokenUrl(new URL(url), true)).toBe(isAllowedInsecurely);
});

describe('readTokenUrl', () => {
  it('gives the URL', () => {
    expect(readTokenUrl('https://issuer.example/token?a=b', false)).toEqual({
      url: new URL('https://issuer.example/token?a=b'),
    });
  });

  it.each([
    ['issuer.example', 'an absolute URL'],
    ['', 'an absolute URL'],
    ['https://user:canary@issuer.example/', 'neither user information'],
    ['https://canary@issuer.example/', 'neither user information'],
    ['https://:canary@issuer.example/', 'neither user information'],
    ['https://issuer.example/#canary', 'nor a fragment'],
    ['http://issuer.example/canary', 'must be https'],
    [
      'http://issuer.example/canary',
      'http://issuer.example. Only this host itself may be http. Only if you know that the network encrypts, set allowInsecureHttp',
    ],
  ])('says what is wrong with "%s", and quotes no more than the origin', (url, says) => {
    const { problem } = readTokenUrl(url, false) as { readonly problem: string };
    expect(problem).toContain(says);
    expect(problem).not.toContain('canary');
  });
});

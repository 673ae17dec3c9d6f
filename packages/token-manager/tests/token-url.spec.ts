import { describe, expect, it } from 'vitest';
import { isAllowedTokenUrl, readTokenUrl } from '../src/token-url.ts';

describe('isAllowedTokenUrl', () => {
  it.each([
    'https://issuer.example/token',
    'https://127.0.0.1.evil.com/',
    'http://localhost:8080/token',
    'http://LOCALHOST/',
    'http://127.0.0.1:1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]/',
  ])('is true for %s', (url) => {
    expect(isAllowedTokenUrl(new URL(url), false)).toBe(true);
  });

  it.each([
    'http://issuer.example/token',
    'http://127.0.0.1.evil.com/',
    'http://localhost.evil.com/',
    'http://localhost./',
    'http://localhost@evil.com/',
    'http://128.0.0.1/',
    'http://[::2]/',
    'ftp://localhost/',
    'file:///etc/passwd',
  ])('is false for %s', (url) => {
    expect(isAllowedTokenUrl(new URL(url), false)).toBe(false);
  });

  it('is true for http to any host when that is allowed, and for no other protocol', () => {
    expect(isAllowedTokenUrl(new URL('http://issuer.example/'), true)).toBe(true);
    expect(isAllowedTokenUrl(new URL('ftp://issuer.example/'), true)).toBe(false);
  });
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
      'http://issuer.example. Only this host itself may be http, unless allowInsecureHttp',
    ],
  ])('says what is wrong with "%s", and quotes no more than the origin', (url, says) => {
    const { problem } = readTokenUrl(url, false) as { readonly problem: string };
    expect(problem).toContain(says);
    expect(problem).not.toContain('canary');
  });
});

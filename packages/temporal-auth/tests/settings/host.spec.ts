import { describe, expect, it } from 'vitest';
import { portOf, tlsName } from '../../src/settings/host.ts';

describe('portOf', () => {
  it.each([
    ['https://idp.example/token', 443],
    ['http://idp.example/token', 80],
    ['https://idp.example:8443/token', 8443],
  ])('finds the port of %s', (url, port) => {
    expect(portOf(new URL(url))).toBe(port);
  });
});

describe('tlsName', () => {
  it.each([
    ['temporal.example', { host: 'temporal.example', servername: 'temporal.example' }],
    ['10.0.0.7', { host: '10.0.0.7' }],
    ['[fd00::7]', { host: 'fd00::7' }],
  ])('reaches %s, and asks it for its name where it has one', (hostname, options) => {
    expect(tlsName(hostname)).toEqual(options);
  });
});

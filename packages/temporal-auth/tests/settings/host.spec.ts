import { describe, expect, it } from 'vitest';
import { portOf } from '../../src/settings/host.ts';

describe('portOf', () => {
  it.each([
    ['https://idp.example/token', 443],
    ['http://idp.example/token', 80],
    ['https://idp.example:8443/token', 8443],
  ])('finds the port of %s', (url, port) => {
    expect(portOf(new URL(url))).toBe(port);
  });
});

import { describe, expect, it } from 'vitest';
import { readNoProxy } from '../../src/settings/network-settings.ts';

describe('readNoProxy', () => {
  it.each([
    ['example.com', 'example.com'],
    ['example.com', 'idp.example.com'],
    ['.example.com', 'idp.example.com'],
    ['.example.com', 'example.com'],
    ['*.example.com', 'a.b.example.com'],
    ['Example.COM', 'IDP.example.com'],
    ['example.com.', 'idp.example.com'],
    ['example.com', 'idp.example.com.'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '[::ffff:a00:1]'],
    ['10.0.0.0/8', '10.200.3.4'],
    ['10.1.0.0/16', '10.1.3.4'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['fd00::/8', '[fd12::1]'],
    ['[fd00::]/8', 'fd12::1'],
    ['fd00::1/128', 'fd00::1'],
    ['fd00::1', '[fd00:0::1]'],
    ['[fd00::1]', 'fd00::1'],
    ['*', 'anything.example'],
    ['localhost, ,example.com', 'example.com'],
    ['localhost example.com', 'example.com'],
    ['example.com:443', 'example.com'],
    ['[fd00::1]:443', 'fd00::1'],
    ['[fd00:0::1]:443', 'fd00::1'],
    ['10.0.0.1:443', '10.0.0.1'],
    ['10.0.0.0/8:443', '10.200.3.4'],
    ['[fd00::]/8:443', 'fd12::1'],
  ])('"%s" excepts %s', (text, host) => {
    expect(readNoProxy(text)(host, 443)).toBe(true);
  });

  it.each([
    ['', 'example.com'],
    ['example.com', 'notexample.com'],
    ['example.com', 'example.com.evil'],
    ['idp.example.com', 'example.com'],
    ['10.0.0.1', '10.0.0.10'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/8', '10.example.com'],
    ['10.0.0.0/33', '10.0.0.0'],
    ['10.0.0.0/8/', '10.0.0.0'],
    ['http://10.0.0.0/8', '10.0.0.0'],
    ['fd00::1', 'fd00::2'],
    ['fd00::/129', 'fd00::'],
    ['fd00::/8', '253.0.0.1'],
    ['example.com:8443', 'example.com'],
    ['10.0.0.1:8443', '10.0.0.1'],
    ['10.0.0.0/8:8443', '10.200.3.4'],
    ['a/b', 'a'],
    ['example.com/8', 'example.com'],
    [',', 'example.com'],
  ])('"%s" does not except %s', (text, host) => {
    expect(readNoProxy(text)(host, 443)).toBe(false);
  });
});

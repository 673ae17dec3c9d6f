import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseFirstObject } from '../../src/authorization/json.ts';
import { isSignedBy } from '../../src/authorization/signature-cache.ts';
import { readTemporalKeys } from '../../src/authorization/temporal-keys.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const rsaJwk = rsa.export({ format: 'jwk' });

function elliptic(namedCurve: string): object {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
}

describe('a key set of Temporal', () => {
  it('has RSA and elliptic keys by their kid, and does not use the others', () => {
    const { rsa: byRsa, ec } = readTemporalKeys({
      keys: [
        { ...rsaJwk, kid: 'a' },
        rsaJwk,
        ...['P-256', 'P-384', 'P-521'].map((curve) => ({ ...elliptic(curve), kid: curve })),
        { kty: 'oct', k: 'AQI', kid: 'secret' },
        { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'ed' },
      ],
    });
    expect([...byRsa.keys()]).toEqual(['a', '']);
    expect([...ec.keys()]).toEqual(['P-256', 'P-384', 'P-521']);
    expect(byRsa.get('a')?.asymmetricKeyType).toBe('rsa');
    expect(ec.get('P-384')?.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
  });

  it.each([
    [{ ...elliptic('secp256k1'), kid: 'k' }],
    [{ kty: 'oct', kid: 'k' }],
    [{ kty: 'OKP', crv: 'X25519', kid: 'k' }],
    [{ kty: 'other', k: 'AQI', crv: 'P-256', kid: 'k' }],
    [{ kty: 'other', crv: 'Ed25519', kid: 'k' }],
    [{ kty: 'RSA', kid: 'k' }],
  ])('is spoilt by a key that is not understood: %j', (key) => {
    expect(() => readTemporalKeys({ keys: [rsaJwk, key] })).toThrow(
      new TypeError('Temporal does not take a key set with such a key as "k"'),
    );
  });

  it('is spoilt by a kid that is no text', () => {
    expect(() => readTemporalKeys({ keys: [{ ...rsaJwk, kid: 5 }] })).toThrow('such a key as 5');
  });

  it.each([
    null,
    undefined,
    'keys',
    [],
    5,
    { keys: {} },
    { keys: 'a' },
    { keys: [rsaJwk, null] },
    { keys: [[]] },
  ])('is an object with a list of objects: not %j', (set) => {
    expect(() => readTemporalKeys(set)).toThrow(new TypeError('A key set is { keys: [...] }'));
  });

  it('may be empty', () => {
    expect(readTemporalKeys({}).rsa.size).toBe(0);
    expect(readTemporalKeys({ keys: [] }).ec.size).toBe(0);
  });
});

describe('an object in JSON', () => {
  it.each([
    ['{"a":1} more }', { a: 1 }],
    ['{"a":{"b":"}"}}{"c":2}', { a: { b: '}' } }],
    ['{"a":"\\"}{"}[', { a: '"}{' }],
    ['{"a":"line\\n}"} ', { a: 'line\n}' }],
    ['more {"a":1}', undefined],
    ['{"a":1', undefined],
    ['}', undefined],
  ])('may be the first of more: %s', (text, expected) => {
    expect(parseFirstObject(text)).toEqual(expected);
  });
});

describe('a signature', () => {
  function checked(key: KeyObject, token: string, isGood = true): number {
    let checks = 0;
    const given = isSignedBy(key, token, () => {
      checks++;
      return isGood;
    });
    expect(given).toBe(isGood);
    return checks;
  }

  it('that is good is checked once for each key, and one that is not each time', () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    expect([checked(rsa, 'a'), checked(rsa, 'a'), checked(other, 'a'), checked(rsa, 'b')]).toEqual([
      1, 0, 1, 1,
    ]);
    expect([checked(rsa, 'c', false), checked(rsa, 'c', false), checked(rsa, 'c')]).toEqual([1, 1, 1]);
  });

  it('is forgotten with all others when there are too many', () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    for (let token = 0; token < 1_000; token++) checked(key, `${token}`);
    expect([checked(key, '0'), checked(key, '999')]).toEqual([0, 0]);
    expect([checked(key, 'more'), checked(key, '0'), checked(key, 'more')]).toEqual([1, 1, 0]);
  });
});

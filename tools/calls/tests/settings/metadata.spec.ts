import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { checkMetadata } from '../../src/settings/settings.ts';

describe('checkMetadata', () => {
  it.each(['authorization', 'Authorization', 'AUTHORIZATION', 'proxy-authorization'])(
    'rejects the key %s, which would win over the token',
    (key) => {
      const read = () => checkMetadata({ [key]: 'Bearer x' });
      expect(read).toThrow(TypeError);
      expect(read).toThrow(`metadata must not hold "${key}"`);
    },
  );

  it('takes other keys, in lower case, as gRPC sends them', () => {
    expect(checkMetadata({ 'X-Tenant': 'a b', 'x_1.y': '' })).toEqual({ 'x-tenant': 'a b', 'x_1.y': '' });
  });

  it.each(['', 'a b', 'a:b', ':path', 'größe', 'a\n', 'grpc-timeout'])(
    'rejects the key "%s", which gRPC cannot send, and says what it may be',
    (key) => {
      const read = () => checkMetadata({ [key]: 'value' });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(`metadata key ${JSON.stringify(key)} must consist of letters, digits`);
    },
  );

  it('rejects a key of bytes, since values are text', () => {
    expect(() => checkMetadata({ 'X-Trace-Bin': 'value' })).toThrow(
      expect.objectContaining({
        code: 'TEMPORAL_AUTH_SETTING_REJECTED',
        message: expect.stringContaining('nor end with "-bin", which stands for bytes') as string,
      }),
    );
  });

  it.each(['a\nb', 'ü', '\u0000', '\u007f'])('rejects the value %j and does not repeat it', (part) => {
    const read = () => checkMetadata({ 'x-tenant': `hunter2${part}` });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/^metadata "x-tenant" must have a value of visible ASCII characters and spaces\.$/);
  });

  it('rejects a value that is not text', () => {
    const metadata = { 'x-tenant': 5 } as unknown as Record<string, string>;
    expect(() => checkMetadata(metadata)).toThrow(ConfigurationError);
  });

  it.each([null, 'x-tenant: a', [['x-tenant', 'a']], new Map([['x-tenant', 'a']])])(
    'rejects %j, which has no text for each key',
    (metadata) => {
      const read = () => checkMetadata(metadata as unknown as Record<string, string>);
      expect(read).toThrow(new TypeError('metadata must be an object with a text for each key'));
    },
  );
});

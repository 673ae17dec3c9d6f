import { describe, expect, it } from 'vitest';
import { checkTls, isRotating } from '../../src/settings/settings.ts';
import type { TlsOptions } from '../../src/settings/auth-options.ts';

const files = { certFile: 'cert.pem', keyFile: 'key.pem' };

describe('isRotating', () => {
  it.each([undefined, true, false, {}, { serverNameOverride: 'temporal.example' }, { certFile: undefined }])(
    'is false without a file: %j',
    (tls) => {
      expect(isRotating(tls as TlsOptions)).toBe(false);
    },
  );

  it.each([files, { certFile: 'a' }, { keyFile: 'a' }, { caFile: 'a' }])('is true of any file: %j', (tls) => {
    expect(isRotating(tls as TlsOptions)).toBe(true);
  });
});

describe('checkTls', () => {
  it.each([
    [{ certFile: 'cert.pem' }, 'keyFile must be the path of a file'],
    [{ keyFile: 'key.pem' }, 'certFile must be the path of a file'],
  ])('rejects one file without the other, before any of them is read: %j', (tls, message) => {
    expect(() => {
      checkTls(tls as TlsOptions);
    }).toThrow(new TypeError(message));
  });

  it.each(['clientCertPair', 'serverRootCACertificate'])('rejects %s beside files', (name) => {
    expect(() => {
      checkTls({ ...files, [name]: undefined });
    }).toThrow(new TypeError(`Give tls.certFile or tls.${name}, not both`));
  });

  it.each(['true', 1])('rejects %j, which is neither a boolean nor an object', (tls) => {
    expect(() => {
      checkTls(tls as unknown as TlsOptions);
    }).toThrow(new TypeError(`tls must be true, false or an object; received a ${typeof tls}`));
  });

  it.each(['', 1])('rejects %j for the name of the server', (serverNameOverride) => {
    expect(() => {
      checkTls({ ...files, serverNameOverride } as TlsOptions);
    }).toThrow(new TypeError("tls.serverNameOverride must be the name that the server's certificate is for"));
  });

  const named = { ...files, serverNameOverride: 'temporal.example' };

  it.each([null, undefined, true, files, named, { serverRootCACertificate: Buffer.alloc(0) }])(
    'takes %j',
    (tls) => {
      expect(() => {
        checkTls(tls);
      }).not.toThrow();
    },
  );
});

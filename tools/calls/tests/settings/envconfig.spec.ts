import { loadClientConnectConfig } from '@temporalio/envconfig';
import { testCertificates, testClientCertificate } from '@worker-auth/testing-fakes';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { TlsOptions } from '../../src/settings/auth-options.ts';
import { isRotating, readSettings } from '../../src/settings/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'envconfig-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const { cert, key } = testClientCertificate();
const { ca } = testCertificates();
const [certFile, keyFile, caFile] = [written('cert', cert), written('key', key), written('ca', ca)];
const config = written(
  'temporal.toml',
  `[profile.default]
address = "file.example:1"
namespace = "of-file"
api_key = "key-of-file"
grpc_meta = { x-tenant = "a", x-other = "b" }
[profile.prod]
address = "prod.example:2"
tls = { client_cert_path = "${certFile}", client_key_path = "${keyFile}" }
`,
);

/** The content of files that are read again here, and once there. */
function contentOf(tls: TlsOptions | undefined): unknown {
  if (!isRotating(tls)) return tls;
  const { certFile, keyFile, caFile, serverNameOverride } = tls;
  return {
    serverNameOverride,
    serverRootCACertificate: caFile === undefined ? undefined : readFileSync(caFile),
    clientCertPair: { crt: readFileSync(certFile), key: readFileSync(keyFile) },
  };
}

/** Its bytes as text, whatever kind of bytes they are. */
function comparable(tls: unknown): unknown {
  if (tls instanceof Uint8Array) return Buffer.from(tls).toString();
  if (typeof tls !== 'object' || tls === null) return tls;
  return Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, comparable(value)]));
}

const files = { TEMPORAL_TLS_CLIENT_CERT_PATH: certFile, TEMPORAL_TLS_CLIENT_KEY_PATH: keyFile };

it.each<Readonly<Record<string, string>>>([
  {},
  { TEMPORAL_ADDRESS: 'temporal.example:443' },
  { TEMPORAL_NAMESPACE: 'apps' },
  { TEMPORAL_API_KEY: 'the-key' },
  { TEMPORAL_API_KEY: 'the-key', TEMPORAL_ADDRESS: 'temporal.example:443', TEMPORAL_NAMESPACE: 'apps' },
  { TEMPORAL_API_KEY: 'the-key', TEMPORAL_TLS: 'false' },
  { TEMPORAL_GRPC_META_X_TENANT: 'a' },
  { TEMPORAL_GRPC_META_X_TENANT: '', TEMPORAL_CONFIG_FILE: config },
  { TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer of-a-gateway' },
  { TEMPORAL_TLS: 'true' },
  { TEMPORAL_TLS: '1' },
  { TEMPORAL_TLS: 'false' },
  { TEMPORAL_TLS_SERVER_NAME: 'temporal.internal' },
  { TEMPORAL_TLS_SERVER_CA_CERT_PATH: caFile },
  { TEMPORAL_TLS_SERVER_CA_CERT_DATA: ca },
  { TEMPORAL_TLS_CLIENT_CERT_DATA: cert, TEMPORAL_TLS_CLIENT_KEY_DATA: key },
  { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' },
  files,
  { ...files, TEMPORAL_TLS_SERVER_CA_CERT_PATH: caFile, TEMPORAL_TLS_SERVER_NAME: 'temporal.internal' },
  { ...files, TEMPORAL_TLS_SERVER_CA_CERT_DATA: ca },
  { ...files, TEMPORAL_TLS: 'false' },
  { TEMPORAL_CONFIG_FILE: config },
  { TEMPORAL_CONFIG_FILE: config, TEMPORAL_PROFILE: 'prod' },
  { TEMPORAL_CONFIG_FILE: config, TEMPORAL_ADDRESS: 'variable.example:3', TEMPORAL_API_KEY: 'the-key' },
])('%j comes to what @temporalio/envconfig reads', (env) => {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: env });
  const { address = 'localhost:7233', apiKey, tls, metadata } = connectionOptions;
  const { place, profile, ...settings } = readSettings({ env });
  expect({
    ...{ address: place.address, namespace: place.namespace, apiKey: profile?.apiKey() },
    metadata: { ...settings.metadata, ...settings.authorization },
    tls: comparable(contentOf(settings.tls)),
  }).toEqual({
    ...{ address, namespace: namespace ?? 'default', apiKey },
    metadata: metadata ?? {},
    tls: comparable(tls),
  });
});

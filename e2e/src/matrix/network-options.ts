import {
  ConnectProxy,
  TestCertificateFolder,
  testCertificates,
  testClientCertificate,
} from '@worker-auth/testing-fakes';
import { type Credentials, dapr } from '@worker-auth/temporal-auth';
import { certificateLease } from '@worker-auth/refresh-scheduler/certificate';
import { applicationName, type Cell, type Place } from './cell.ts';
import { type Form, withCredentials } from './sources.ts';
import { ownClock } from './own-ports.ts';

type Part = Place & { readonly credentials?: Credentials };

const proxies = new WeakMap<Cell, ConnectProxy>();
const { ca } = testCertificates();
/** The one name of a Temporal that is called by another one. */
const serverName = 'temporal.example';

/** A form of `tls`, at a Temporal that speaks it: `expected` of each call. */
function tlsForm(
  title: string,
  make: (cell: Cell) => Part | Promise<Part>,
  expected: { readonly servername?: string; readonly clientName?: string } = {},
): Form {
  const { servername: sanDns, clientName } = expected;
  const tls = sanDns === undefined || { ...testClientCertificate({ sanDns }), ca };
  return {
    ...{ title, isForWorkers: title.startsWith('tls: {') },
    servers: { temporal: { tls, requireClientCertificate: clientName !== undefined } },
    options: async (cell) => ({ ...withCredentials(cell), host: 'localhost', ...(await make(cell)) }),
    arrives: ({ temporal }) => {
      const names = new Set(temporal.calls.map((call) => call.clientName));
      if (names.size !== 1 || !names.has(clientName))
        throw new Error(`The calls came from ${[...names].join(', ')}`);
    },
  };
}

/** Files of a client certificate for `worker`, with the authority of the servers. */
async function filesOf(cell: Cell): Promise<TestCertificateFolder['files']> {
  const folder = cell.use(await TestCertificateFolder.create());
  await folder.issue({ subjectDn: 'CN=worker' });
  await folder.write({ ca });
  return folder.files;
}

const ofWorker = { clientName: 'worker' } as const;

const issuer = testCertificates(['id.invalid']);

/** Both ways only by names that a proxy alone knows. */
function proxyForm(title: string, make: (proxy: ConnectProxy) => Place, login?: string): Form {
  return {
    ...{ title, isForWorkers: true, servers: { oauth: { tls: issuer } } },
    options: async (cell) => {
      const port = Number(new URL(cell.oauth.url).port);
      const routes = { 'id.invalid:443': port, 'temporal.invalid:7233': cell.temporal.port };
      const proxy = cell.use(await ConnectProxy.start({ routes, login }));
      proxies.set(cell, proxy);
      cell.findings.push('temporal-connection');
      return {
        ...withCredentials(cell, { tokenUrl: 'https://id.invalid/token' }),
        ...{ host: 'temporal.invalid', port: 7233 },
        ...{ ca: issuer.ca, tls: false, ...make(proxy) },
      };
    },
    arrives: (cell) => {
      const asked = new Set(proxies.get(cell)?.asked);
      if (!asked.has('temporal.invalid:7233'))
        throw new Error(`The proxy was asked for ${[...asked].join(', ')}`);
    },
  };
}

/** How Temporal and the token endpoint are reached. */
export const networkForms: readonly Form[] = Object.freeze<Form[]>([
  tlsForm('tls: true, ca: a text', () => ({ tls: true, ca })),
  tlsForm('tls: true, ca: bytes', () => ({ tls: true, ca: Buffer.from(ca) })),
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].map((name) =>
    tlsForm(`tls: true, ${name}`, async ({ folder }) => ({
      ...{ tls: true, env: { [name]: await folder.write('ca.pem', ca) } },
    })),
  ),
  tlsForm('tls: { serverRootCACertificate }', () => ({ tls: { serverRootCACertificate: Buffer.from(ca) } })),
  tlsForm(
    'tls: { serverRootCACertificate, serverNameOverride }',
    () => ({ tls: { serverRootCACertificate: Buffer.from(ca), serverNameOverride: serverName } }),
    { servername: serverName },
  ),
  tlsForm(
    'tls: { clientCertPair }',
    () => {
      const { cert, key } = testClientCertificate({ subjectDn: 'CN=worker' });
      const clientCertPair = { crt: Buffer.from(cert), key: Buffer.from(key) };
      return { tls: { serverRootCACertificate: Buffer.from(ca), clientCertPair } };
    },
    ofWorker,
  ),
  tlsForm(
    'tls: { clientCertPair } of a certificateLease(…)',
    async (cell) => {
      const { value } = await certificateLease(await filesOf(cell), { clock: ownClock }).refresh();
      const clientCertPair = { crt: Buffer.from(value.cert), key: Buffer.from(value.privateKey()) };
      return { tls: { serverRootCACertificate: Buffer.from(value.ca ?? ''), clientCertPair } };
    },
    ofWorker,
  ),
  ...[undefined, serverName].flatMap((servername) => {
    const [override, said] = [
      servername && { serverNameOverride: servername },
      servername && ', serverNameOverride',
    ];
    const expected = { ...ofWorker, ...(servername && { servername }) };
    return [
      tlsForm(
        `tls: { certFile, keyFile${said ?? ''} }, ca`,
        async (cell) => {
          const { certFile, keyFile } = await filesOf(cell);
          return { tls: { certFile, keyFile, ...override }, ca };
        },
        expected,
      ),
      tlsForm(
        `tls: { certFile, keyFile, caFile${said ?? ''} }`,
        async (cell) => ({ tls: { ...(await filesOf(cell)), ...override } }),
        expected,
      ),
    ];
  }),
  tlsForm('TLS by the secret (workflow_tls_enabled)', async (cell) => {
    const { dapr: sidecar, secret } = cell;
    sidecar.setSecrets('deployment-secret-store', {
      'atlan-deployment-secrets': { ...secret, workflow_tls_enabled: 'true' },
    });
    return {
      credentials: dapr({ application: applicationName, tokenUrl: cell.oauth.tokenUrl }),
      env: { ...cell.daprVariables, NODE_EXTRA_CA_CERTS: await cell.folder.write('ca.pem', ca) },
    };
  }),
  proxyForm('proxy, a text', ({ url }) => ({ proxy: url })),
  proxyForm('proxy, a URL', ({ url }) => ({ proxy: new URL(url) })),
  proxyForm('proxy with a login', ({ url }) => ({ proxy: url.replace('//', '//user:p%40ss@') }), 'user:p@ss'),
  proxyForm('HTTPS_PROXY', ({ url }) => ({ env: { HTTPS_PROXY: url } })),
  {
    title: 'proxy: false, whatever the environment says',
    options: (cell) => ({
      ...withCredentials(cell),
      proxy: false,
      env: { HTTPS_PROXY: 'http://proxy.invalid:1' },
    }),
  },
  {
    title: 'NO_PROXY beside HTTPS_PROXY',
    options: (cell) => ({
      ...withCredentials(cell),
      ...{ host: 'localhost', env: { HTTPS_PROXY: 'http://proxy.invalid:1', NO_PROXY: '*' } },
    }),
  },
]);

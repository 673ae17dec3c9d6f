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
import { serverName, startTlsFront, type TlsFront } from './tls-front.ts';

type Part = Place & { readonly credentials?: Credentials };

const fronts = new WeakMap<Cell, TlsFront>();
const proxies = new WeakMap<Cell, ConnectProxy>();

/** TLS before the Temporal of a cell. */
async function frontOf(cell: Cell): Promise<TlsFront> {
  const front = cell.use(await startTlsFront(cell.temporal.port));
  fronts.set(cell, front);
  return front;
}

/** A form of `tls`, at a Temporal that speaks it: `expected` of each handshake. */
function tlsForm(
  title: string,
  make: (front: TlsFront, cell: Cell) => Part | Promise<Part>,
  expected: { readonly servername?: string; readonly clientName?: string } = {},
): Form {
  return {
    ...{ title, isForWorkers: title.startsWith('tls: {') },
    options: async (cell) => {
      const front = await frontOf(cell);
      const options = await make(front, cell);
      return { ...withCredentials(cell), host: 'localhost', port: front.port, ...options };
    },
    arrives: (cell) => {
      const { handshakes = [] } = fronts.get(cell) ?? {};
      const { servername = 'localhost', clientName } = expected;
      const wrong = handshakes.filter(
        (seen) => seen.servername !== servername || seen.clientName !== clientName,
      );
      if (handshakes.length === 0 || wrong.length > 0)
        throw new Error(`These handshakes were seen: ${JSON.stringify(handshakes)}`);
    },
  };
}

/** Files of a client certificate for `worker`, with the authority of the servers. */
async function filesOf(cell: Cell, { ca }: TlsFront): Promise<TestCertificateFolder['files']> {
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
  tlsForm('tls: true, ca: a text', ({ ca }) => ({ tls: true, ca })),
  tlsForm('tls: true, ca: bytes', ({ ca }) => ({ tls: true, ca: Buffer.from(ca) })),
  tlsForm('tls: true, NODE_EXTRA_CA_CERTS', async ({ ca }, { folder }) => ({
    ...{ tls: true, env: { NODE_EXTRA_CA_CERTS: await folder.write('ca.pem', ca) } },
  })),
  tlsForm('tls: true, SSL_CERT_FILE', async ({ ca }, { folder }) => ({
    ...{ tls: true, env: { SSL_CERT_FILE: await folder.write('ca.pem', ca) } },
  })),
  tlsForm('tls: { serverRootCACertificate }', ({ ca }) => ({
    tls: { serverRootCACertificate: Buffer.from(ca) },
  })),
  tlsForm(
    'tls: { serverRootCACertificate, serverNameOverride }',
    ({ ca }) => ({ tls: { serverRootCACertificate: Buffer.from(ca), serverNameOverride: serverName } }),
    { servername: serverName },
  ),
  tlsForm(
    'tls: { clientCertPair }',
    ({ ca }) => {
      const { cert, key } = testClientCertificate({ subjectDn: 'CN=worker' });
      const clientCertPair = { crt: Buffer.from(cert), key: Buffer.from(key) };
      return { tls: { serverRootCACertificate: Buffer.from(ca), clientCertPair } };
    },
    ofWorker,
  ),
  tlsForm(
    'tls: { clientCertPair } of a certificateLease(…)',
    async (front, cell) => {
      const { caFile, ...files } = await filesOf(cell, front);
      const { value } = await certificateLease({ ...files, caFile }, { clock: ownClock }).refresh();
      const clientCertPair = { crt: Buffer.from(value.cert), key: Buffer.from(value.privateKey()) };
      return { tls: { serverRootCACertificate: Buffer.from(value.ca ?? ''), clientCertPair } };
    },
    ofWorker,
  ),
  tlsForm(
    'tls: { certFile, keyFile }, ca',
    async (front, cell) => {
      const { certFile, keyFile } = await filesOf(cell, front);
      return { tls: { certFile, keyFile }, ca: front.ca };
    },
    ofWorker,
  ),
  tlsForm(
    'tls: { certFile, keyFile, serverNameOverride }, ca',
    async (front, cell) => {
      const { certFile, keyFile } = await filesOf(cell, front);
      return { tls: { certFile, keyFile, serverNameOverride: serverName }, ca: front.ca };
    },
    { ...ofWorker, servername: serverName },
  ),
  tlsForm(
    'tls: { certFile, keyFile, caFile }',
    async (front, cell) => ({ tls: await filesOf(cell, front) }),
    ofWorker,
  ),
  tlsForm(
    'tls: { certFile, keyFile, caFile, serverNameOverride }',
    async (front, cell) => ({ tls: { ...(await filesOf(cell, front)), serverNameOverride: serverName } }),
    { ...ofWorker, servername: serverName },
  ),
  tlsForm('TLS by the secret (workflow_tls_enabled)', async ({ ca, port }, cell) => {
    const { dapr: sidecar, secret } = cell;
    sidecar.setSecrets('deployment-secret-store', {
      'atlan-deployment-secrets': { ...secret, workflow_tls_enabled: 'true' },
    });
    return {
      ...{ credentials: dapr({ application: applicationName, tokenUrl: cell.oauth.tokenUrl }) },
      ...{ host: 'localhost', port },
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

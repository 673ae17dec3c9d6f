import {
  ConnectProxy,
  FakeTemporalFrontend,
  MockOAuthServer,
  RecordingLogger,
  testCertificates,
} from '@worker-auth/testing-fakes';
import type { PlaceSettings } from '../../src/settings/auth-options.ts';
import { type Credentials, clientSecret } from '../../src/settings/credentials.ts';

const [issuerName, temporalName] = ['issuer.invalid', 'temporal.invalid'] as const;

/** What client and plugin have in common. */
export type ProxiedOptions = PlaceSettings & { readonly tls: boolean; readonly credentials: Credentials };

/** An OAuth server and a Temporal by names that a proxy alone knows, over TLS unless it is said that they have none. */
export interface ProxiedScene extends AsyncDisposable {
  readonly proxy: ConnectProxy;
  readonly oauth: MockOAuthServer;
  readonly temporal: FakeTemporalFrontend;
  readonly log: RecordingLogger;
  /** What the proxy is asked for by who goes to the token endpoint, and by either connection to Temporal. */
  readonly ways: { readonly token: string; readonly temporal: string };
  /** The authority of both servers (PEM). */
  readonly ca: string;
  /** The options that reach the servers by these names. */
  readonly options: ProxiedOptions;
}

/** @param options.login what the proxy asks for, `user:password` */
export async function openProxiedScene({
  login,
  tls = true,
}: { readonly login?: string; readonly tls?: boolean } = {}): Promise<ProxiedScene> {
  await using started = new AsyncDisposableStack();
  const { ca, cert, key } = testCertificates([issuerName, temporalName]);
  const served = tls && { cert, key };
  const oauth = started.use(
    await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 3_600, tls: served }),
  );
  const temporal = started.use(
    await FakeTemporalFrontend.start({
      namespaces: ['default'],
      tls: served,
      acceptToken: (token) => oauth.issuedTokens.includes(token ?? ''),
    }),
  );
  const ways = { token: `${issuerName}:8443`, temporal: `${temporalName}:7233` };
  const routes = { [ways.token]: Number(new URL(oauth.tokenUrl).port), [ways.temporal]: temporal.port };
  const proxy = started.use(await ConnectProxy.start({ routes, login }));
  const log = new RecordingLogger();
  const options: ProxiedOptions = {
    ...{
      env: {},
      logger: log,
      bootTimeoutMs: 0,
      newTokenTimeoutMs: 0,
    },
    credentials: clientSecret({
      ...{ id: oauth.clientId, secret: oauth.clientSecret },
      tokenUrl: `https://${ways.token}${new URL(oauth.tokenUrl).pathname}`,
    }),
    ...{ host: temporalName, tls },
  };
  const owned = started.move();
  return {
    ...{ proxy, oauth, temporal, log, ways, ca, options },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

import { TemporalProxy } from './proxy/proxy.ts';
import { isLocal, listen, type ListenAddress, namedHost, readListenAddress } from './token-server.ts';
import { callSafely } from '@worker-auth/internal';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { TlsOptions } from '@worker-auth/calls/settings/auth-options';
import { readSettings } from '@worker-auth/calls/settings/settings';
import type { Application } from '@worker-auth/calls/tokens/application';
import type { TemporalTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { hostAndPort } from '@worker-auth/calls/settings/host';
import type { ProxyPlace } from './program.ts';
import {
  type CliValues,
  newBearer,
  noneWithout,
  readAuthorities,
  readBearer,
  textOf,
  UsageError,
  wholeOf,
} from '@worker-auth/calls/command-line';

/** A result that is not accepted for so long is answered, in ms: Temporal's Core waits 30 s. */
const earlyOkMs = 4_000;

/** Bytes of results that workers believe reported. */
const maxPendingBytes = 67_108_864;

/** How often the number of a queue's results is the number of all. */
const queues = 10;

export const proxyFlags = {
  '--proxy <address>':
    'host:port or unix:/path where workers find Temporal; it adds the token, and holds what Temporal rejects',
  '--proxy-cert <file>':
    'certificate that workers see, read again when it is replaced; with --proxy-key. Needed where others reach --proxy',
  '--proxy-key <file>': 'its key',
  '--worker-bearer-file <file>':
    'API key that workers present; made when it does not exist. Needed with host:port where no program follows behind --',
  '--any-local-user': 'lets every user of this machine call Temporal through --proxy with host:port',
  '--tls': 'the proxy reaches Temporal over TLS; default as the secret says',
  '--tls-cert <file>': 'client certificate for Temporal, read again when it is replaced; with --tls-key',
  '--tls-key <file>': 'its key',
  '--tls-ca <file>': 'certificate authorities of Temporal, read again too; default those of the system',
  '--tls-server-name <name>': "the name that Temporal's certificate is for, where that is not its host",
  '--no-early-ok': 'answers no result before Temporal has it, so that SIGKILL of the proxy loses none',
  '--max-pending <n>': 'pending results at which a task queue gets no more activities; default 100',
  '--grace <seconds>': 'how long SIGTERM waits for workers and their results; default 25',
} as const;

export interface ProxyPlan {
  readonly listenAt: ListenAddress;
  readonly certificate: CertificateFiles | undefined;
  readonly bearerFile: string | undefined;
  /** Whether no bearer is asked for: where the permissions of a socket decide, or every user of this machine may call. */
  readonly isOpen: boolean;
  /** As its files are now. */
  readonly tls: () => TlsOptions | undefined;
  readonly earlyOkMs: number | undefined;
  readonly maxPending: number;
  readonly graceMs: number;
}

/**
 * `undefined` without `--proxy`.
 *
 * @param hasProgram whether the agent starts a program, which it gives a bearer of its own
 */
export function proxyPlanOf(values: CliValues, hasProgram: boolean): ProxyPlan | undefined {
  const text = textOf(values, 'proxy');
  const others = Object.keys(proxyFlags).map((flag) => flag.slice(2).split(' ')[0] ?? '');
  if (text === undefined) {
    noneWithout(values, others, 'proxy');
    return undefined;
  }
  const listenAt = readListenAddress(text);
  if (listenAt === undefined) throw new UsageError(`--proxy must be host:port or unix:/path, not "${text}"`);
  const certificate = pairOf(values, 'proxy');
  const bearerFile = textOf(values, 'worker-bearer-file');
  if (!isLocal(listenAt) && (certificate === undefined || bearerFile === undefined))
    throw new UsageError(
      `--proxy ${text} can be reached by others, and the proxy gives its token to all: take 127.0.0.1, or add --proxy-cert, --proxy-key and --worker-bearer-file`,
    );
  const anyLocalUser = values['any-local-user'] === true;
  if (anyLocalUser && bearerFile !== undefined)
    throw new UsageError('--any-local-user and --worker-bearer-file contradict each other');
  const isOpen = anyLocalUser || ('socket' in listenAt && bearerFile === undefined);
  if (!isOpen && bearerFile === undefined && !hasProgram)
    throw new UsageError(
      '--proxy with host:port needs --worker-bearer-file, which workers present: every user of this machine reaches it. --any-local-user lets them all in',
    );
  return {
    listenAt,
    certificate,
    bearerFile,
    isOpen,
    tls: tlsOf.bind(undefined, values),
    earlyOkMs: values['no-early-ok'] === true ? undefined : earlyOkMs,
    maxPending: wholeOf(values, 'max-pending', 1_000_000) ?? 100,
    graceMs: (wholeOf(values, 'grace', 86_400) ?? 25) * 1_000,
  };
}

export async function startProxy(
  { listenAt, certificate, bearerFile, isOpen, tls, earlyOkMs: early, maxPending }: ProxyPlan,
  { common, tokens }: Application & { readonly tokens: TemporalTokens },
  groupId: number | undefined,
): Promise<ProxyPlace & { readonly proxy: TemporalProxy; readonly upstream: string }> {
  const settings = readSettings({ env: common.env, tls: tls() }, common);
  if ('port' in listenAt && settings.place.address === hostAndPort(listenAt.host, listenAt.port))
    throw new UsageError(
      `Temporal's address (${settings.place.address}) is that of --proxy: set TEMPORAL_ADDRESS`,
    );
  const { address, namespace } = settings.place;
  const upstream = `${address}, namespace ${namespace}`;
  const { logger } = common;
  const made = isOpen ? undefined : newBearer();
  const bearer = bearerFile === undefined ? made : await readBearer(bearerFile, 'worker-bearer-file', logger);
  const proxy = new TemporalProxy({
    settings: { ...settings, newestTls: () => callSafely(tls, undefined) ?? settings.newestTls() },
    tokens,
    earlyOkMs: early,
    bearer,
    bearerFile,
    certificate,
    bounds: { results: maxPending * queues, bytes: maxPendingBytes, perQueue: maxPending },
    host: namedHost(listenAt),
  });
  await proxy.ready();
  const url = await listen(proxy.door.server, listenAt, groupId);
  const isTls = certificate !== undefined;
  return { proxy, upstream, address: url.replace('http://', ''), isTls, bearer };
}

function tlsOf(values: CliValues): TlsOptions | undefined {
  const files = pairOf(values, 'tls');
  const caFile = textOf(values, 'tls-ca');
  const serverName = textOf(values, 'tls-server-name');
  const named = serverName === undefined ? {} : { serverNameOverride: serverName };
  if (files !== undefined) return { ...files, ...named, ...(caFile !== undefined && { caFile }) };
  if (caFile !== undefined) return { ...named, serverRootCACertificate: readAuthorities(caFile) };
  if (serverName !== undefined) return named;
  return values['tls'] === true ? true : undefined;
}

/** Both, or neither. */
function pairOf(values: CliValues, name: 'proxy' | 'tls'): CertificateFiles | undefined {
  const [certFile, keyFile] = [textOf(values, `${name}-cert`), textOf(values, `${name}-key`)];
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== keyFile) throw new UsageError(`--${name}-cert and --${name}-key belong together`);
  return undefined;
}

import type * as envconfig from '@temporalio/envconfig';
import type { Environment } from '@worker-auth/internal';
import { settingRejected } from '../errors/own-errors.ts';
import type { ConnectionSettings, RotatingTls, TlsOptions } from './auth-options.ts';
import { visibleAscii } from './formats.ts';
import { requireInstalled } from './peers.ts';

export interface Profile {
  /** `host:port` or `host`. */
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  /** Files of a client certificate by their paths, so that they are read again. */
  readonly tls: TlsOptions | undefined;
  /** gRPC metadata of every call, authorization among it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** A function, so that no printout of the rest shows it. */
  readonly apiKey: () => string | undefined;
  /** The one that the profile has by now. */
  readonly newestApiKey: () => string | undefined;
}

const rejected = (reason: string) => settingRejected(`The Temporal profile cannot be used: ${reason}.`);

/** Reads a profile again, variables over file. `undefined` when none is asked for. Errors repeat nothing of its content. */
export function readProfile(options: ConnectionSettings, env: Environment): Profile | undefined {
  const { profile = asksForProfile(env) } = options;
  if (profile === false) return undefined;
  if (profile !== true && (typeof profile !== 'string' || profile.trim() === '')) {
    throw new TypeError(
      'profile must be the name of a Temporal profile, or true for the one of TEMPORAL_PROFILE',
    );
  }
  const { address, namespace, tls, apiKey, grpcMeta = {} } = load(profile, env);
  if (apiKey !== undefined && !visibleAscii.test(apiKey))
    throw rejected('its API key must consist of visible ASCII characters');
  const newestApiKey = (): string | undefined => readProfile({ profile }, env)?.apiKey();
  return { address, namespace, tls, metadata: grpcMeta, apiKey: () => apiKey, newestApiKey };
}

/** Whether a program without options has one: an address and a namespace alone need no package that reads them. */
function asksForProfile(env: Environment): boolean {
  const names = /^TEMPORAL_(?:PROFILE|CONFIG_FILE|API_KEY|TLS(?:_.+)?|GRPC_META_.+)$/;
  return Object.entries(env).some(([name, value]) => names.test(name) && (value ?? '') !== '');
}

function load(profile: string | true, env: Environment) {
  const loaded = requireInstalled('@temporalio/envconfig') as typeof envconfig | undefined;
  // What it throws is about the loader.
  if (loaded === undefined) throw rejected('install @temporalio/envconfig, which reads it');
  // An empty variable is an unset one; an empty one of metadata says that a key of the file is left out.
  const set = Object.entries(env).filter(
    ([name, value]) => value !== undefined && (value !== '' || name.startsWith('TEMPORAL_GRPC_META_')),
  );
  const overrideEnvVars = Object.fromEntries(set) as Record<string, string>;
  try {
    const read = loaded.loadClientConfigProfile({ ...(profile !== true && { profile }), overrideEnvVars });
    const { TEMPORAL_TLS: isOn } = overrideEnvVars;
    // Before 1.22.0 it takes the variable for its opposite.
    const disabled = isOn !== '1' && isOn !== 'true';
    const found = isOn === undefined ? read : { ...read, tls: { ...read.tls, disabled } };
    // Reads the files, so that one that is not there is said at once.
    const { tls } = loaded.toClientOptions(found).connectionOptions;
    return { ...found, tls: typeof tls === 'object' ? (rotatingTls(found.tls) ?? tls ?? undefined) : tls };
  } catch (error) {
    throw rejected(reasonOf(error));
  }
}

/** Where client certificate and key, and the authorities if they are given, are in files, as Temporal's worker controller mounts them. */
function rotatingTls(tls: envconfig.ClientConfigTLS = {}): RotatingTls | undefined {
  const pathOf = (source: envconfig.ConfigDataSource | undefined): string | undefined =>
    source !== undefined && 'path' in source ? source.path : undefined;
  const { clientCert, clientKey, serverCACert, serverName: serverNameOverride } = tls;
  const [certFile, keyFile, caFile] = [clientCert, clientKey, serverCACert].map(pathOf);
  const hasOtherAuthorities = serverCACert !== undefined && caFile === undefined;
  if (certFile === undefined || keyFile === undefined || hasOtherAuthorities) return undefined;
  return { certFile, keyFile, caFile, serverNameOverride };
}

/** What a parser says quotes the file, with the keys in it: only what is known is shown. */
function reasonOf(error: unknown): string {
  const { message, code, line } = error as Error & Partial<Record<'code' | 'line', unknown>>;
  if (/^Profile '[^']*' not found|^Cannot specify both \w+ and \w+$/.test(message)) return message;
  if (typeof code === 'string') return `a file that it names cannot be read (${code})`;
  if (typeof line === 'number') return `its file is not valid TOML, in line ${line}`;
  return 'its file holds no profiles as Temporal lays them out';
}

import type * as envconfig from '@temporalio/envconfig';
import type { Environment, OptionsOf } from '@worker-auth/internal';
import { readBoundedFileNow } from '@worker-auth/internal/file';
import { settingRejected } from '../errors/own-errors.ts';
import type { ConfigurationError } from '../errors/temporal-auth-error.ts';
import type { PlaceSettings, RotatingTls, TlsOptions } from './auth-options.ts';
import { maxCertificateBytes, visibleAscii, yesOrNo } from './formats.ts';
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

type Loaded = OptionsOf<
  Pick<envconfig.ClientConfigProfile, 'address' | 'namespace' | 'apiKey' | 'grpcMeta'>
> & {
  readonly tls?: TlsOptions | undefined;
};

/** Of the variables that ask for a profile, those that mean the same without the package that reads files. */
const readHere: ReadonlySet<string> = new Set([
  ...['TEMPORAL_API_KEY', 'TEMPORAL_TLS', 'TEMPORAL_TLS_SERVER_NAME', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
  ...['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'],
]);

const rejected = (reason: string) => settingRejected(`The Temporal profile cannot be used: ${reason}.`);

/** Reads a profile again, variables over file. `undefined` when none is asked for. Errors repeat nothing of its content. */
export function readProfile(options: PlaceSettings, env: Environment): Profile | undefined {
  const given = { profile: options.profile };
  const { profile = namesOfProfile(env).length > 0 } = given;
  if (profile === false) return undefined;
  if (profile !== true && (typeof profile !== 'string' || profile.trim() === '')) {
    throw new TypeError(
      'profile must be the name of a Temporal profile, or true for the one of TEMPORAL_PROFILE',
    );
  }
  const found = load(profile, env) ?? (given.profile === undefined ? variablesOf(env) : undefined);
  if (found === undefined) throw rejected('install @temporalio/envconfig, which reads it');
  const { address, namespace, tls, apiKey, grpcMeta = {} } = found;
  if (apiKey !== undefined && !visibleAscii.test(apiKey))
    throw rejected('its API key must consist of visible ASCII characters');
  const newestApiKey = (): string | undefined => readProfile(given, env)?.apiKey();
  return { address, namespace, tls, metadata: grpcMeta, apiKey: () => apiKey, newestApiKey };
}

/** The variables for which a program without options has one: an address and a namespace alone are none. */
function namesOfProfile(env: Environment): readonly string[] {
  const names = /^TEMPORAL_(?:PROFILE|CONFIG_FILE|API_KEY|TLS(?:_.+)?|GRPC_META_.+)$/;
  return Object.keys(env).filter((name) => names.test(name) && (env[name] ?? '') !== '');
}

/** `undefined` where one of them needs the package. */
function variablesOf(env: Environment): Loaded | undefined {
  if (namesOfProfile(env).some((name) => !readHere.has(name))) return undefined;
  const valueOf = (name: string): string | undefined => env[`TEMPORAL_${name}`] || undefined;
  const [address, namespace, apiKey, isOn] = ['ADDRESS', 'NAMESPACE', 'API_KEY', 'TLS'].map(valueOf);
  const ofTls = ['CLIENT_CERT_PATH', 'CLIENT_KEY_PATH', 'SERVER_CA_CERT_PATH', 'SERVER_NAME'];
  const said = ofTls.map((name) => valueOf(`TLS_${name}`));
  const isSaid = isOn !== undefined || said.some((value) => value !== undefined);
  const byKey = apiKey === undefined ? undefined : true;
  const decided = isSaid ? isOn === undefined || isYes(isOn) : byKey;
  return { address, namespace, apiKey, tls: isSaid && decided === true ? tlsOfFiles(said, env) : decided };
}

/** Reads the files, so that one that is not there is said at once. */
function tlsOfFiles(said: readonly (string | undefined)[], env: Environment): TlsOptions {
  const [certFile, keyFile, caFile, serverNameOverride] = said;
  try {
    const [serverRootCACertificate] = [caFile, certFile, keyFile].map(
      (path) => path && Buffer.from(readBoundedFileNow(path, { maxBytes: maxCertificateBytes })),
    );
    if (certFile !== undefined && keyFile !== undefined)
      return { certFile, keyFile, caFile, serverNameOverride };
    return {
      ...(serverNameOverride !== undefined && { serverNameOverride }),
      ...(serverRootCACertificate && { serverRootCACertificate }),
    };
  } catch (error) {
    throw unusable(error, env);
  }
}

/** Temporal takes all but `true` and `1` for no: then `TRUE` would send the token in clear. */
function isYes(value: string): boolean {
  const isOn = yesOrNo.parse(value);
  if (isOn === undefined) throw settingRejected(`TEMPORAL_TLS must be ${yesOrNo.expected}.`);
  return isOn;
}

/** `undefined` without the package. */
function load(profile: string | true, env: Environment): Loaded | undefined {
  const loaded = requireInstalled('@temporalio/envconfig') as typeof envconfig | undefined;
  if (loaded === undefined) return undefined;
  // An empty variable is an unset one; an empty one of metadata says that a key of the file is left out.
  const set = Object.entries(env).filter(
    ([name, value]) => value !== undefined && (value !== '' || name.startsWith('TEMPORAL_GRPC_META_')),
  );
  const overrideEnvVars = Object.fromEntries(set) as Record<string, string>;
  const { TEMPORAL_TLS: said } = overrideEnvVars;
  const isOn = said === undefined ? undefined : isYes(said);
  try {
    const read = loaded.loadClientConfigProfile({ ...(profile !== true && { profile }), overrideEnvVars });
    // Before 1.22.0 it takes the variable for its opposite.
    const found = isOn === undefined ? read : { ...read, tls: { ...read.tls, disabled: !isOn } };
    // Reads the files, so that one that is not there is said at once.
    const { tls } = loaded.toClientOptions(found).connectionOptions;
    return { ...found, tls: typeof tls === 'object' ? (rotatingTls(found.tls) ?? tls ?? undefined) : tls };
  } catch (error) {
    throw unusable(error, env);
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

/** The variable is named that has the path of a file which cannot be read. */
function unusable(error: unknown, env: Environment): ConfigurationError {
  const { code, path = '' } = error as NodeJS.ErrnoException;
  const [name] =
    Object.entries(env).find((entry) => entry[0].startsWith('TEMPORAL_') && entry[1] === path) ?? [];
  return name === undefined
    ? rejected(reasonOf(error))
    : settingRejected(`${name} names ${path}, which cannot be read (${code}).`);
}

/** What a parser says quotes the file, with the keys in it: only what is known is shown. */
function reasonOf(error: unknown): string {
  const { message, code, line } = error as Error & Partial<Record<'code' | 'line', unknown>>;
  if (/^Profile '[^']*' not found|^Cannot specify both \w+ and \w+$/.test(message)) return message;
  if (typeof code === 'string') return `a file that it names cannot be read (${code})`;
  if (typeof line === 'number') return `its file is not valid TOML, in line ${line}`;
  return 'its file holds no profiles as Temporal lays them out';
}

import type { Logger } from '../temporal.ts';
import { type Clock, type Environment, systemClock } from '@worker-auth/internal';
import type { FetchLike } from '@worker-auth/token-manager';
import { Conditions } from '../conditions/conditions.ts';
import type { AnyAuthOptions, CommonOptions } from './auth-options.ts';
import { harmless } from './loggers.ts';
import { type Network, readNetwork } from './network-settings.ts';
import { readOne, type Row, setVariables } from './setting.ts';
import { elsewhere, identity } from './table.ts';
import { unreadVariables } from './unread-variables.ts';

export interface CommonSettings {
  readonly env: Environment;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
  /** What is wrong, of one client or plugin. */
  readonly conditions: Conditions;
  /** Read when first asked for: with authentication switched off an `AtlanAuthClient` needs none. */
  readonly network: Network;
  /** The user's own, for token requests. */
  readonly fetch: FetchLike | undefined;
}

export interface Switch {
  readonly isOn: boolean;
  /** An option, a variable, or what is configured; `undefined` where nothing is. */
  readonly from: string | undefined;
  /** The first setting that says where tokens come from; `undefined` when there is none. */
  readonly configured: string | undefined;
}

/** Those of a platform, such as an Azure workload identity, are not among them. */
const ofCredentials = [
  ...[identity.clientId, identity.clientSecret, identity.clientSecretFile, identity.tokenFile],
  ...[identity.privateKeyFile, identity.assertionFile],
];

/** They say where credentials are used or looked for, and not that there are any. */
const besideCredentials = [
  identity.tokenUrl,
  identity.issuer,
  identity.metadataUrl,
  elsewhere.component,
  elsewhere.secretName,
];

/** What follows where Node.js verifies no certificate. */
export const unverified =
  'NODE_TLS_REJECT_UNAUTHORIZED=0 switches the check of certificates off: other servers can get the client secret and the tokens';

/** By Node's own variable, which it reads for each connection. */
export function isUnverified(): boolean {
  return process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
}

export function readCommonSettings(options: CommonOptions): CommonSettings {
  const { env = process.env, clock = systemClock, random = Math.random, fetch } = options;
  let network: Network | undefined;
  const logger = harmless(options.logger);
  if (isUnverified()) logger.warn(unverified);
  for (const { name, meant } of unreadVariables(env))
    logger.warn(`Nothing reads the variable ${name}: did you mean ${meant}?`);
  return {
    env,
    clock,
    random,
    fetch,
    logger,
    conditions: new Conditions(clock, logger),
    get network() {
      return (network ??= readNetwork(options, env));
    },
  };
}

/** An option, else a variable, else whether credentials are configured. */
export function readSwitch(
  { authEnabled, clientId, clientSecret, credentials, authUrl }: AnyAuthOptions,
  env: Environment,
  application: string | undefined,
): Switch {
  const first = (given: object, settings: readonly Row[]): string | undefined => {
    const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    const variables = settings.flatMap((setting) => setting.variables);
    return option === undefined ? setVariables({ variables }, env, application)[0]?.name : `option ${option}`;
  };
  const found = first({ clientId, clientSecret, credentials }, ofCredentials);
  const said = readOne(env, identity.enabled, authEnabled);
  return {
    isOn: said?.value ?? found !== undefined,
    from: said?.from ?? found,
    configured: found ?? first({ authUrl }, besideCredentials),
  };
}

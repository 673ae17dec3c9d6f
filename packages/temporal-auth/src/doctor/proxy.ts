import type { Environment } from '@worker-auth/inlined';
import { type Network, readNetwork } from '../settings/network.ts';
import { shownProxy } from '../network/routed-options.ts';
import type { Found } from './examination.ts';
import { placeOf, shownPlace } from './reach.ts';
import type { DiagnoseOptions } from './scene.ts';

/**
 * How requests for tokens go.
 *
 * @returns the network when they go directly; `undefined` beside the description when a proxy or a `fetch` of the user's is between
 * @throws ConfigurationError for a proxy that makes no sense
 */
export function directWayTo(
  url: URL,
  options: Pick<DiagnoseOptions, 'proxy' | 'ca' | 'token'>,
  env: Environment,
): Found<Network | undefined> {
  if (options.token?.fetch !== undefined)
    return { value: undefined, description: 'requests for tokens go by the option token.fetch' };
  const network = readNetwork(options, env);
  const proxy = shownProxy(shownPlace(placeOf(url)), network);
  if (proxy === undefined) return { value: network, description: 'requests for tokens go by no proxy' };
  return { value: undefined, description: `requests for tokens go by the proxy ${proxy}` };
}

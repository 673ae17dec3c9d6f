import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import { readApplication } from '@worker-auth/calls/tokens/application';
import { authHealth } from '@worker-auth/calls/tokens/client-health';
import type { TokenServerOptions } from '../../src/token-server.ts';

/** The tokens of an agent, and how they are. */
export function agentTokens(options: AnyAuthOptions): Pick<TokenServerOptions, 'tokens' | 'health'> {
  const { tokens, common } = readApplication(options);
  if (tokens === undefined) throw new Error('Authentication is on');
  return { tokens, health: () => ({ ...authHealth(tokens), conditions: common.conditions.list }) };
}

import type { AuthorizerOptions } from '../authorization/authorizer-options.ts';
import type { CliOption, CliValues } from './command.ts';
import { oneOf, text } from './option-values.ts';
import { UsageError } from './usage-error.ts';

/** How tokens are checked; the same for all that check them. */
export const authorizerFlags = {
  speaks: {
    type: 'string',
    value: 'temporal|envoy',
    description: "whose verdicts and texts; default temporal's own authorizer",
  },
  audience: {
    type: 'string',
    value: 'text',
    description: 'what the claim "aud" must hold; default anything',
  },
} as const satisfies Record<string, CliOption>;

/** Where "oauth" has its key set by default. */
export const defaultJwksUrl = 'http://127.0.0.1:9000/jwks';

/** @throws UsageError when a value will not do */
export function authorizerValues(values: CliValues): Pick<AuthorizerOptions, 'speaks' | 'audience'> {
  return {
    speaks: values['speaks'] === undefined ? undefined : oneOf(values, 'speaks', ['temporal', 'envoy']),
    audience: text(values, 'audience'),
  };
}

/** @throws UsageError when it is no address of a key set */
export function jwksUrl(given: string): string {
  if (/^https?:\/\//.test(given) && URL.canParse(given)) return given;
  throw new UsageError(`--jwks must be an http(s) URL, not "${given}"`);
}

import type { CliOption, CliValues } from './command.ts';
import { halves, wholeNumber } from './option-values.ts';

export const lifetimeFlag: CliOption = {
  type: 'string',
  value: 'seconds',
  description: 'life of the tokens; default 3600',
};

/** @throws UsageError when it is no number of seconds up to a year */
export function lifetimeOf(values: CliValues): number {
  return wholeNumber(values, 'lifetime', { from: 1, to: 31_536_000, otherwise: 3_600 });
}

/** @throws UsageError when it is not `id:secret`; the message does not repeat it */
export function clientOf(given: string): { readonly clientId: string; readonly clientSecret: string } {
  const [clientId, clientSecret] = halves(given, ':', { option: 'client', form: 'id:secret' });
  return { clientId, clientSecret };
}

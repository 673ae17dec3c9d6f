import type { Environment } from '@worker-auth/internal';
import type { ApplicationCredentials } from '@worker-auth/calls/settings/server';
import type { Problem } from './problem.ts';

/** Marks that something was to be put in their place. */
const placeholder = /^(?:replace|change|your|todo|xxx|dummy|placeholder)(?:[-_ ].*|me)?$|^<[^>]*>$/i;

/** What is odd about a value, behind its name, and what to do. */
type Shape = readonly [is: string, remedy: string];

export function shapeOf(value = 'none'): Shape | undefined {
  const without = 'Store the value without';
  if (value.trim() === '')
    return ['is empty', 'Set it, or check the Secret or ConfigMap that it comes from.'];
  if (/^[\r\n]|[\r\n]$/.test(value))
    return ['has a newline at its end', `${without} it (printf in place of echo).`];
  if (value !== value.trim()) return ['has white space around it', `${without} it.`];
  if (/^(["']).*\1$/.test(value)) return ['is in quotes', `${without} the quotes.`];
  if (/^\$[({].*[)}]$|^\$\w+$|^\{\{.*\}\}$|^%\w+%$/.test(value))
    return ['is a reference that nothing replaced', 'Define the variable that it names before this one.'];
  if (placeholder.test(value)) return ['is a placeholder', 'Put the real value in its place.'];
  const isBase64 = /^(?:[\w+/-]{4}){3,}(?:[\w+/-]{2,3}={0,2})?$/.test(value);
  // Random bytes give no text.
  if (!isBase64 || !/^[\x20-\x7e]{9,}\n?$/.test(Buffer.from(value, 'base64').toString('latin1')))
    return undefined;
  return [
    'is base64 of text',
    'Store the decoded value: a Kubernetes Secret encodes what is under data once, and stringData itself.',
  ];
}

/** A setting that makes no sense, with the form of the variable that it names: nothing of the value is shown. */
export function withShape(found: Problem, env: Environment): Problem {
  const codes: readonly string[] = [
    ...[
      'TEMPORAL_AUTH_SETTING_REJECTED',
      'TEMPORAL_AUTH_SWITCHED_OFF',
      'SECRET_STORE_CREDENTIALS_INCOMPLETE',
    ],
  ];
  const text = codes.includes(found.code) ? `${found.cause} ${found.remedy}` : '';
  const names = text.match(/\b[A-Z][A-Z\d]*_\w+/g) ?? [];
  const name = names.find((variable) => shapeOf(env[variable]) !== undefined);
  const shape = name === undefined ? undefined : shapeOf(env[name]);
  if (shape === undefined) return found;
  const [is, remedy] = shape;
  return { ...found, cause: `${name} ${is}: ${found.cause}`, remedy };
}

/** What is odd about the form of id and secret, of which nothing is shown, and what to do; `undefined` when nothing is. */
export function suspectIn({ clientId, clientSecret }: ApplicationCredentials): Shape | undefined {
  for (const [name, value] of Object.entries({ 'client id': clientId, 'client secret': clientSecret })) {
    const shape = shapeOf(value);
    if (shape !== undefined) return [`The ${name} ${shape[0]}.`, shape[1]];
  }
  return undefined;
}

/** A secret that is a word, as people name clients (`orders-worker`), beside an id that is long and random as secrets are, and no UUID. */
export function swappedIn({ clientId, clientSecret = '' }: ApplicationCredentials): Shape | undefined {
  const isWord = /^[a-z][a-z\d]*(?:[-_.][a-z\d]+)*$/.test(clientSecret.trim());
  const isRandom =
    /^(?=.*\d)(?=.*[A-Z])(?=.*[a-z])\S{16,}$/.test(clientId) && !/^[\da-f-]{36}$/i.test(clientId);
  return isWord && isRandom
    ? ['The client id looks like a secret, and the secret like an id.', 'Swap them.']
    : undefined;
}

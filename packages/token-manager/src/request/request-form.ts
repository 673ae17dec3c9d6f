import { isPlain } from '@worker-auth/internal';
import type { TokenRequestOptions } from '../options.ts';

/** The options that go into the form of a request as they are. */
export type FormOptions = Pick<TokenRequestOptions, 'scope' | 'audience' | 'resource' | 'extraParams'>;

/** Form fields that have an option of their own, or none at all. */
const reservedParams = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'audience',
  'resource',
];

/**
 * The fields of a token request apart from grant type and client authentication.
 *
 * @throws TypeError for what is no text, and for a further field that has an option of its own
 */
export function requestForm({ scope, audience, resource, extraParams }: FormOptions): [string, string][] {
  const fields: [string, string][] = [
    ['scope', texts('scope', scope).join(' ').trim()],
    ['audience', text('audience', audience ?? '')],
    ...texts('resource', resource).map((value): [string, string] => ['resource', value]),
  ];
  return [...fields.filter(([, value]) => value !== ''), ...furtherFields(extraParams ?? {})];
}

function furtherFields(extraParams: unknown): [string, string][] {
  if (!isPlain(extraParams)) throw new TypeError('extraParams must be an object of texts');
  const fields = Object.entries(extraParams);
  const reserved = fields.find(([name]) => reservedParams.includes(name));
  if (reserved !== undefined)
    throw new TypeError(`extraParams must not have ${reserved[0]}: it has its own option`);
  return fields.map(([name, value]) => [name, text(`extraParams.${name}`, value)]);
}

function texts(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [text(name, value ?? '')];
  return value.map((part: unknown) => text(`each ${name}`, part));
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} must be a text; received ${typeof value}`);
}

import type { ApplicationCredentials } from '../settings/server.ts';

/** What is odd about a value, behind its name, and what to do. */
interface Shape {
  readonly is: string;
  readonly remedy: string;
}

const withoutIt = 'Store the value without it';

/** Marks that something was to be put in their place. */
const placeholder = /^(?:replace|change|your|todo|xxx|dummy|placeholder)(?:[-_ ].*|me)?$|^<[^>]*>$/i;

const shapes: readonly (readonly [fits: (value: string) => boolean, shape: Shape])[] = [
  [
    (value) => value.trim() === '',
    { is: 'is empty', remedy: 'Set it, or check the Secret or ConfigMap that it comes from.' },
  ],
  [
    (value) => /^[^]*[\r\n]$|^[\r\n]/.test(value),
    { is: 'has a newline at its end', remedy: `${withoutIt} (printf in place of echo).` },
  ],
  [(value) => value !== value.trim(), { is: 'has white space around it', remedy: `${withoutIt}.` }],
  [
    (value) => /^(["']).*\1$/.test(value),
    { is: 'is in quotes', remedy: 'Store the value without the quotes.' },
  ],
  [
    (value) => /^\$[({].*[)}]$|^\$\w+$|^\{\{.*\}\}$|^%\w+%$/.test(value),
    {
      is: 'is a reference that nothing replaced',
      remedy: 'Define the variable that it names before this one.',
    },
  ],
  [
    (value) => placeholder.test(value),
    { is: 'is a placeholder', remedy: 'Put the real value in its place.' },
  ],
  [
    isEncodedText,
    {
      is: 'is base64 of text',
      remedy:
        'Store the decoded value: a Kubernetes Secret encodes what is under data once, and stringData itself.',
    },
  ],
];

export function shapeOf(value: string): Shape | undefined {
  return shapes.find(([fits]) => fits(value))?.[1];
}

/** What is odd about the form of id and secret, of which nothing is shown; `undefined` when nothing is. */
export function suspectIn({
  clientId,
  clientSecret,
}: ApplicationCredentials): { readonly cause: string; readonly remedy: string } | undefined {
  const values = { 'client id': clientId, 'client secret': clientSecret };
  for (const [name, value] of Object.entries(values)) {
    const shape = value === undefined ? undefined : shapeOf(value);
    if (shape !== undefined) return { cause: `The ${name} ${shape.is}.`, remedy: shape.remedy };
  }
  return undefined;
}

/** Whether the secret is a word, as people name clients (`orders-worker`), and the id is long and random as secrets are, and no UUID. */
export function looksSwapped({ clientId, clientSecret = '' }: ApplicationCredentials): boolean {
  const isWord = /^[a-z][a-z\d]*(?:[-_.][a-z\d]+)*$/.test(clientSecret.trim());
  return (
    isWord && /^(?=.*\d)(?=.*[A-Z])(?=.*[a-z])\S{16,}$/.test(clientId) && !/^[\da-f-]{36}$/i.test(clientId)
  );
}

/** Random bytes give no text. */
function isEncodedText(value: string): boolean {
  if (!/^(?:[\w+/-]{4}){3,}(?:[\w+/-]{2,3}={0,2})?$/.test(value)) return false;
  return /^[\x20-\x7e]{9,}\n?$/.test(Buffer.from(value, 'base64').toString('latin1'));
}

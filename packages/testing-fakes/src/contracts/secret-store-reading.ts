import { check, checkFields, checkShowsNone } from './checks.ts';
import { checkKeepsNothingAlive, checkPrintsNone } from './left-behind.ts';
import {
  casesWith,
  type FieldsOf,
  type SecretStoreCase,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** Names that a path, a query, a pattern or a file system would read otherwise. */
const oddNames: readonly string[] = [
  'MixedCase.Name-1_x',
  // Only by capitals, or by the form of a letter, another than a name here.
  'mixedcase.name-1_x',
  'wïth-ünicode-€',
  'wïth-ünicode-€'.normalize('NFD'),
  'with space',
  'with space ',
  'with+plus',
  'with%20percent',
  'with?question&more=1#hash',
  'with/slash',
  'with\\backslash',
  'name:2@latest',
  'all*of[them]',
  'constructor',
];
const notThere = [
  ...'missing,want,wanted2,Wanted,WANTED, wanted,wanted ,wanted\t,ｗanted'.split(','),
  ...['toString', 'hasOwnProperty', '__proto__'],
];
/** The empty one is the path of all. */
const pathNames = ['./wanted', 'other/../wanted', 'wanted/', ''];

/** Values that an encoding, a parser, a template or a buffer would change. */
const oddValues: readonly string[] = [
  ' a+b%20 "ü€𝒳" =',
  '007',
  'null',
  '{"not": "unwrapped", "price": 1.0}',
  'dW50b3VjaGVkLg==',
  '"quoted"',
  "&amp; - it's `a` # b; *c {{d}}",
  'two\r\nlines\r\n.',
  'a line\n',
  '\uFEFFmarked',
  'e\u0301',
  'before\0after',
  'one\\nline',
  '$HOME and ${HOME}',
  ' \t ',
  // Longer than the pieces in which a body comes: some end within a character.
  ...['', 'a', 'ab'].map((begin) => `${begin}${'€'.repeat(66_000)}.`),
];

/** Names of fields that a path, a variable or an object would take for something else; and more than a page of results has. */
const oddFields: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['tls.crt', 'with space', 'a/b', 'MixedCase', 'ümläut-€', 'constructor', '__proto__', '_', 'x-'],
    ...Array.from({ length: 120 }, (_, index) => `field-${index}`),
  ].map((name) => [name, `value of ${name}`]),
);

/** What a store finds, and how it keeps it. */
export function readingCases(fieldsOf: FieldsOf, names = oddNames): readonly SecretStoreCase[] {
  const two = { wanted: fieldsOf('wanted', 'c8=Lv~2k.Wn*Px%5t+Gj'), other: fieldsOf('other', 'value-2') };
  const odd = Object.fromEntries(names.map((name) => [name, fieldsOf(name, `value of ${name}`)]));
  const values = Object.fromEntries(oddValues.map((value, index) => [`v${index}`, { [`v${index}`]: value }]));
  return [
    ...casesWith(two)(promises.fields, {
      'gives the fields of a secret that exists': async ({ store }) => {
        const options = Object.freeze({ signal: undefined });
        checkFields(await store.get('wanted', options), two.wanted, 'the secret');
      },
      'answers reads at the same time, each with its own secret': async ({ store }) => {
        const [missing, wanted, other] = await Promise.all(
          ['missing', 'wanted', 'other'].map((name) => store.get(name)),
        );
        check(missing === undefined, 'A secret that is not there must be undefined');
        checkFields(wanted, two.wanted, 'the one secret');
        checkFields(other, two.other, 'the other secret');
      },
    }),
    ...casesWith(two)(promises.outcomes, {
      'gives undefined for a secret that is not there, however near another name is': async ({ store }) => {
        // Before and after a read of the secret, which a store may remember.
        for (let reads = 0; reads < 2; reads++) {
          const secrets = await Promise.all(notThere.map((name) => store.get(name)));
          const found = notThere.filter((_name, index) => secrets[index] !== undefined);
          check(found.length === 0, `${JSON.stringify(found)} must be undefined: they are not there`);
          checkFields(await store.get('wanted'), two.wanted, 'the secret, read after names that are near');
        }
      },
      'takes no name for the path of another secret': async ({ store }) => {
        const reads = await Promise.all(pathNames.map((name) => store.get(name).catch(() => undefined)));
        const found = pathNames.filter((_name, index) => reads[index] !== undefined);
        check(
          found.length === 0,
          `${JSON.stringify(found)} gave a secret, and there is none of this name: encode names, dots too`,
        );
      },
    }),
    ...casesWith(odd)(promises.name, {
      'takes a name as it is: capitals, spaces, signs and unicode': async ({ store }) => {
        for (let reads = 0; reads < 2; reads++) {
          await Promise.all(
            Object.entries(odd).map(async ([name, fields]) => {
              checkFields(await store.get(name), fields, `the secret ${JSON.stringify(name)}`);
            }),
          );
        }
      },
    }),
    ...casesWith(values)(promises.fields, {
      'keeps a value as it is: spaces, signs, unicode, numbers, JSON, line breaks, and however long': async ({
        store,
      }) => {
        await Promise.all(
          Object.entries(values).map(async ([name, fields]) => {
            checkFields(await store.get(name), fields, `the secret ${name}`);
          }),
        );
      },
    }),
    ...casesWith({ wanted: oddFields })([promises.fields, 'map'], {
      'keeps each field, whatever its name': async ({ store }) => {
        checkFields(await store.get('wanted'), oddFields, 'the secret');
      },
    }),
    ...casesWith({ wanted: { wanted: '' } })(promises.empty, {
      'takes an empty value for one that is not there': async ({ store }) => {
        check((await store.get('wanted')) === undefined, 'A secret without a value must be undefined');
      },
    }),
    ...casesWith({ wanted: { kept: 'value', empty: '' } })([promises.empty, 'map'], {
      'leaves out a field without a value, and keeps the others': async ({ store }) => {
        checkFields(await store.get('wanted'), { kept: 'value' }, 'the secret');
      },
    }),
    ...casesWith(two)(promises.own, {
      'gives the same again, whatever a caller did to what it got': async ({ store }) => {
        for (const given of await Promise.all([store.get('wanted'), store.get('wanted')])) {
          checkFields(given, two.wanted, 'the secret of a caller who came at the same time');
          for (const key of [...Object.getOwnPropertyNames(given ?? {}), 'added'])
            Reflect.set(given ?? {}, key, key);
        }
        checkFields(await store.get('wanted'), two.wanted, 'the secret, read again');
      },
    }),
    ...casesWith(two)(promises.secrets, {
      'shows no secret when the store is inspected or turned into JSON': async ({ store, secrets = [] }) => {
        await store.get('wanted');
        checkShowsNone(store, [...Object.values(two.wanted), ...secrets], 'The store');
      },
    }),
    ...casesWith(two)(promises.printed, {
      'prints no secret': ({ store, secrets = [] }) =>
        checkPrintsNone(async () => {
          await Promise.all([store.get('wanted'), store.get('missing')]);
          return [...Object.values(two.wanted), ...secrets];
        }),
    }),
    ...casesWith(two)(promises.process, {
      'keeps no process alive': ({ store }) =>
        checkKeepsNothingAlive(() => Promise.all([store.get('wanted'), store.get('missing')])),
    }),
  ];
}

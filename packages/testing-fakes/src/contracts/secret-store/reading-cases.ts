import { check, checkFields } from '../checks.ts';
import { oddFields, oddValues } from '../odd-content.ts';
import { checkPrintsNone } from '../printed.ts';
import { everythingShown } from '../../leaks/everything-shown.ts';
import {
  type SecretStoreCase,
  type SecretStoreContractSetup,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** Names that a path, a query, a pattern or a file system would read otherwise. */
const oddNames: readonly string[] = [
  'MixedCase.Name-1_x',
  'with space',
  'with+plus',
  'with%20percent',
  'with?question&more=1#hash',
  'with/slash',
  'wïth-ünicode-€',
];
const nearNames = ['missing', 'want', 'wanted2', 'Wanted'];
const inheritedNames = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];
/** What a store finds, and how it keeps it. `fieldsOf` makes fields in the shape of the store. */
export function readingCases(
  { shape, names = oddNames }: SecretStoreContractSetup,
  fieldsOf: (name: string, value: string) => Record<string, string>,
): readonly SecretStoreCase[] {
  const two = { wanted: fieldsOf('wanted', 'value-1'), other: fieldsOf('other', 'value-2') };
  const odd = Object.fromEntries(names.map((name) => [name, fieldsOf(name, `value of ${name}`)]));
  const cases: SecretStoreCase[] = [
    {
      name: 'gives the fields of a secret that exists',
      promise: promises.fields,
      secrets: two,
      body: async ({ store }) => {
        checkFields(await store.get('wanted', { signal: undefined }), two.wanted, 'the secret');
      },
    },
    {
      name: 'gives undefined for a secret that is not there, however near another name is',
      promise: promises.fields,
      secrets: two,
      body: async ({ store }) => {
        for (const name of nearNames) {
          check((await store.get(name)) === undefined, `"${name}" must be undefined: it is not there`);
        }
      },
    },
    {
      name: 'takes an empty value for one that is not there',
      promise: promises.empty,
      secrets: { wanted: { wanted: '' } },
      body: async ({ store }) => {
        check((await store.get('wanted')) === undefined, 'A secret without a value must be undefined');
      },
    },
    {
      name: 'finds nothing under the names that every object inherits',
      promise: promises.outcomes,
      secrets: two,
      body: async ({ store }) => {
        for (const name of inheritedNames) {
          check((await store.get(name)) === undefined, `"${name}" must be undefined: it is not there`);
        }
      },
    },
    {
      name: 'takes a name as it is: capitals, spaces, signs and unicode',
      promise: promises.name,
      secrets: odd,
      body: async ({ store }) => {
        for (const [name, fields] of Object.entries(odd)) {
          checkFields(await store.get(name), fields, `the secret ${JSON.stringify(name)}`);
        }
      },
    },
    {
      name: 'keeps a value as it is: spaces, signs, unicode, numbers and JSON',
      promise: promises.fields,
      secrets: Object.fromEntries(
        Object.values(oddValues).map((value, index) => [`v${index}`, { [`v${index}`]: value }]),
      ),
      body: async ({ store }) => {
        for (const [index, [what, value]] of Object.entries(oddValues).entries()) {
          checkFields(await store.get(`v${index}`), { [`v${index}`]: value }, what);
        }
      },
    },
    {
      name: 'answers reads at the same time, each with its own secret',
      promise: promises.fields,
      secrets: two,
      body: async ({ store }) => {
        const [, wanted] = await Promise.all([store.get('other'), store.get('wanted')]);
        checkFields(wanted, two.wanted, 'the secret');
      },
    },
    {
      name: 'gives the same again, whatever a caller did to what it got',
      promise: promises.fields,
      secrets: two,
      body: async ({ store }) => {
        const given = (await store.get('wanted')) ?? {};
        for (const key of [...Object.keys(given), 'added']) Reflect.set(given, key, key);
        checkFields(await store.get('wanted'), two.wanted, 'the secret, read again');
      },
    },
    {
      name: 'shows no secret when the store is inspected, printed or turned into JSON',
      promise: promises.secrets,
      secrets: two,
      body: async ({ store, secrets = [] }) => {
        await store.get('wanted');
        const shown = everythingShown(store);
        for (const secret of [...Object.values(two.wanted), ...secrets]) {
          check(!shown.includes(secret), 'The store shows a secret');
        }
      },
    },
  ];
  cases.push({
    name: 'prints no secret',
    promise: promises.printed,
    secrets: two,
    body: ({ store, secrets = [] }) =>
      checkPrintsNone([...Object.values(two.wanted), ...secrets], async () => {
        await store.get('wanted');
        await store.get('missing');
      }),
  });
  if (shape === 'map') {
    cases.push(
      {
        name: 'keeps each field, whatever its name',
        promise: promises.fields,
        secrets: { wanted: oddFields },
        body: async ({ store }) => {
          checkFields(await store.get('wanted'), oddFields, 'the secret');
        },
      },
      {
        name: 'leaves out a field without a value, and keeps the others',
        promise: promises.empty,
        secrets: { wanted: { kept: 'value', empty: '' } },
        body: async ({ store }) => {
          checkFields(await store.get('wanted'), { kept: 'value' }, 'the secret');
        },
      },
    );
  }
  return cases;
}

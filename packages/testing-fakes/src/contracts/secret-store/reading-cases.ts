import { check, checkFields, checkShowsNone, planting } from '../checks.ts';
import { KeptAlive } from '../kept-alive.ts';
import { oddFields, oddValues } from '../odd-content.ts';
import {
  casesWith,
  type SecretStoreCase,
  type SecretStoreContractSetup,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** Names that a path, a query, a pattern or a file system would read otherwise. */
const oddNames: readonly string[] = [
  'MixedCase.Name-1_x',
  'with space',
  'with space ',
  'with+plus',
  'with%20percent',
  'with?question&more=1#hash',
  'with/slash',
  'with\\backslash',
  'name:2@latest',
  'all*of[them]',
  'wïth-ünicode-€',
  // Only by capitals, or by the form of a letter, another than one above.
  'mixedcase.name-1_x',
  'wïth-ünicode-€'.normalize('NFD'),
  'constructor',
];
const nearNames = 'missing,want,wanted2,Wanted,WANTED, wanted,wanted ,wanted\t,ｗanted'.split(',');
/** The empty one is the path of all. */
const pathNames = ['./wanted', 'other/../wanted', 'wanted/', ''];
const inheritedNames = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

/** What a store finds, and how it keeps it. `fieldsOf` makes fields in the shape of the store. */
export function readingCases(
  { names = oddNames }: SecretStoreContractSetup,
  fieldsOf: (name: string, value: string) => Record<string, string>,
): readonly SecretStoreCase[] {
  const two = {
    wanted: fieldsOf('wanted', planting('c8=Lv~2k.Wn*Px%5t+Gj')),
    other: fieldsOf('other', 'value-2'),
  };
  const odd = Object.fromEntries(names.map((name) => [name, fieldsOf(name, `value of ${name}`)]));
  const ofValues = Object.fromEntries(
    Object.values(oddValues).map((value, index) => [`v${index}`, { [`v${index}`]: value }]),
  );
  return [
    ...casesWith(two)(promises.fields, {
      'gives the fields of a secret that exists': async ({ store }) => {
        const options = Object.freeze({ signal: undefined });
        checkFields(await store.get('wanted', options), two.wanted, 'the secret');
      },
      'gives undefined for a secret that is not there, however near another name is': async ({ store }) => {
        // Before and after a read of the secret, which a store may remember.
        for (let reads = 0; reads < 2; reads++) {
          for (const name of nearNames)
            check((await store.get(name)) === undefined, `"${name}" must be undefined: it is not there`);
          checkFields(await store.get('wanted'), two.wanted, 'the secret, read after names that are near');
        }
      },
      'takes no name for the path of another secret': async ({ store }) => {
        for (const name of pathNames) {
          const secret = await store.get(name).catch(() => undefined);
          check(
            secret === undefined,
            `"${name}" gave a secret, and there is none of this name: encode names, dots too`,
          );
        }
      },
    }),
    ...casesWith(two)(promises.own, {
      'gives the same again, whatever a caller did to what it got': async ({ store }) => {
        for (const given of await Promise.all([store.get('wanted'), store.get('wanted')])) {
          checkFields(given, two.wanted, 'the secret of a caller who came at the same time');
          for (const key of [...Object.keys(given ?? {}), 'added']) Reflect.set(given ?? {}, key, key);
        }
        checkFields(await store.get('wanted'), two.wanted, 'the secret, read again');
      },
    }),
    ...casesWith({ wanted: { wanted: '' } })(promises.empty, {
      'takes an empty value for one that is not there': async ({ store }) => {
        check((await store.get('wanted')) === undefined, 'A secret without a value must be undefined');
      },
    }),
    ...casesWith(two)(promises.outcomes, {
      'finds nothing under the names that every object inherits': async ({ store }) => {
        for (const name of inheritedNames) {
          check((await store.get(name)) === undefined, `"${name}" must be undefined: it is not there`);
        }
      },
    }),
    ...casesWith(odd)(promises.name, {
      'takes a name as it is: capitals, spaces, signs and unicode': async ({ store }) => {
        for (let reads = 0; reads < 2; reads++)
          for (const [name, fields] of Object.entries(odd))
            checkFields(await store.get(name), fields, `the secret ${JSON.stringify(name)}`);
      },
    }),
    ...casesWith(ofValues)(promises.fields, {
      'keeps a value as it is: spaces, signs, unicode, numbers and JSON': async ({ store }) => {
        for (const [index, [what, value]] of Object.entries(oddValues).entries()) {
          checkFields(await store.get(`v${index}`), { [`v${index}`]: value }, what);
        }
      },
    }),
    ...casesWith(two)(promises.secrets, {
      'shows no secret when the store is inspected, printed or turned into JSON': async ({
        store,
        secrets = [],
      }) => {
        await store.get('wanted');
        const planted = [...Object.values(two.wanted), ...secrets];
        checkShowsNone(store, planted, 'The store');
      },
    }),
    ...casesWith(two)(promises.printed, {
      'prints no secret': async ({ store }) => {
        await store.get('wanted');
        await store.get('missing');
      },
    }),
    ...casesWith(two)(promises.process, {
      'keeps no process alive': (_fixture, _quiet, another) =>
        KeptAlive.during((look) =>
          another(({ store }) => look(() => Promise.all([store.get('wanted'), store.get('missing')]))),
        ),
    }),
    ...casesWith({ wanted: oddFields })([promises.fields, 'map'], {
      'keeps each field, whatever its name': async ({ store }) => {
        checkFields(await store.get('wanted'), oddFields, 'the secret');
      },
    }),
    ...casesWith({ wanted: { kept: 'value', empty: '' } })([promises.empty, 'map'], {
      'leaves out a field without a value, and keeps the others': async ({ store }) => {
        checkFields(await store.get('wanted'), { kept: 'value' }, 'the secret');
      },
    }),
  ];
}

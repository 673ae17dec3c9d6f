import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'tsup';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageFolder } from '../third-party.ts';
import { thirdParty } from '../third-party-plugin.ts';

type Files = Readonly<Record<string, string>>;

const license = { license: 'MIT', repository: 'owner/one' };
const one = {
  'node_modules/one/package.json': JSON.stringify({
    name: 'one',
    version: '1.2.3',
    main: 'index.js',
    ...license,
  }),
  'node_modules/one/index.js': "export const one = 'text of one';",
  'node_modules/one/LICENSE': 'Do as you like.\n',
};
const two = {
  'node_modules/@scope/two/package.json': JSON.stringify({
    ...{ name: '@scope/two', version: '2.0.0-beta.1', main: 'index.js', sideEffects: false, license: 'ISC' },
    repository: { type: 'git', url: 'git+https://git.example.com/scope/two.git' },
  }),
  'node_modules/@scope/two/index.js': "export const two = () => 'text of two'; export const three = () => 3;",
  'node_modules/@scope/two/license.md': 'Do as you like too.',
};

/** Builds a package with these files, and reads what it is told of that. */
async function built(files: Files): Promise<(file: string) => string> {
  const folder = mkdtempSync(join(tmpdir(), 'third-party-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const manifest = JSON.stringify({ name: '@ours/example', version: '0.1.0', license: 'Apache-2.0' });
  for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  await build({
    ...{ config: false, silent: true, format: 'esm', sourcemap: true, noExternal: [/./] },
    entry: [join(folder, 'index.ts')],
    outDir: join(folder, 'dist'),
    esbuildPlugins: [thirdParty(folder)],
  });
  return (file) => readFileSync(join(folder, 'dist', file), 'utf8');
}

describe('a package with parts of others in it', () => {
  const index =
    "import { two } from '@scope/two'; import { one } from 'one'; export const all = () => [one, two()];";
  const files = { ...one, ...two, 'index.ts': index };

  it('names them in its bill of materials, which the schema of CycloneDX 1.6 takes, and itself', async () => {
    const bill = billIn(await built(files));
    const [ofTwo, ofOne] = ['pkg:npm/%40scope/two@2.0.0-beta.1', 'pkg:npm/one@1.2.3'];
    expect(bill.components).toMatchObject([
      { group: '@scope', name: 'two', licenses: [{ license: { id: 'ISC' } }], purl: ofTwo },
      { name: 'one', version: '1.2.3', licenses: [{ license: { id: 'MIT' } }], purl: ofOne },
    ]);
    expect(JSON.stringify(bill.components)).toContain('"url":"https://git.example.com/scope/two"');
    expect(bill.metadata).toMatchObject({ component: { purl: 'pkg:npm/%40ours/example@0.1.0' } });
    const validate = schemaOfCycloneDx();
    expect(validate(bill), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...bill, components: [{ type: 'library' }] })).toBe(false);
  });

  it('has the texts of their licences', async () => {
    const read = await built(files);
    expect(read('THIRD-PARTY-LICENSES.md')).toBe(
      [
        '# Compiled into @ours/example',
        '## @scope/two 2.0.0-beta.1',
        'ISC, <https://git.example.com/scope/two>',
        '```text\nDo as you like too.\n```',
        '## one 1.2.3',
        'MIT, <https://github.com/owner/one>',
        '```text\nDo as you like.\n```\n',
      ].join('\n\n'),
    );
  });

  it('has a source map with its own text alone, which names the files of all', async () => {
    const read = await built(files);
    const map = read('index.js.map');
    expect(map).toContain('export const all');
    expect(map).not.toContain('text of');
    expect((JSON.parse(map) as { sources: string[] }).sources.flatMap(packageFolder)).toHaveLength(2);
  });
});

it('names no package that only passes on another', async () => {
  const barrel = {
    'node_modules/barrel/package.json': '{ "name": "barrel", "main": "index.js" }',
    'node_modules/barrel/index.js': "export * from 'one';",
  };
  const index = "import { one } from 'barrel'; export const all = one;";
  const bill = billIn(await built({ ...one, ...barrel, 'index.ts': index }));
  expect(bill.components).toMatchObject([{ name: 'one' }]);
});

describe('a package with nothing of others in it', () => {
  it.each(["import 'one'; export const all = 1;", "import { two } from '@scope/two'; export const all = 1;"])(
    'says nothing of any: %s',
    async (index) => {
      const read = await built({ ...one, ...two, 'index.ts': index });
      expect(read('index.js')).toContain('all');
      expect(() => read('sbom.cdx.json')).toThrow('ENOENT');
      expect(() => read('THIRD-PARTY-LICENSES.md')).toThrow('ENOENT');
    },
  );
});

describe('a build', () => {
  const index = "import { one } from 'one'; export const all = one;";
  const manifest = (text: string) => ({ 'node_modules/one/package.json': text });
  it.each([
    ['without the text of the licence', { 'node_modules/one/LICENSE': undefined }, 'its licence'],
    ['without a licence', manifest('{"name":"one","repository":"a/b"}'), 'its licence'],
    ['without an address', manifest('{"name":"one","license":"MIT"}'), 'where its sources are'],
  ])('fails for a package of others %s', async (_what, change, message) => {
    const files = Object.entries({ ...one, 'index.ts': index, ...change }).filter(
      ([, text]) => text !== undefined,
    );
    await expect(built(Object.fromEntries(files) as Files)).rejects.toThrow(`one does not say ${message}`);
  });
});

function billIn(read: (file: string) => string): { components: unknown; metadata: unknown } {
  return JSON.parse(read('sbom.cdx.json')) as ReturnType<typeof billIn>;
}

/** The schema as the library of its authors brings it, for which it needs those of SPDX and JSF. */
function schemaOfCycloneDx(): ReturnType<Ajv['compile']> {
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
  const read = (name: string): object =>
    JSON.parse(readFileSync(join(dirname(library), 'res/schema', name), 'utf8')) as object;
  const needed = ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'];
  const ajv = new Ajv({
    strict: false,
    schemas: Object.fromEntries(needed.map((name) => [`http://cyclonedx.org/schema/${name}`, read(name)])),
    formats: { 'iri-reference': true, 'idn-email': true },
  });
  addFormats.default(ajv);
  return ajv.compile(read('bom-1.6.SNAPSHOT.schema.json'));
}

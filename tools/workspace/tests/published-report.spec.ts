import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { publishedReport } from '../published-report.ts';

const declarations = `import { A } from './chunk-Abc_1234.js';
/** What it does. */
interface Options {
    /** How often. */
    readonly times: number;
}
declare function run(options: Options): A;
export { type Options, run };
`;

function staged(): string {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const manifest = {
    ...{ name: 'example', version: '1.0.0', files: ['dist'] },
    exports: {
      '.': { types: './dist/index.d.ts' },
      './more': { types: './dist/more.d.ts' },
      './package.json': './package.json',
    },
    dependencies: { '@worker-auth/own': '^0.1.0', inner: '^1.0.0' },
    peerDependencies: { peer: '>=2' },
  };
  write('package.json', JSON.stringify(manifest));
  write('README.md', '# Example');
  write('dist/index.d.ts', declarations);
  write('dist/more.d.ts', "import { Options } from './index.js';\nexport { type Options };");
  write('dist/chunk-Abc_1234.d.ts', 'interface A { a: 1 } // one\nexport { type A };');
  write('node_modules/@worker-auth/own/package.json', JSON.stringify({ name: '@worker-auth/own' }));
  const inner = { name: 'inner', version: '1.2.3', dependencies: { innermost: '2.x' } };
  write('node_modules/inner/package.json', JSON.stringify(inner));
  write('node_modules/innermost/package.json', JSON.stringify({ name: 'innermost', version: '2.0.0' }));
  return folder;
}

it('tells the files, without what changes with each line of code, and the size in steps', async () => {
  const report = await publishedReport(staged());
  expect(report.get('files.txt')).toBe(
    'README.md\ndist/chunk-*.d.ts\ndist/index.d.ts\ndist/more.d.ts\npackage.json\n\nat most 10 KB packed\n',
  );
});

it('tells what is installed with it, whatever brings it along, and what has to be there; of ours, whichever version', async () => {
  const report = await publishedReport(staged());
  expect(report.get('dependencies.txt')).toBe(
    '@worker-auth/own\ninner ^1.0.0\n  innermost 2.x\npeer peer >=2\n',
  );
});

it('tells what of others is compiled in, whichever version', async () => {
  const folder = staged();
  const components = [{ purl: 'pkg:npm/%40scope/two@2.0.0-beta.1' }, { purl: 'pkg:npm/one@1.2.3' }];
  writeFileSync(join(folder, 'dist/sbom.cdx.json'), JSON.stringify({ components }));
  const lines = (await publishedReport(folder)).get('dependencies.txt')?.split('\n');
  expect(lines?.filter((line) => line.startsWith('bundled'))).toEqual(['bundled @scope/two', 'bundled one']);
});

it('tells the declarations of each entry, those of its chunks in their place but not those of other entries, and nothing of what is said about them', async () => {
  const report = await publishedReport(staged());
  expect([...report.keys()]).toEqual(['files.txt', 'dependencies.txt', 'index.api.txt', 'more.api.txt']);
  expect(report.get('index.api.txt')).toBe(
    [
      ...['interface A {', '    a: 1;', '}', 'export { type A };', ''],
      ...['interface Options {', '    readonly times: number;', '}'],
      ...['declare function run(options: Options): A;', 'export { type Options, run };', ''],
    ].join('\n'),
  );
  expect(report.get('more.api.txt')).toBe(
    "import { Options } from './index.js';\nexport { type Options };\n",
  );
});

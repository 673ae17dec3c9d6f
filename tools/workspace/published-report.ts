import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

/** Packages of this repository: which version of one another they need changes with each release, and is told by it. */
const ownScope = '@worker-auth/';

/** A packed size is told in steps of so many kilobytes: a line more is no news. */
const sizeStepKb = 10;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What users of a published package get, as texts by the names of the files that hold them in the repository. */
export type PublishedReport = ReadonlyMap<string, string>;

/**
 * Describes what is put together for publishing: the files and their size, what is installed with them, and the declarations of each entry.
 *
 * @param staged the folder that npm packs
 */
export async function publishedReport(staged: string): Promise<PublishedReport> {
  const manifest = await readManifest(staged);
  const report = new Map([
    ['files.txt', await filesOf(staged)],
    ['dependencies.txt', await dependenciesOf(manifest, staged)],
  ]);
  const entries = Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) =>
    typeof target === 'string' || target.types === undefined
      ? []
      : [{ name: entry === '.' ? 'index' : basename(entry), types: join(staged, target.types) }],
  );
  const others = new Set(entries.map(({ types }) => types));
  for (const { name, types } of entries) report.set(`${name}.api.txt`, await declarationsOf(types, others));
  return report;
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The names of chunks hold a hash of what is in them. */
function withoutHash(file: string): string {
  return file.replace(/-[\w-]{8}(?=\.(?:js|js\.map|d\.ts)$)/, '-*');
}

async function filesOf(staged: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', staged], {
    maxBuffer: 2 ** 24,
  });
  const [packed] = JSON.parse(stdout) as [{ size: number; files: readonly { path: string }[] }];
  const sizeKb = Math.ceil(packed.size / 1_024 / sizeStepKb) * sizeStepKb;
  const files = new Set(packed.files.map(({ path }) => withoutHash(path)));
  return [...[...files].sort(), '', `at most ${sizeKb} KB packed`, ''].join('\n');
}

/** What npm installs with it, as it is installed here, what is compiled in, and what it expects to be there. */
async function dependenciesOf(manifest: Manifest, folder: string): Promise<string> {
  const lines = await treeOf(manifest, folder, 0);
  const peers = Object.entries(manifest.peerDependencies ?? {}).map(
    ([name, range]) => `peer ${name} ${range}`,
  );
  const bundled = (await bundledIn(folder)).map((name) => `bundled ${name}`);
  return [...(lines.length === 0 ? ['nothing'] : lines), ...bundled, ...peers.sort(), ''].join('\n');
}

/** The packages of others that are compiled in, as the bill of materials names them: see third-party-plugin.ts. */
async function bundledIn(folder: string): Promise<readonly string[]> {
  const bill = await readFile(join(folder, 'dist/sbom.cdx.json'), 'utf8').catch(() => '{"components":[]}');
  const { components } = JSON.parse(bill) as { readonly components: readonly { readonly purl: string }[] };
  return components.map(({ purl }) => decodeURIComponent(purl.replace(/^pkg:npm\/|@[^@]*$/g, '')));
}

async function treeOf(
  { dependencies = {} }: Manifest,
  from: string,
  depth: number,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [name, range] of Object.entries(dependencies).sort()) {
    lines.push(`${'  '.repeat(depth)}${name.startsWith(ownScope) ? name : `${name} ${range}`}`);
    const found = findPackageJSON(name, pathToFileURL(join(from, 'package.json')));
    if (found === undefined) throw new Error(`${name} is not installed`);
    lines.push(...(await treeOf(await readManifest(dirname(found)), dirname(found), depth + 1)));
  }
  return lines;
}

/** The declarations without a word about them, those of chunks in their place. Other entries, which have a report of their own, are only named. */
async function declarationsOf(file: string, entries: ReadonlySet<string>): Promise<string> {
  const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const printer = ts.createPrinter({ removeComments: true });
  const parts: string[] = [];
  for (const statement of source.statements) {
    const from =
      (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
      statement.moduleSpecifier !== undefined &&
      ts.isStringLiteral(statement.moduleSpecifier)
        ? statement.moduleSpecifier.text
        : '';
    const declared = join(dirname(file), from.replace(/\.js$/, '.d.ts'));
    if (from.startsWith('.') && !entries.has(declared)) {
      parts.push(await declarationsOf(declared, entries));
    } else {
      parts.push(printer.printNode(ts.EmitHint.Unspecified, statement, source));
    }
  }
  return `${parts.join('\n')}\n`;
}

import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { packageNames } from '../registry/publish-all.ts';

/** A project outside of the workspace that has our packages as they are published, and Temporal's SDK without workers. */
export interface BundledProject extends AsyncDisposable {
  readonly path: string;
  /** The entries of all packages, as a program imports them. */
  readonly entries: readonly string[];
  /** Writes a program into it; @returns the file's path */
  readonly write: (name: string, text: string) => Promise<string>;
}

interface PublishedManifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const workspace = join(import.meta.dirname, '../../..');

/** Optional peers that an entry of its own, a profile or the fake frontend needs. */
const optionalPeers = [
  '@opentelemetry/api',
  '@temporalio/envconfig',
  '@temporalio/proto',
  '@aws-sdk/client-sts',
];

/**
 * @param layout `installed`: the packages are in `node_modules`, as npm puts them there. `linked`: they are beside it, as in a monorepo or
 * after `npm link`; bundlers show more warnings for these
 * @param peers further ones, which no program of a client needs
 */
export async function bundledProject(
  layout: 'installed' | 'linked',
  peers: readonly string[] = [],
): Promise<BundledProject> {
  const folder = await temporaryFolder();
  const modules = join(folder.path, 'node_modules');
  const manifests: PublishedManifest[] = [];
  for (const name of packageNames) {
    const published = join(workspace, 'packages', name, 'publish');
    manifests.push(JSON.parse(await readFile(join(published, 'package.json'), 'utf8')) as PublishedManifest);
    const place = join(modules, '@worker-auth', name);
    await mkdir(dirname(place), { recursive: true });
    const copy = layout === 'installed' ? place : join(folder.path, 'packages', name);
    await cp(published, copy, { recursive: true });
    if (layout === 'linked') await symlink(copy, place);
  }
  for (const name of new Set([...manifests.flatMap(neededBy), ...optionalPeers, ...peers])) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(workspace, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  return { ...folder, entries: manifests.flatMap(entriesOf) };
}

/** Packages of others that npm installs with it. */
function neededBy({
  dependencies = {},
  peerDependencies = {},
  peerDependenciesMeta = {},
}: PublishedManifest): readonly string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers].filter((name) => !name.startsWith('@worker-auth/'));
}

function entriesOf({ name, exports }: PublishedManifest): readonly string[] {
  return Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => join(name, entry));
}

import { cached, npm, runCommand } from '@worker-auth/servers';
import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { commitOf, digest } from './program.ts';

type Versions = Readonly<Record<string, string>>;

/** What is read of a package.json. */
export interface Manifest {
  readonly version: string;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
}

const packages = join(import.meta.dirname, '../../../packages');
/** What is compiled of the clone; the rest of it comes from npm, as released. */
const compiled = ['test', 'test-helpers'];
/** The first comes with the SDK; the others are not released with each version. */
const left = ['nexus-rpc', '@temporalio/cloud', '@temporalio/lambda-worker'];
const compilerOptions = {
  ...{ target: 'ES2022', module: 'CommonJS', moduleResolution: 'node10', rootDir: 'src', outDir: 'lib' },
  ...{ sourceMap: true, esModuleInterop: true, experimentalDecorators: true, strict: true },
  // Each file by itself: the types of the release differ from those of the clone.
  ...{ noCheck: true, noResolve: true, isolatedModules: true, types: [], skipLibCheck: true },
};

/** Makes the tests of a clone of temporalio/sdk-typescript a project beside the SDK from npm. @returns the folder of its tests */
export async function typescriptProject(clone: string): Promise<string> {
  const manifests = await Promise.all(compiled.map((name) => readManifest(join(clone, 'packages', name))));
  const sdk = await sdkVersion();
  const released = ([name, version]: [string, string]): [string, string] =>
    name === '@temporalio/test-helpers'
      ? [name, '*']
      : [name, version.startsWith('workspace:') ? sdk : version];
  const root = JSON.stringify({
    private: true,
    workspaces: compiled.map((name) => `packages/${name}`),
    dependencies: { ...(await ourDependencies()), typescript: '^5.9.3' },
  });
  const commit = await commitOf(clone);
  const key = digest(commit, sdk, root, await readFile(import.meta.filename, 'utf8'));
  const project = await cached(
    { name: `suites-typescript-${key}`, proof: 'packages/test/lib/test-plugins.js' },
    async (target) => {
      await writeFile(join(target, 'package.json'), root);
      for (const [index, name] of compiled.entries()) {
        const folder = join(target, 'packages', name);
        await cp(join(clone, 'packages', name), folder, { recursive: true });
        const { dependencies = {}, devDependencies, ...manifest } = manifests[index] as Manifest;
        const both = Object.entries({ ...devDependencies, ...dependencies }).map(released);
        const wanted = Object.fromEntries(both.filter(([each]) => !left.includes(each)));
        await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies: wanted }));
        await writeFile(
          join(folder, 'tsconfig.json'),
          JSON.stringify({ compilerOptions, include: ['src/**/*.ts'] }),
        );
      }
      await npm(target, ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']);
      // Tests read its `.proto` files where the clone has them.
      await symlink('../node_modules/@temporalio/core-bridge', join(target, 'packages/core-bridge'));
      const bin = join(target, 'node_modules/.bin');
      for (const name of compiled) await runCommand(join(bin, 'tsc'), ['-p', join(target, 'packages', name)]);
      const protos = join(target, 'packages/test/protos');
      const files = (await readdir(protos)).filter((file) => file.endsWith('.proto'));
      const options = ['--target', 'json-module', '--root', 'test', '--wrap', 'commonjs', '--force-long'];
      await runCommand(
        join(bin, 'pbjs'),
        [...options, '--no-verify', '--alt-comment', '--out', 'json-module.js', ...files],
        { cwd: protos },
      );
    },
  );
  await installOurs(join(project, 'node_modules/@worker-auth'));
  return join(project, 'packages/test');
}

/** Puts our packages as they are staged into a folder. */
export async function installOurs(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const name of await readdir(packages))
    await cp(join(packages, name, 'publish'), join(folder, name), { recursive: true });
}

/** What our packages need of others'. */
export async function ourDependencies(): Promise<Versions> {
  const names = await readdir(packages);
  const manifests = await Promise.all(names.map((name) => readManifest(join(packages, name, 'publish'))));
  const all = manifests.flatMap(({ dependencies = {} }) => Object.entries(dependencies));
  return Object.fromEntries(all.filter(([name]) => !name.startsWith('@worker-auth/')));
}

/** The version of Temporal's SDK that this workspace has. */
export async function sdkVersion(): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  return (await readManifest(dirname(resolve('@temporalio/client/package.json')))).version;
}

/** Reads the package.json of a folder. */
export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

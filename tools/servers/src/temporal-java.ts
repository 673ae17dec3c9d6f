import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { javaObstacle } from './java.ts';
import { obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry } from './places.ts';
import { withProgress } from './progress.ts';
import { temporalJavaVersion } from './versions.ts';

const folder = join(import.meta.dirname, '../temporal-java');
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

const entry: CacheEntry = {
  name: `temporal-java-${temporalJavaVersion}`,
  proof: `temporal-sdk-${temporalJavaVersion}.jar`,
};

/** Where Temporal's SDK for Java may be: the cache, Maven. */
export function temporalJavaPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: "Temporal's SDK for Java",
    obstacle: () => javaObstacle(env),
    local: [cachePlace(() => entry, temporalJavaVersion, root)],
    remote: [mavenPlace(root)],
    byHand: 'put Maven on PATH',
  };
}

/** A plain worker in Java: its command line, but for its own arguments. Java compiles it when it starts. */
export async function javaWorker(): Promise<readonly string[]> {
  const { path } = await obtain(temporalJavaPlaces());
  return ['java', '-cp', join(dirname(path), '*'), join(folder, 'SteadyWorker.java')];
}

function mavenPlace(root: string): Place {
  return {
    label: 'Maven, by its own checksums',
    async look() {
      const work = `Fetching Temporal's SDK for Java ${temporalJavaVersion} by Maven`;
      const found = await cached(entry, (target) => withProgress(work, () => fetchInto(target)), root);
      return inEntry(found, entry, temporalJavaVersion, 'Maven');
    },
  };
}

async function fetchInto(target: string): Promise<void> {
  // Maven keeps all that it downloads: here, where it goes.
  const kept = join(target, 'repository');
  // prettier-ignore
  await runCommand('mvn', ['-B', '-q', '-f', join(folder, 'pom.xml'), `-Dmaven.repo.local=${kept}`, copyGoal, `-DoutputDirectory=${target}`]);
  await rm(kept, { recursive: true });
}

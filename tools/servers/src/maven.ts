import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath, isExecutable, runCommand } from './command.ts';
import type { Program, Recipe } from './places.ts';
import { makeExecutable, unzip } from './pypi.ts';

const oldestJava = 17;
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** The variable with the base URL of a Maven repository, for machines without Maven. */
const repositoryVariable = 'MAVEN_REPOSITORY_URL';

/** One file of a Maven repository, the same for all platforms. */
export interface PinnedArtifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly type: 'zip';
  readonly sha256: string;
}

const distribution: PinnedArtifact = {
  group: 'org.keycloak',
  name: 'keycloak-quarkus-dist',
  version: '26.7.3',
  type: 'zip',
  sha256: '27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f',
};
/** What it is built with beside its defaults: clients that authenticate by SPIFFE, a preview. */
const features = 'spiffe';

const keycloakRecipe: Recipe = {
  label: `the Maven artifact ${distribution.group}:${distribution.name}:${distribution.version}`,
  from: 'Maven',
  version: distribution.version,
  entry: () => ({ name: `keycloak-${distribution.version}-${features}`, proof: 'bin/kc.sh' }),
  make: async (target, env) => {
    const work = join(target, 'zip');
    await unzip(await fetchArtifact(distribution, target, env), work);
    for (const part of ['bin', 'conf', 'lib', 'providers', 'themes', 'version.txt']) {
      await rename(join(work, `keycloak-${distribution.version}`, part), join(target, part));
    }
    await rm(work, { recursive: true });
    await makeExecutable(target, ['bin/kc.sh']);
    // Once it is built for its options, it starts in a third of the time.
    await runCommand(join(target, 'bin/kc.sh'), ['build', '--db=dev-file', `--features=${features}`]);
  },
};

/** Keycloak, which needs Java. */
export const keycloak: Program = {
  title: 'Keycloak',
  obstacle: javaObstacle,
  recipes: [keycloakRecipe],
  byHand: `put Maven on PATH, or set ${repositoryVariable} to the base URL of a Maven repository`,
};

/** The folder of the worker in Java; its `pom.xml` has the same version. */
export const javaFolder = join(import.meta.dirname, '../temporal-java');
const javaVersion = '1.38.0';

/** Temporal's SDK for Java, with all that it needs. */
export const temporalJava: Program = {
  title: "Temporal's SDK for Java",
  obstacle: javaObstacle,
  recipes: [
    {
      label: `Temporal's SDK for Java ${javaVersion}, by Maven and its own checksums`,
      from: 'Maven',
      version: javaVersion,
      entry: () => ({ name: `temporal-java-${javaVersion}`, proof: `temporal-sdk-${javaVersion}.jar` }),
      make: (target, env) => copyByMaven('copy-dependencies', target, ['-f', `${javaFolder}/pom.xml`], env),
    },
  ],
  byHand: 'put Maven on PATH',
};

/**
 * Downloads an artifact into a folder, and checks its hash: by `mvn`, with the user's own settings, else by HTTPS from the repository that
 * `MAVEN_REPOSITORY_URL` names.
 *
 * @returns the file
 */
export async function fetchArtifact(
  artifact: PinnedArtifact,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { group, name, version, type, sha256 } = artifact;
  const fileName = `${name}-${version}.${type}`;
  const repository = env[repositoryVariable];
  if ((await findOnPath('mvn', env)) !== undefined) {
    await copyByMaven('copy', folder, [`-Dartifact=${group}:${name}:${version}:${type}`], env);
  } else if (repository) {
    const path = [...group.split('.'), name, version, fileName].join('/');
    const response = await fetch(`${repository.replace(/\/$/, '')}/${path}`);
    if (!response.ok || response.body === null)
      throw new Error(`${response.url} answered ${response.status}`);
    await writeFile(join(folder, fileName), response.body);
  } else {
    throw new Error(`there is no "mvn" on PATH, and ${repositoryVariable} is not set`);
  }
  const actual = createHash('sha256')
    .update(await readFile(join(folder, fileName)))
    .digest('hex');
  if (actual !== sha256)
    throw new Error(`${fileName} has the SHA-256 ${actual} instead of the pinned ${sha256}`);
  return join(folder, fileName);
}

/** Maven keeps all that it downloads: here, until it has copied what is wanted. */
async function copyByMaven(
  goal: 'copy' | 'copy-dependencies',
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const kept = join(folder, 'repository');
  const options = [`-Dmaven.repo.local=${kept}`, `-DoutputDirectory=${folder}`];
  await runCommand('mvn', ['-B', '-q', ...args, ...options, `${plugin}:${goal}`], {
    env: { PATH: env['PATH'] },
  });
  await rm(kept, { recursive: true, force: true });
}

/** @returns why a program in Java cannot run on this machine, in words; undefined when it can */
async function javaObstacle(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const home = env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : await findOnPath('java', env);
  if (java === undefined || !(await isExecutable(java))) {
    return `there is no Java: install version ${oldestJava} or newer and put it on PATH or in JAVA_HOME`;
  }
  try {
    // `openjdk version "17.0.15" 2025-04-15`; before 9 it was `1.8.0_292`.
    const output = await runCommand(java, ['-version']);
    const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
    const version = Number(first === '1' ? second : first);
    if (version >= oldestJava) return undefined;
    return `${java} is Java ${version}: version ${oldestJava} or newer is needed`;
  } catch (error) {
    // macOS has a "java" that only says that there is none.
    return `${java} does not run: ${error instanceof Error ? error.message : String(error)}`;
  }
}

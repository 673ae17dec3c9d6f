import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { findOnPath, runCommand } from './command.ts';
import type { PinnedArtifact } from './versions.ts';
import { verifySha256 } from './wheel.ts';

const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** The variable with the base URL of a Maven repository, for machines without Maven. */
export const repositoryVariable = 'MAVEN_REPOSITORY_URL';

/**
 * Downloads an artifact into a folder that is removed afterwards, and checks its hash: by `mvn`, with the user's own settings, else by HTTPS
 * from the repository that `MAVEN_REPOSITORY_URL` names.
 *
 * @returns the file
 */
export async function fetchArtifact(
  artifact: PinnedArtifact,
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { group, name, version, type, sha256 } = artifact;
  const file = join(folder, `${name}-${version}.${type}`);
  const repository = env[repositoryVariable];
  const mvn = await findOnPath('mvn', env);
  if (mvn !== undefined) {
    const coordinates = `${group}:${name}:${version}:${type}`;
    // Maven keeps all that it downloads: here, where it goes with the folder.
    const kept = `-Dmaven.repo.local=${join(folder, 'repository')}`;
    // prettier-ignore
    await runCommand(mvn, ['-B', '-q', kept, copyGoal, `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`]);
  } else if (repository) {
    await download(`${repository.replace(/\/$/, '')}/${pathOf(artifact)}`, file);
  } else {
    throw new Error(`there is no "mvn" on PATH, and ${repositoryVariable} is not set`);
  }
  await verifySha256(file, sha256);
  return file;
}

function pathOf({ group, name, version, type }: PinnedArtifact): string {
  return `${group.replaceAll('.', '/')}/${name}/${version}/${name}-${version}.${type}`;
}

async function download(url: string, file: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
}

import type { Manifest } from './published-manifest.ts';

/** What a package.json says of where its sources are. */
export interface RepositoryFields {
  readonly repository: { readonly type: 'git'; readonly url: string; readonly directory: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
}

/**
 * The fields for a repository.
 *
 * @param address for people, such as `https://github.com/owner/name`
 * @param directory the folder of the package, from the top of the repository
 * @throws TypeError for what is no such address
 */
export function repositoryFields(address: string, directory: string): RepositoryFields {
  if (!/^https:\/\/[\w.-]+\/[\w.-]+\/[\w-][\w.-]*(?<!\.git)$/.test(address)) {
    throw new TypeError(
      `Give the repository as https://github.com/owner/name; received ${JSON.stringify(address)}`,
    );
  }
  return {
    repository: { type: 'git', url: `git+${address}.git`, directory },
    homepage: `${address}/tree/main/${directory}#readme`,
    bugs: { url: `${address}/issues` },
  };
}

/** The address of the repository of a package. */
export function addressOf(manifest: Manifest): string {
  const { url } = (manifest as unknown as RepositoryFields).repository;
  return url.replace(/^git\+/, '').replace(/\.git$/, '');
}

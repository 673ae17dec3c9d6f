import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a user can import. */
export interface EntryPoint {
  /** `@worker-auth/temporal-auth/client` for example. */
  readonly name: string;
  /** The package that it is of. */
  readonly package: string;
  /** Its source, from the top of the repository. */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly '@worker-auth/source': string }>>;
}

/**
 * The public entries of all packages, as their package.json has them.
 *
 * @param workspace the top of the repository
 */
export function entryPoints(workspace: string): readonly EntryPoint[] {
  return globSync('packages/*/package.json', { cwd: workspace })
    .sort()
    .flatMap((path) => {
      const { name, exports } = JSON.parse(readFileSync(join(workspace, path), 'utf8')) as Manifest;
      return Object.entries(exports).flatMap(([entry, target]) =>
        typeof target === 'string'
          ? []
          : [
              {
                name: join(name, entry),
                package: name,
                source: join(dirname(path), target['@worker-auth/source']),
              },
            ],
      );
    });
}

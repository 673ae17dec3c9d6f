import { join, relative } from 'node:path';
import { changeLinks, repositoryLink } from './markdown-links.ts';

/** A package.json, as far as it is looked at. */
export type Manifest = Readonly<Record<string, unknown>>;

/** The export condition by which the sources of this repository find one another. */
const ownCondition = '@worker-auth/source';

/** What is of use in this repository alone. */
const ownFields: ReadonlySet<string> = new Set(['nx', 'scripts', 'devDependencies']);

/** The package.json that is published in place of this one: without what is of use in this repository alone. */
export function publishedManifest(manifest: Manifest): Manifest {
  const fields = Object.entries(manifest).filter(([name]) => !ownFields.has(name));
  return Object.fromEntries(
    fields.map(([name, value]) => [name, name === 'exports' ? withoutOwnCondition(value) : value]),
  );
}

function withoutOwnCondition(exports: unknown): unknown {
  if (typeof exports !== 'object' || exports === null) return exports;
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([name]) => name !== ownCondition)
      .map(([name, value]) => [name, withoutOwnCondition(value)] as const)
      // What only sources of this repository import.
      .filter(([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0),
  );
}

/** Where a file of this repository can be read. */
export interface PublishedPlace {
  /** The folder of the package, from the top of the repository, as `repository.directory` has it. */
  readonly directory: string;
  /** The repository, for people: `https://github.com/owner/name`. */
  readonly address: string;
  /** Whether a file of the package, by its path in it, is packed. */
  readonly isPacked: (path: string) => boolean;
}

/**
 * A text in Markdown whose relative links lead to where the files are: those that are packed stay as they are, the others become absolute.
 *
 * @param folder where the text is in the package, `.` at its top
 */
export function withAbsoluteLinks(
  markdown: string,
  folder: string,
  { directory, address, isPacked }: PublishedPlace,
): string {
  return changeLinks(markdown, join(directory, folder), (path, anchor) => {
    const inPackage = relative(directory, path);
    if (!inPackage.startsWith('..') && isPacked(inPackage)) return undefined;
    return repositoryLink(address, path, anchor);
  });
}

/** What a release makes of a package's CHANGELOG.md. */
export interface ChangelogEntry {
  readonly version: string;
  /** The day, `2026-11-25`. */
  readonly date: string;
}

const unreleased = '## Unreleased';

/**
 * The changelog with what was unreleased under the version and its day, for a version of which nothing is written as well. Done once more
 * with another version before the day is over, it is that version's instead.
 *
 * @param previous the version that it was given before
 * @throws Error when it does not begin with its title
 */
export function datedChangelog(changelog: string, entry: ChangelogEntry, previous?: string): string {
  const heading = `## ${entry.version} (${entry.date})`;
  for (const old of [unreleased, `## ${previous} (${entry.date})`]) {
    if (changelog.includes(`\n${old}\n`)) return changelog.replace(`\n${old}\n`, `\n${heading}\n`);
  }
  const [title, ...rest] = changelog.split('\n\n');
  if (title?.startsWith('# ') !== true) throw new Error('A changelog begins with its title');
  return [title, heading, ...rest].join('\n\n');
}

/**
 * The changelog with more points in its newest section, before those that are there.
 *
 * @throws Error when it has no section
 */
export function withPoints(changelog: string, points: readonly string[]): string {
  const [heading] = /^## .*\n+/m.exec(changelog) ?? [];
  if (heading === undefined) throw new Error('The changelog has no section');
  const title = changelog.slice(0, changelog.indexOf(heading));
  const rest = changelog.slice(title.length + heading.length);
  const added = points.map((point) => `- ${point}\n`).join('');
  const gap = rest === '' || rest.startsWith('- ') ? '' : '\n';
  return `${title}${heading.trimEnd()}\n\n${added}${gap}${rest}`;
}

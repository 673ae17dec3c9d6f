// What `nx release` does with a package of this workspace, beside what it does with any: nx.json names it in `release.version`.
import type { ProjectGraph, ProjectGraphDependency, Tree } from '@nx/devkit';
import type * as jsActions from '@nx/js/src/release/version-actions';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ResolveVersionForDependency } from 'nx/release';
import { datedChangelog, withPoints } from './dated-changelog.ts';

// A CommonJS module, whose default export is not the same to each of the loaders that Nx may use.
const js = createRequire(import.meta.url)('@nx/js/src/release/version-actions') as typeof jsActions.default;

type Ranges = Readonly<Record<string, string>>;

/** Writes the package-lock.json anew, as for any package of npm. */
export const { afterAllProjectsVersioned } = js;

/** Versions a package: its package.json, and its changelog, whose unreleased part becomes that of the version, with the day. */
// eslint-disable-next-line house/syntax -- Nx takes the default export
export default class ReleaseActions extends js.default {
  #version: string | undefined;

  /**
   * Takes those out of the graph that only tests need: a version of theirs makes no other. Nx finds the commits that concern a package by
   * the same graph, through projects that are compiled into it as well.
   */
  override async readDependencies(tree: Tree, graph: ProjectGraph): Promise<ProjectGraphDependency[]> {
    const released = this.releaseGroup['projects'] as readonly string[];
    for (const [name, { data }] of Object.entries(graph.nodes)) {
      const installed = Object.keys(rangesOf(tree, data.root));
      const isKept = ({ target }: ProjectGraphDependency): boolean =>
        !released.includes(target) ||
        installed.includes(graph.nodes[target]?.data.metadata?.js?.packageName ?? '');
      graph.dependencies[name] = graph.dependencies[name]?.filter(isKept) ?? [];
    }
    return await super.readDependencies(tree, graph);
  }

  /** Nx calls it again when it finds that another version is needed. */
  override async updateProjectVersion(tree: Tree, newVersion: string): Promise<string[]> {
    const messages = await super.updateProjectVersion(tree, newVersion);
    const entry = { version: newVersion, date: new Date().toISOString().slice(0, 10) };
    this.#changeChangelog(tree, (text) => datedChangelog(text, entry, this.#version));
    this.#version = newVersion;
    return messages;
  }

  /** A new range of what the package depends on is a point of its changelog. */
  override async updateProjectDependencies(
    tree: Tree,
    graph: ProjectGraph,
    versions: Record<string, string>,
    resolve?: ResolveVersionForDependency,
  ): Promise<string[]> {
    const before = rangesOf(tree, this.projectGraphNode.data.root);
    const messages = await super.updateProjectDependencies(tree, graph, versions, resolve);
    const points = Object.entries(rangesOf(tree, this.projectGraphNode.data.root))
      .filter(([name, range]) => before[name] !== range)
      .map(([name, range]) => `\`${name}\` ${range}.`);
    if (points.length > 0) this.#changeChangelog(tree, (text) => withPoints(text, points));
    return messages;
  }

  #changeChangelog(tree: Tree, change: (text: string) => string): void {
    const file = join(this.projectGraphNode.data.root, 'CHANGELOG.md');
    tree.write(file, change(read(tree, file)));
  }
}

/** What a user gets with a package, or is to have. */
function rangesOf(tree: Tree, folder: string): Ranges {
  const manifest = JSON.parse(read(tree, join(folder, 'package.json'))) as Readonly<
    Record<string, Ranges | undefined>
  >;
  return { ...manifest['dependencies'], ...manifest['peerDependencies'] };
}

function read(tree: Tree, file: string): string {
  const text = tree.read(file, 'utf8');
  if (text === null) throw new Error(`${file} is missing`);
  return text;
}

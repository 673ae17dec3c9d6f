import { join } from 'node:path';

/** The modules in which an example is written, or is made into. */
export type ExampleModules = 'import' | 'require';

/** What runs JavaScript and TypeScript. */
export interface Runtime {
  readonly program: string;
  /** Before the file. */
  readonly args: readonly string[];
  /** Whether it knows `await using`. */
  readonly hasUsing: boolean;
}

/** Where the examples of a package run, and on what. */
export interface ExampleGround {
  /** The folder of the package's pages. */
  readonly pages: string;
  readonly cwd: string;
  /** In which each example gets a folder of its own. */
  readonly folder: string;
  readonly runtime: Runtime;
  readonly modules: ExampleModules;
}

/** A project in which a package is installed, and what is used there. */
export interface InstalledPlace {
  readonly project: string;
  /** The package, by its whole name. */
  readonly name: string;
  readonly runtime: Runtime;
  readonly modules: ExampleModules;
}

/** The environment in which a test of examples runs them there, and not on the sources. */
export function installedVariables(place: InstalledPlace): Record<string, string> {
  return { EXAMPLES_PLACE: JSON.stringify(place) };
}

/** On the sources of this workspace, unless the environment says where else. */
export function exampleGround(packageFolder: string, env: NodeJS.ProcessEnv = process.env): ExampleGround {
  const elsewhere = env['EXAMPLES_PLACE'];
  if (elsewhere !== undefined) {
    const { project, name, runtime, modules } = JSON.parse(elsewhere) as InstalledPlace;
    return { pages: join(project, 'node_modules', name), cwd: project, folder: project, runtime, modules };
  }
  const args = ['--conditions=@worker-auth/source'];
  return {
    pages: packageFolder,
    cwd: packageFolder,
    folder: join(packageFolder, 'reports'),
    runtime: { program: process.execPath, args, hasUsing: true },
    modules: 'import',
  };
}

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { datadogFile, pinnedModules } from './kubernetes-definitions.ts';
import { findProgram } from './programs.ts';

/** What is wrong with one resource of a manifest. */
export interface ManifestProblem {
  readonly file: string;
  /** `Deployment postgres-extraction` */
  readonly resource: string;
  /** Whose schema says so: `Kubernetes 1.37`, `dapr.io`. */
  readonly schema: string;
  /** Where in the resource: `spec.template.spec.containers.0`; empty for the resource itself. */
  readonly path: string;
  readonly message: string;
}

/**
 * Checks manifests against the schemas of Kubernetes, and those of Dapr, the Prometheus operator and Temporal's worker controller against their own definitions. Strict: a field that a schema
 * does not have is a problem, as is a resource that there is no schema for.
 *
 * @param files paths of YAML files, of one or more resources each
 * @param versions of Kubernetes: `1.37`
 * @returns at most one problem for each resource and version
 * @throws Error when a file cannot be read, or holds no YAML
 */
export async function validateManifests(
  files: readonly string[],
  versions: readonly string[],
): Promise<readonly ManifestProblem[]> {
  const taken = pinnedModules.flatMap((module) => module.files);
  const definitions = taken.filter((file) => file.endsWith('.yaml') && file !== datadogFile);
  return problemsIn(definitions, versions, files);
}

/** The same of files with a list of Datadog's monitors, against the description of its API. */
export function validateMonitors(files: readonly string[]): Promise<readonly ManifestProblem[]> {
  return problemsIn([datadogFile], [], files);
}

async function problemsIn(
  definitions: readonly string[],
  versions: readonly string[],
  files: readonly string[],
): Promise<readonly ManifestProblem[]> {
  const { path: python } = await findProgram('kubernetes-validate');
  const paths = await Promise.all(definitions.map((file) => definition(file.split('/').at(-1) ?? '')));
  const script = join(import.meta.dirname, '../kubernetes-validate/validate.py');
  const answer = await runCommand(python, [script, paths.join(','), versions.join(','), ...files]);
  return JSON.parse(answer) as readonly ManifestProblem[];
}

/** @returns the annotations of a pod that Dapr's injector reads: `dapr.io/app-id` and so on. It says nothing of others. */
export async function daprAnnotations(): Promise<ReadonlySet<string>> {
  const source = await readFile(await definition('annotations.go'), 'utf8');
  return new Set([...source.matchAll(/"(dapr\.io\/[^"]+)"/g)].map(([, name = '']) => name));
}

/** @returns what the worker controller writes into each container: variables with their values, and the folder of the certificate */
export async function controllerVariables(): Promise<ReadonlyMap<string, string>> {
  const source = await readFile(await definition('deployments.go'), 'utf8');
  const named = source.matchAll(/Name:\s*"(TEMPORAL_\w+)",\s*Value(?:From)?:\s*(?:"([^"]*)"|([\w.&]+))/g);
  return new Map([...named].map(([, name = '', text, expression = '']) => [name, text ?? expression]));
}

async function definition(file: string): Promise<string> {
  return join(dirname((await findProgram('kubernetes-definitions')).path), file);
}

/**
 * Checks workflows of GitHub Actions.
 *
 * @throws Error with what is wrong, a line for each problem
 */
export async function checkWorkflows(files: readonly string[]): Promise<void> {
  const { path } = await findProgram('actionlint');
  // Shell and Python scripts in a workflow are checked where the machine has the programs for it: not everywhere the same.
  await runCommand(path, ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files]);
}

/**
 * Checks Dockerfiles by all rules.
 *
 * @throws Error with what is wrong, a line for each problem
 */
export async function checkDockerfiles(files: readonly string[]): Promise<void> {
  const { path } = await findProgram('hadolint');
  await runCommand(path, ['--no-color', '--failure-threshold', 'style', ...files]);
}

/**
 * Runs `promtool`, which checks rules and runs their unit tests.
 *
 * @returns what it says
 * @throws Error with that when it finds something wrong
 */
export async function promtool(...args: readonly string[]): Promise<string> {
  const { path } = await findProgram('prometheus');
  return await runCommand(join(dirname(path), 'promtool'), args);
}

import { join } from 'node:path';
import { runCommand } from './command.ts';
import { customDefinitions, datadogApi } from './kubernetes-definitions.ts';
import { obtain, type Places } from './lookup.ts';
import { kubernetesValidate } from './versions.ts';
import { virtualEnvironmentPlaces } from './virtual-environment.ts';

const script = join(import.meta.dirname, '..', kubernetesValidate.project, 'validate.py');

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

/** Where the validator's Python may be: the cache, PyPI. */
export function kubernetesValidatePlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return virtualEnvironmentPlaces(kubernetesValidate, env);
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
  return await problemsIn(await customDefinitions(), versions, files);
}

/** The same of files with a list of Datadog's monitors, against the description of its API. */
export async function validateMonitors(files: readonly string[]): Promise<readonly ManifestProblem[]> {
  return await problemsIn([await datadogApi()], [], files);
}

async function problemsIn(
  ...[definitions, versions, files]: readonly (readonly string[])[]
): Promise<readonly ManifestProblem[]> {
  const { path: python } = await obtain(kubernetesValidatePlaces());
  const lists = [definitions, versions].map((list) => String(list));
  const answer = await runCommand(python, [script, ...lists, ...(files ?? [])]);
  return JSON.parse(answer) as readonly ManifestProblem[];
}

import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withGo } from './go.ts';
import type { Recipe } from './places.ts';

/** A Go module, and what is taken of it. */
interface PinnedModule {
  readonly path: string;
  /** Without the `v`. */
  readonly version: string;
  /** As go.sum has it. */
  readonly sum: string;
  readonly files: readonly string[];
}

/** The description of Datadog's API. */
export const datadogFile = '.generator/schemas/v1/openapi.yaml';

export const pinnedModules: readonly PinnedModule[] = [
  {
    path: 'github.com/dapr/dapr',
    version: '1.16.0',
    sum: 'h1:la2WLZM8Myr2Pq3cyrFjHKWDSPYLzGZCs3p502TwBjI=',
    files: ['charts/dapr/crds/components.yaml', 'pkg/injector/annotations/annotations.go'],
  },
  {
    path: 'github.com/prometheus-operator/prometheus-operator',
    version: '0.92.1',
    sum: 'h1:rHWuFo6SVya4FBSCNg2DCzyc4xAv54zk3eDTzp5mQZc=',
    files: ['podmonitors', 'prometheusrules'].map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  },
  {
    path: 'github.com/DataDog/datadog-api-client-go/v2',
    version: '2.67.0',
    sum: 'h1:fNIlvUjfCEL/wFrtXioCT+ah/o04M7475klcF97bZj0=',
    files: [datadogFile],
  },
  {
    path: 'github.com/temporalio/temporal-worker-controller',
    version: '1.8.1',
    sum: 'h1:fyGqkeh8sQ0QIoCpko1iUgZ+TbKTyivgTBouiHMPaoM=',
    files: [
      'helm/temporal-worker-controller-crds/templates/temporal.io_connections.yaml',
      'helm/temporal-worker-controller-crds/templates/temporal.io_workerdeployments.yaml',
      'internal/k8s/deployments.go',
    ],
  },
];

const version = pinnedModules.map((module) => module.version).join('-');

/** What Dapr, the Prometheus operator and Temporal's worker controller say of their Kubernetes resources, and Datadog of its API. */
export const kubernetesDefinitions: Recipe = {
  label: `the Go modules ${pinnedModules.map((module) => `${module.path} ${module.version}`).join(' and ')}`,
  from: 'Go modules',
  version,
  entry: () => ({ name: `kubernetes-definitions-${version}`, proof: 'deployments.go' }),
  make: async (target, env) => {
    for (const { path, version: wanted, sum, files } of pinnedModules) {
      await withGo(target, env, async (runGo) => {
        const answer = await runGo(['mod', 'download', '-json', `${path}@v${wanted}`], target);
        const { Dir: folder, Sum: found } = JSON.parse(answer) as Record<'Dir' | 'Sum', string>;
        if (found !== sum)
          throw new Error(`${path} ${wanted} has the sum ${found} instead of the pinned ${sum}`);
        for (const file of files) await copyFile(join(folder, file), join(target, basename(file)));
      });
    }
  },
};

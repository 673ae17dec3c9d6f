export {
  checkDockerfiles,
  checkWorkflows,
  controllerVariables,
  daprAnnotations,
  type ManifestProblem,
  promtool,
  validateManifests,
  validateMonitors,
} from './checks.ts';
export { lacking, skipReason } from './availability.ts';
export { cached } from './cache.ts';
export { runCommand } from './command.ts';
export { type Daprd, type DaprdOptions, startDaprd } from './daprd.ts';
export { type Envoy, type EnvoyOptions, startEnvoy } from './envoy.ts';
export { type Keycloak, startKeycloak } from './keycloak.ts';
export { type KeycloakRealm } from './keycloak-realm.ts';
export { type KubernetesSecretsApi, startKubernetesSecretsApi } from './kubernetes-secrets-api.ts';
export { startMoto } from './moto.ts';
export { nameHelp, nameOptions, type Names, nameVariables, readNames } from './names.ts';
export { cleanEnvironment, npm } from './npm.ts';
export { installedNpmProject, type NpmProject } from './npm-project.ts';
export { type OpenBao, startOpenBao } from './openbao.ts';
export { freePort, freePorts } from './ports.ts';
export { type Prometheus, type PrometheusAlert, startPrometheus } from './prometheus.ts';
export { findProgram, type ProgramName } from './programs.ts';
export { type RunningServer } from './running-server.ts';
export { type Stack, startStack } from './stack.ts';
export {
  type AuthorizingTemporal,
  startAuthorizingTemporal,
  startMutualTlsTemporal,
  startTemporalDevServer,
  type TemporalDevServer,
} from './temporal.ts';
export { parseCommandLine, UsageError } from './usage-error.ts';
export { startVerdaccio, type Verdaccio } from './verdaccio.ts';
export { goWorker, javaWorker, pythonWithTemporal } from './workers.ts';

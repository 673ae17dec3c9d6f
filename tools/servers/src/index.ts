export { checkWorkflows } from './actionlint.ts';
export { lacking, skipReason } from './availability.ts';
export { type CacheEntry, cached, cacheFolder } from './cache.ts';
export { catalogue, type ProgramName } from './catalogue.ts';
export { controllerVariables, daprAnnotations } from './kubernetes-definitions.ts';
export { type Daprd, type DaprdOptions, startDaprd } from './daprd.ts';
export { type Envoy, type EnvoyOptions, startEnvoy } from './envoy.ts';
export { checkDockerfiles } from './hadolint.ts';
export { type Keycloak, startKeycloak } from './keycloak.ts';
export { type KeycloakClient, type KeycloakClientOptions, type KeycloakRealm } from './keycloak-realm.ts';
export {
  type KubernetesSecrets,
  type KubernetesSecretsApi,
  type KubernetesSecretsApiOptions,
  startKubernetesSecretsApi,
} from './kubernetes-secrets-api.ts';
export { type ManifestProblem, validateManifests, validateMonitors } from './kubernetes-validate.ts';
export { type Found, findLocally, obtain, type Places, UnavailableError } from './lookup.ts';
export { type Moto, startMoto } from './moto.ts';
export { defaultNames, nameHelp, nameOptions, type Names, nameVariables, readNames } from './names.ts';
export { cleanEnvironment, npm } from './npm.ts';
export { installedNpmProject, type NpmProject } from './npm-project.ts';
export { type OpenBao, startOpenBao } from './openbao.ts';
export { freePort, freePorts } from './ports.ts';
export {
  type Prometheus,
  type PrometheusAlert,
  type PrometheusOptions,
  type PrometheusSample,
  promtool,
  startPrometheus,
} from './prometheus.ts';
export { type RunningServer, ServerStartError, type StartOptions } from './running-server.ts';
export { type Stack, type StackOptions, startStack } from './stack.ts';
export {
  type AuthorizingTemporal,
  type AuthorizingTemporalOptions,
  startAuthorizingTemporal,
} from './temporal-authorizer.ts';
export { temporalCliPath } from './temporal-cli.ts';
export { type MutualTlsTemporalOptions, startMutualTlsTemporal } from './temporal-mutual-tls.ts';
export {
  startTemporalDevServer,
  type TemporalDevServer,
  type TemporalDevServerOptions,
} from './temporal-dev-server.ts';
export { parseCommandLine, UsageError } from './usage-error.ts';
export { startVerdaccio, type Verdaccio } from './verdaccio.ts';
export { goWorker } from './temporal-go.ts';
export { javaWorker } from './temporal-java.ts';
export { pythonWithTemporal } from './temporal-python.ts';

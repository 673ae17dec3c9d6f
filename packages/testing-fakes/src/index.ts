export { type ContractCase } from './contracts/contract-case.ts';
export {
  credentialSourceContract,
  type CredentialSourceContractSetup,
  type CredentialSourceFixture,
  type CredentialSourceUnderTest,
} from './contracts/credential-source-contract.ts';
export {
  daprContractSecrets,
  daprContractVariable,
  daprSidecarContract,
  type DaprSidecarContractSetup,
  type DaprSidecarUnderTest,
} from './contracts/dapr-sidecar-contract.ts';
export {
  secretStoreContract,
  type SecretStoreContractSetup,
  type SecretStoreFixture,
  type SecretStoreUnderTest,
} from './contracts/secret-store-contract.ts';
export { type FakeDaprComponent, type FakeSecret } from './dapr/component.ts';
export {
  type FakeDaprAddress,
  type FakeDaprRequest,
  FakeDaprSidecar,
  type FakeDaprSidecarOptions,
} from './dapr/fake-dapr-sidecar.ts';
export { type DaprVersion } from './dapr/metadata.ts';
export { type Fault } from './dapr/faults.ts';
export { FakeClock } from './fake-clock.ts';
export { type LoopbackHandler, type LoopbackServer, readBody, startLoopbackServer } from './http-server.ts';

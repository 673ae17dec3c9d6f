export { type FakeDaprComponent, type FakeSecret } from './dapr/component.ts';
export {
  type FakeDaprAddress,
  type FakeDaprRequest,
  FakeDaprSidecar,
  type FakeDaprSidecarOptions,
} from './dapr/fake-dapr-sidecar.ts';
export { type Fault } from './dapr/faults.ts';
export { FakeClock } from './fake-clock.ts';
export { type LoopbackHandler, type LoopbackServer, readBody, startLoopbackServer } from './http-server.ts';

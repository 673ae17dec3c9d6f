export { FakeClock } from './fake-clock.ts';
export { type Refusal } from './gateway/answers.ts';
export { type DenialReason } from './gateway/authorizer.ts';
export { type JsonWebKeySet } from './gateway/json-web-keys.ts';
export { type SeenToken } from './gateway/seen-tokens.ts';
export {
  TemporalAuthGateway,
  type RpcEvent,
  type TemporalAuthGatewayOptions,
} from './gateway/temporal-auth-gateway.ts';
export { type TokenFault } from './gateway/verify-jwt.ts';

import { TemporalAuthGateway } from '../gateway/temporal-auth-gateway.ts';
import { authorizerFlags, authorizerValues, defaultJwksUrl, jwksUrl } from './authorizer-options.ts';
import type { Command } from './command.ts';
import { authorityLines, portFlag, tlsFlag } from './common-flags.ts';
import { rpcLine } from './log-lines.ts';
import { port, text } from './option-values.ts';

const defaultPort = 7_243;

/** A proxy before a Temporal frontend that checks tokens. */
export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'A proxy before a Temporal frontend that checks the bearer token of every RPC.',
  options: {
    port: portFlag(defaultPort),
    upstream: {
      type: 'string',
      value: 'host:port',
      description: 'the Temporal frontend, or an http(s) URL of it; default 127.0.0.1:7233',
    },
    jwks: {
      type: 'string',
      value: 'url',
      description: `the keys that tokens are signed with; default ${defaultJwksUrl}, where "oauth" has them`,
    },
    ...authorizerFlags,
    tls: tlsFlag,
  },
  examples: ['gateway --upstream 127.0.0.1:7233 --jwks http://127.0.0.1:9000/jwks', 'gateway --speaks envoy'],
  async start(values, log) {
    const upstream = text(values, 'upstream') ?? '127.0.0.1:7233';
    const gateway = await TemporalAuthGateway.start({
      ...authorizerValues(values),
      port: port(values, defaultPort),
      tls: values['tls'] === true,
      upstream,
      jwks: jwksUrl(text(values, 'jwks') ?? defaultJwksUrl),
    });
    gateway.subscribe((call) => {
      log(rpcLine(call));
    });
    return {
      introduction: [
        `Temporal with tokens checked: ${gateway.address}; what may pass goes on to ${upstream}`,
        ...authorityLines(gateway.caCertificate),
      ],
      stop: () => gateway.stop(),
    };
  },
};

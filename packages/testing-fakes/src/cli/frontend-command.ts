import { FakeTemporalFrontend } from '../frontend/fake-temporal-frontend.ts';
import { authorizerFlags, authorizerValues, jwksUrl } from './authorizer-options.ts';
import type { Command } from './command.ts';
import { authorityLines, portFlag, tlsFlag } from './common-flags.ts';
import { rpcLine } from './log-lines.ts';
import { port, text, texts } from './option-values.ts';

const defaultPort = 7_233;

/** A Temporal server in memory. */
export const frontendCommand: Command = {
  name: 'frontend',
  summary: 'A Temporal server in memory that workers and clients connect to; wants a token with every call.',
  options: {
    port: portFlag(defaultPort),
    namespace: {
      type: 'string',
      value: 'name',
      multiple: true,
      description: 'a namespace; default "default"',
    },
    jwks: {
      type: 'string',
      value: 'url',
      description: 'the keys that tokens are signed with; default any token is taken',
    },
    ...authorizerFlags,
    tls: tlsFlag,
  },
  examples: ['frontend --jwks http://127.0.0.1:9000/jwks', 'frontend --port 0 --namespace extraction'],
  async start(values, log) {
    const namespaces = texts(values, 'namespace');
    const jwks = text(values, 'jwks');
    const frontend = await FakeTemporalFrontend.start({
      ...authorizerValues(values),
      port: port(values, defaultPort),
      tls: values['tls'] === true,
      ...(namespaces.length > 0 && { namespaces }),
      ...(jwks !== undefined && { jwks: jwksUrl(jwks) }),
    });
    frontend.subscribe((call) => {
      log(rpcLine(call));
    });
    return {
      introduction: [`Temporal: ${frontend.address}`, ...authorityLines(frontend.caCertificate)],
      stop: () => frontend.stop(),
    };
  },
};

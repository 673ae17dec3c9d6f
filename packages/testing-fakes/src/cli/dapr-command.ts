import type { FakeSecret } from '../dapr/component.ts';
import { FakeDaprSidecar } from '../dapr/fake-dapr-sidecar.ts';
import type { Command } from './command.ts';
import { authorityLines, portFlag, tlsFlag } from './common-flags.ts';
import { daprLine } from './log-lines.ts';
import { halves, port, text, texts } from './option-values.ts';

const defaultPort = 3_500;

/** A Dapr sidecar with one secret store. */
export const daprCommand: Command = {
  name: 'dapr',
  summary: 'A Dapr sidecar with a secret store component: secrets, metadata and health over HTTP.',
  options: {
    port: portFlag(defaultPort),
    component: {
      type: 'string',
      value: 'name',
      description: 'name of the component; default deployment-secret-store',
    },
    type: {
      type: 'string',
      value: 'secretstores.…',
      description: 'whose shape and words it has; default secretstores.hashicorp.vault',
    },
    secret: {
      type: 'string',
      value: 'name:key=value',
      multiple: true,
      description: 'a field of a secret, or a secret of one value by name=value',
    },
    'api-token': {
      type: 'string',
      value: 'text',
      description: 'requests without it are rejected; default none',
    },
    tls: tlsFlag,
  },
  examples: [
    'dapr --secret atlan-deployment-secrets:app_client_id=demo --secret atlan-deployment-secrets:app_client_secret=secret',
  ],
  async start(values, log) {
    const name = text(values, 'component') ?? 'deployment-secret-store';
    const type = text(values, 'type') ?? 'secretstores.hashicorp.vault';
    const apiToken = text(values, 'api-token');
    const secrets = secretsOf(texts(values, 'secret'));
    const dapr = await FakeDaprSidecar.start({
      port: port(values, defaultPort),
      tls: values['tls'] === true,
      components: [{ name, type, secrets }],
      ...(apiToken !== undefined && { apiToken }),
    });
    dapr.subscribe((request) => {
      log(daprLine(request));
    });
    return {
      introduction: [
        `Dapr, for DAPR_HTTP_ENDPOINT: ${dapr.url}`,
        `${type} "${name}" has ${Object.keys(secrets).join(', ') || 'no secret'}`,
        ...authorityLines(dapr.caCertificate),
      ],
      stop: () => dapr.stop(),
    };
  },
};

function secretsOf(given: readonly string[]): Readonly<Record<string, FakeSecret>> {
  const secrets = new Map<string, FakeSecret>();
  const fieldsOf = new Map<string, Record<string, string>>();
  for (const one of given) {
    const [left, value] = halves(one, '=', { option: 'secret', form: 'name:key=value or name=value' });
    const [name = '', key] = left.split(/:(.*)/s);
    if (key === undefined) {
      secrets.set(name, value);
      continue;
    }
    const fields = { ...fieldsOf.get(name), [key]: value };
    fieldsOf.set(name, fields);
    secrets.set(name, fields);
  }
  return Object.fromEntries(secrets);
}

import { anything, checkGiven } from '../../given/check-given.ts';
import { FakeDaprSidecar } from '../../dapr/fake-dapr-sidecar.ts';
import type { DaprVersion, FakeDaprComponent } from '../../dapr/component.ts';
import type { HttpFault } from '../../server/http-fault.ts';
import { check, planting } from '../checks.ts';
import { daprContractSecrets, daprContractVariable, deployment } from './dapr-content.ts';
import type { DaprMisbehaviour, DaprSidecarContractSetup } from './dapr-under-test.ts';

/** A fake sidecar over the data of `daprSidecarContract`, and all of the contract's setup but the adapter. */
export interface DaprContractSidecar {
  readonly sidecar: FakeDaprSidecar;
  /** The token that it asks for. */
  readonly apiToken: string;
  readonly setup: Omit<DaprSidecarContractSetup, 'connect'>;
}

const apiToken = planting('k5=Wd~9t+Qn.3*zR%b2!');
const fileComponent = 'contract-file';
const environmentComponent = 'contract-env';
const deniedSecret = 'denied';
const components: readonly FakeDaprComponent[] = [
  {
    name: fileComponent,
    type: 'secretstores.local.file',
    metadata: { multiValued: 'true' },
    secrets: daprContractSecrets,
    scope: { deniedSecrets: [deniedSecret] },
  },
  {
    name: environmentComponent,
    type: 'secretstores.local.env',
    secrets: { [daprContractVariable.name]: daprContractVariable.value },
  },
  { name: 'contract-another-file', type: 'secretstores.local.file' },
  { name: 'contract-a-state', type: 'state.in-memory' },
];

const secretBody = JSON.stringify(daprContractSecrets[deployment]);
const faults: Readonly<Record<Exclude<DaprMisbehaviour, 'loading' | 'awaitsApp'>, HttpFault>> = {
  silent: { connection: 'hang' },
  unfinished: { connection: 'silence', body: secretBody },
  reset: { connection: 'reset' },
  truncated: { connection: 'truncate', body: secretBody },
  html: { body: `<html>${secretBody}` },
  list: { body: `[${secretBody}]` },
  noContent: { status: 204 },
  redirect: { status: 307, headers: { location: '/v1.0/elsewhere' } },
  backEndFails: {
    status: 500,
    body: JSON.stringify({
      errorCode: 'ERR_SECRET_GET',
      message: 'dial tcp 10.0.0.1:443: connection refused',
    }),
  },
};

/** Starts a fake sidecar that `daprSidecarContract` can be run against; stop it when the cases have run. */
export async function startDaprContractSidecar(
  options: { readonly version?: DaprVersion } = {},
): Promise<DaprContractSidecar> {
  checkGiven('startDaprContractSidecar', options, { version: anything });
  const sidecar = await FakeDaprSidecar.start({ ...options, apiToken, components });
  return {
    sidecar,
    apiToken,
    setup: {
      fileComponent,
      environmentComponent,
      componentNames: components.map(({ name }) => name),
      asksForToken: true,
      deniedSecret,
      secrets: [apiToken],
      requests: () => {
        const isShown = sidecar.requests.some(({ path }) => path.includes(apiToken));
        check(!isShown, 'The API token was sent in the URL: send it in the header dapr-api-token');
        return sidecar.requests.length;
      },
      misbehave: (how) => {
        if (how === 'loading') void sidecar.goCold();
        else if (how === 'awaitsApp') sidecar.appIsReady = false;
        else sidecar.failWith(faults[how]);
        return () => {
          // A case that has failed may come to this late, when the sidecar is stopped for good.
          if (sidecar.isListening) void sidecar.warmUp();
          sidecar.appIsReady = true;
          sidecar.recover();
        };
      },
    },
  };
}

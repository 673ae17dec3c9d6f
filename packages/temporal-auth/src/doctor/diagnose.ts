import { checkAgent } from './check-agent.ts';
import { checkConfiguration, checkTrust } from './check-configuration.ts';
import { checkCredentials } from './check-credentials.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { checkTemporal } from './check-temporal.ts';
import { checkToken } from './check-token.ts';
import type { DiagnoseOptions, Diagnosis } from './diagnosis.ts';
import { DiagnosisContext, type Program } from './diagnosis-context.ts';

const steps = [
  ...[checkTrust, checkAgent, checkConfiguration, checkCredentials],
  ...[checkEndpoint, checkToken, checkTemporal],
];

/**
 * Looks at everything that a client or a worker needs, step by step: configuration, secret store, token endpoint, token, Temporal. Goes on
 * after a failure where later steps can still say something, and separates causes from consequences. Changes nothing: it reads the
 * credentials, asks for two tokens (where the client is rejected, once by each other method that is offered), and asks Temporal what a worker asks first.
 *
 * Whatever the environment, the servers and the options of the client are like, it resolves.
 *
 * @param options those of the client that is to be looked into; default none, so that the environment says everything
 * @throws RangeError for a `timeoutMs` outside its range; TypeError for an `agent`, `signal` or `clock` that is none; the signal's reason
 */
export function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  return diagnoseProgram(options);
}

/** @param program what the program has set, where that is known */
export async function diagnoseProgram(options: DiagnoseOptions, program?: Program): Promise<Diagnosis> {
  await using context = new DiagnosisContext(options, program);
  for (const check of steps) await check(context);
  return context.diagnosis();
}

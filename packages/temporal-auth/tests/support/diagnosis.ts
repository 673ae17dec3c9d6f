import {
  assertNoLeak,
  FakeClock,
  fakeStack,
  type FakeStack,
  type FakeStackOptions,
  plantSecret,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Check, DiagnoseOptions, Diagnosis } from '../../src/doctor/diagnosis.ts';
import { vi } from 'vitest';
import { settled } from './scene.ts';

/** Servers around a client, whose secret stands nowhere else. */
export interface DiagnosisScene extends AsyncDisposable {
  readonly stack: FakeStack;
  /** What a client of the stack has in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts an OAuth server, a sidecar that holds the credentials, and a Temporal that wants tokens. */
export async function openDiagnosisScene(options: FakeStackOptions = {}): Promise<DiagnosisScene> {
  const clientSecret = plantSecret();
  const oauth = options.oauth?.clients === undefined ? { clientSecret, ...options.oauth } : options.oauth;
  const stack = await fakeStack({ frontend: true, ...options, oauth });
  return {
    stack,
    env: inOlderWords(stack),
    [Symbol.asyncDispose]: () => stack.stop(),
  };
}

/** The environment of the stack in the words of the source document, which the pages of the doctor are tried with. */
function inOlderWords({ env, applicationName }: FakeStack): Readonly<Record<string, string>> {
  const { TEMPORAL_ADDRESS, WORKER_AUTH_ENABLED, WORKER_AUTH_TOKEN_URL, ...others } = env;
  const [host, port] = TEMPORAL_ADDRESS?.split(':') ?? [];
  return {
    ...{ ...others, ATLAN_APPLICATION_NAME: applicationName },
    ...(WORKER_AUTH_ENABLED !== undefined && { ATLAN_WORKFLOW_AUTH_ENABLED: WORKER_AUTH_ENABLED }),
    ...(WORKER_AUTH_TOKEN_URL !== undefined && { ATLAN_WORKFLOW_AUTH_URL: WORKER_AUTH_TOKEN_URL }),
    ...(host !== undefined && port !== undefined && { ATLAN_WORKFLOW_HOST: host, ATLAN_WORKFLOW_PORT: port }),
  };
}

/** The same, with a Temporal that takes any token. */
export async function openLenientScene(
  options: Omit<FakeStackOptions, 'frontend'> & Pick<FakeTemporalFrontendOptions, 'tls'> = {},
): Promise<DiagnosisScene> {
  const { tls, ...stackOptions } = options;
  await using started = new AsyncDisposableStack();
  const scene = started.use(await openDiagnosisScene({ ...stackOptions, frontend: false }));
  const temporal = started.use(await FakeTemporalFrontend.start({ acceptToken: () => true, tls }));
  const owned = started.move();
  return {
    stack: scene.stack,
    env: { ...scene.env, ATLAN_WORKFLOW_HOST: '127.0.0.1', ATLAN_WORKFLOW_PORT: String(temporal.port) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Of this process, which takes as long as a diagnosis. */
const report = process.report.getReport();

/** The diagnosis, in which no secret and no token can be seen. */
export async function diagnosed(
  { stack, env }: DiagnosisScene,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  vi.spyOn(process.report, 'getReport').mockReturnValue(report);
  const diagnosis = await diagnose({ timeoutMs: 30_000, ...options, env: { ...env, ...options.env } });
  const secrets = [stack.oauth.clientSecret, ...stack.oauth.issuedTokens].filter((secret) => secret !== '');
  assertNoLeak(diagnosis, secrets);
  return diagnosis;
}

/** The same where something never answers: its time passes as soon as nothing else happens, work of threads included. */
export async function diagnosedLate(
  scene: DiagnosisScene,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const clock = new FakeClock({ wallMs: Date.now() });
  const letGo = clock.holdWhile({ description: 'a diagnosis', isUnderWay: () => false });
  const late = diagnosed(scene, { timeoutMs: 5_000, ...options, clock });
  return settled({ clock, log: new RecordingLogger() }, late).finally(letGo);
}

/** The check of this name, and as `error` its cause and remedy as one text. */
export function checkOf({ categories }: Diagnosis, name: CheckName): Check & { readonly error?: string } {
  const found = categories.flatMap(({ checks }) => checks).find((check) => check.name === name);
  if (found === undefined) throw new Error(`There is no check "${name}"`);
  return { ...found, ...(found.cause !== undefined && { error: `${found.cause} ${found.remedy}` }) };
}

/** The names of the checks that came to this, in order. */
export function namesOf({ categories }: Diagnosis, result: Check['result']): readonly CheckName[] {
  return categories
    .flatMap(({ checks }) => checks)
    .flatMap((check) => (check.result === result ? [check.name] : []));
}

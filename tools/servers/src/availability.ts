import { catalogue, type ProgramName } from './catalogue.ts';
import { obtain, type Places, UnavailableError } from './lookup.ts';

/**
 * Why servers cannot be had on this machine, found out without starting one. What is missing is fetched first, which takes minutes
 * the first time: `npm run servers -- fetch` does it beforehand.
 *
 * @returns one sentence or more; undefined when all can be started
 */
export async function lacking(...names: readonly ProgramName[]): Promise<string | undefined> {
  return await lackingOf(names.map((name) => catalogue[name]()));
}

/** What not every platform has: Envoy's wheel is for Linux on x86-64, Prometheus comes from Debian. */
const optional: ReadonlySet<ProgramName> = new Set(['envoy', 'prometheus']);

/**
 * Why tests that need these servers are skipped: `describe.skipIf(reason !== undefined)`. Where `CI` is `true`, nothing is
 * skipped but what not every platform has: anything else that is lacking is an error.
 */
export async function skipReason(...names: readonly ProgramName[]): Promise<string | undefined> {
  const isOptional = (name: ProgramName): boolean => optional.has(name);
  const required = failInCi(await lacking(...names.filter((name) => !isOptional(name))));
  return required ?? (await lacking(...names.filter(isOptional)));
}

/** {@link lacking} for any programs. */
export async function lackingOf(programs: readonly Places[]): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const places of programs) {
    try {
      await obtain(places);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

/** @throws UnavailableError with the reason, if there is one and `CI` is `true` */
export function failInCi(
  reason: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (reason !== undefined && env['CI'] === 'true') {
    throw new UnavailableError(`${reason} With CI=true, a missing server is a failure.`);
  }
  return reason;
}

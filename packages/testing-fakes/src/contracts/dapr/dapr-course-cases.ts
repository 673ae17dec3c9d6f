import { check, checkFields, checkSame } from '../checks.ts';
import { brokenBy } from '../contract-case.ts';
import { Course, settled, type Settled } from '../course.ts';
import type { Random } from '../random.ts';
import { daprContractSecrets, deployment, missing, oddName } from './dapr-content.ts';
import { daprCases, type DaprFixture, daprPromises as promises, unanswered } from './dapr-under-test.ts';

/** A call of a course, and what must come of it. */
interface Call {
  readonly text: string;
  readonly outcome: Promise<Settled<unknown>>;
  readonly check: (value: unknown) => void;
  /** Whether the sidecar can answer this one. */
  readonly isAnswered: boolean;
  readonly controller: AbortController | undefined;
  readonly hadLeft: boolean;
}

/** Calls of each kind, callers who leave, and a sidecar that fails, in any order. */
export const courseCases = daprCases(promises.secret, {
  'gives what the sidecar has, in a random course of calls, failures and callers who leave': (fixture) => {
    let wasExact = true;
    return new Course(13, fixture).run(async (course, random) => {
      const { requests, leftToDeadlines = [] } = fixture;
      const faults = unanswered.filter((how) => !leftToDeadlines.includes(how));
      const how =
        fixture.misbehave !== undefined && random.onceIn(4) ? faults[random.below(faults.length)] : undefined;
      const end = how === undefined ? undefined : fixture.misbehave?.(how);
      if (how !== undefined) course.step(`the sidecar misbehaves: ${how}`);
      const before = requests?.() ?? 0;
      try {
        const calls = Array.from({ length: 1 + random.below(5) }, () =>
          makeCall(fixture, course, random, how),
        );
        for (const { controller } of calls) if (random.onceIn(2)) controller?.abort('left during the call');
        for (const call of calls) await checkCall(call);
        // The request of one who left may come later.
        const isExact = calls.every(({ controller }) => controller?.signal.aborted !== true);
        const made = (requests?.() ?? 0) - before;
        const most = isExact && wasExact ? calls.length : Infinity;
        wasExact = isExact;
        await brokenBy(promises.once, () => {
          check(made <= most, `${made} requests for ${most} calls: ask once for each`);
        });
      } finally {
        end?.();
      }
    });
  },
});

function makeCall(
  { adapter, fileComponent, environmentComponent, componentNames }: DaprFixture,
  course: Course,
  random: Random,
  how: (typeof unanswered)[number] | undefined,
): Call {
  const controller = random.onceIn(2) ? new AbortController() : undefined;
  const hadLeft = controller !== undefined && random.onceIn(4);
  if (hadLeft) controller.abort('had left');
  const options = { signal: controller?.signal };
  const secretOf = (
    component: string,
    name: string,
  ): Omit<Call, 'text' | 'controller' | 'hadLeft' | 'isAnswered'> => ({
    outcome: settled(adapter.getSecret(component, name, options)),
    check: (value) => {
      const fields = component === fileComponent ? daprContractSecrets[name] : undefined;
      if (fields === undefined) check(value === undefined, `"${name}" must be undefined: it is not there`);
      else checkFields(value as Readonly<Record<string, string>> | undefined, fields, `the secret "${name}"`);
      // A caller may do with it what he likes: nobody else's changes by it.
      for (const key of Object.keys(value ?? {})) Reflect.set(value ?? {}, key, 'changed by a caller');
    },
  });
  const kinds = [
    [
      'isReady',
      () => ({
        outcome: settled(adapter.isReady(options)),
        check: (value: unknown) => {
          checkSame(value, true, 'What isReady gives');
        },
      }),
    ],
    [
      'getComponents',
      () => ({
        outcome: settled(adapter.getComponents(options)),
        check: (value: unknown) => {
          const names = (value as readonly { readonly name: string }[]).map(({ name }) => name);
          checkSame(names, componentNames ?? names, 'The names of the components');
        },
      }),
    ],
    ['getSecret', () => secretOf(fileComponent, deployment)],
    ['getSecret of an odd name', () => secretOf(fileComponent, oddName)],
    ['getSecret of a missing name', () => secretOf(fileComponent, missing)],
    ['getSecret of another component', () => secretOf(environmentComponent, deployment)],
  ] as const;
  const [kind, call] = kinds[random.below(kinds.length)] ?? kinds[0];
  const text = `${kind}${hadLeft ? ', with an aborted signal' : controller === undefined ? '' : ', with a signal'}`;
  course.step(text);
  return { text, controller, hadLeft, isAnswered: how === undefined, ...call() };
}

async function checkCall({
  text,
  outcome,
  check: checkValue,
  isAnswered,
  controller,
  hadLeft,
}: Call): Promise<void> {
  const result = await outcome;
  if ('reason' in result) {
    if (controller?.signal.aborted === true && result.reason === controller.signal.reason) return;
    await brokenBy(promises.rejects, () => {
      check(
        controller?.signal.aborted !== true || !isAnswered,
        `${text} must reject with the signal's own reason`,
      );
      check(!isAnswered, `${text} rejected, and the sidecar answers: ${String(result.reason)}`);
    });
    return;
  }
  await brokenBy(promises.rejects, () => {
    check(!hadLeft, `${text} was answered, and its caller had left before`);
  });
  // Which fault hides an answer of which kind, the cases of the faults say; no secret can be read in any.
  if (isAnswered) checkValue(result.value);
  else {
    await brokenBy(promises.rejects, () => {
      check(!text.startsWith('getSecret'), `${text} must reject: the sidecar cannot answer`);
    });
  }
}

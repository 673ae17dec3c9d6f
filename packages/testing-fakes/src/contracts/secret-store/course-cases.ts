import { afterTurns } from '../../host-time.ts';
import { check, checkFields } from '../checks.ts';
import { brokenBy } from '../contract-case.ts';
import { Course, settled, type Settled } from '../course.ts';
import type { Random } from '../random.ts';
import {
  casesWith,
  type ContractSecrets,
  type SecretStoreFixture,
  type SecretStoreCase,
  type SecretStoreContractSetup,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

type Fields = Readonly<Record<string, string>>;

const failures = ['broken', 'malformed', 'hanging'] as const;
const hooks = { broken: 'break', malformed: 'answerMalformed', hanging: 'hang' } as const;
type State = 'well' | (typeof failures)[number];
const changedText = 'changed by a caller';

/** A read of a course, and what may become of it. */
interface Read {
  readonly name: string;
  readonly outcome: Promise<Settled<Fields | undefined>>;
  /** Since when what the store held may be given: the last `invalidate`, or the beginning of the read. */
  readonly since: number;
  readonly controller: AbortController | undefined;
  /** Whether the back end answers, or the store may remember: something was read since the last `invalidate`. */
  readonly mayAnswer: boolean;
}

/** Any names and values in any order of changes, failures and callers, against a model of what a store may give. */
export function courseCases({ shape, names }: SecretStoreContractSetup): readonly SecretStoreCase[] {
  return casesWith({})(promises.fields, {
    'gives what its back end holds, in a random course of reads, changes, failures and callers who leave': (
      fixture,
    ) => new StoreCourse(fixture, shape, names).run(),
  });
}

class StoreCourse {
  readonly #fixture: SecretStoreFixture;
  readonly #isMap: boolean;
  readonly #names: readonly string[] | undefined;
  /** What the back end held, one after the other. */
  readonly #contents: ContractSecrets[] = [{}];
  #invalidatedAt = 0;
  #state: State = 'well';
  #hasRead = false;

  constructor(fixture: SecretStoreFixture, shape: 'map' | 'value', names: readonly string[] | undefined) {
    this.#fixture = fixture;
    this.#isMap = shape === 'map';
    this.#names = names;
  }

  run(): Promise<void> {
    return new Course(11, this.#fixture).run(async (course, random) => {
      const names = this.#namesOf(random);
      await this.#change(course, random, names);
      const next = this.#nextState(random);
      if (next !== 'well' && random.onceIn(2)) await this.#readAll(course, names);
      await this.#turn(course, next);
      if (next !== 'well' && random.onceIn(2)) this.#invalidate(course);
      const reads = [];
      for (let count = 1 + random.below(5); count > 0; count--) {
        // A back end that hangs would answer nobody before a deadline.
        const isSignalled = next === 'hanging' || random.onceIn(2);
        reads.push(this.#read(course, names[random.below(names.length)] ?? '', isSignalled));
        if (random.onceIn(3)) await afterTurns(random.below(3));
        if (random.onceIn(6)) await this.#change(course, random, names);
        if (random.onceIn(6)) this.#invalidate(course);
      }
      for (const { controller } of reads)
        if (controller !== undefined && (next === 'hanging' || random.onceIn(2)))
          controller.abort(`left in round ${course.round}`);
      for (const read of reads) await this.#check(read);
      if (next === 'well') return;
      course.step('all have ended');
      await this.#turn(course, 'well');
      await brokenBy(promises.apart, () => this.#readAll(course, names));
    });
  }

  get #now(): number {
    return this.#contents.length - 1;
  }

  /** Some are near others. */
  #namesOf(random: Random): readonly string[] {
    const names = Array.from({ length: 4 }, () => this.#name(random));
    if (this.#names === undefined && random.onceIn(2)) names[1] = random.twinOf(names[0] ?? '');
    return names;
  }

  async #readAll(course: Course, names: readonly string[]): Promise<void> {
    const reads = names.map((name) => this.#read(course, name));
    for (const read of reads) await this.#check(read);
    course.step('all have ended');
  }

  #name(random: Random): string {
    if (this.#names === undefined) return random.name();
    return [`name-${random.below(40)}`, ...this.#names][random.below(this.#names.length + 1)] ?? '';
  }

  /** Not while it fails, as what fails may take no change. */
  async #change(course: Course, random: Random, names: readonly string[]): Promise<void> {
    if (this.#state !== 'well') return;
    const held = names.filter(() => !random.onceIn(3));
    course.step(`the back end holds ${held.map((name) => JSON.stringify(name)).join(', ')}`);
    const next = Object.fromEntries(held.map((name) => [name, this.#fields(name, random)]));
    // While it changes it may hold nothing.
    this.#contents.push({}, next);
    await this.#fixture.replace(next);
  }

  #fields(name: string, random: Random): Fields {
    if (!this.#isMap) return { [name]: random.value() };
    return Object.fromEntries(
      Array.from({ length: 1 + random.below(4) }, () => [random.name(), random.value()]),
    );
  }

  #invalidate(course: Course): void {
    const { store } = this.#fixture;
    if (store.invalidate === undefined) return;
    course.step('invalidate()');
    store.invalidate();
    this.#hasRead = false;
    this.#invalidatedAt = this.#now;
  }

  async #turn(course: Course, next: State): Promise<void> {
    if (next === this.#state) return;
    course.step(`the back end is ${next}`);
    if (this.#state !== 'well') await this.#fixture.mend?.();
    if (next !== 'well') await this.#fixture[hooks[next]]?.();
    this.#state = next;
  }

  #nextState(random: Random): State {
    if (this.#fixture.mend === undefined || !random.onceIn(4)) return 'well';
    const states = failures.filter((state) => this.#fixture[hooks[state]] !== undefined);
    return states[random.below(states.length)] ?? 'well';
  }

  #read(course: Course, name: string, isSignalled = false): Read {
    const { store } = this.#fixture;
    const controller = isSignalled ? new AbortController() : undefined;
    course.step(`get(${JSON.stringify(name)}${controller === undefined ? '' : ', { signal }'})`);
    const since = store.invalidate === undefined ? this.#now : this.#invalidatedAt;
    const outcome = settled(store.get(name, { signal: controller?.signal }));
    const mayAnswer = this.#state === 'well' || (store.invalidate !== undefined && this.#hasRead);
    if (this.#state === 'well') this.#hasRead = true;
    return { name, since, controller, outcome, mayAnswer };
  }

  async #check({ name, since, controller, outcome, mayAnswer }: Read): Promise<void> {
    const what = `the secret ${JSON.stringify(name)}`;
    const result = await outcome;
    if ('reason' in result) {
      if (controller?.signal.aborted === true && result.reason === controller.signal.reason) return;
      check(this.#state !== 'well', `The read of ${what} rejected: ${String(result.reason)}`);
      return;
    }
    await brokenBy(promises.stale, () => {
      check(mayAnswer, `The read of ${what} must reject: the back end is ${this.#state}`);
    });
    const held = this.#contents.slice(since).map((content) => content[name]);
    const given = result.value;
    const isHeld = held.some((fields) => isSame(given, fields));
    if (isHeld) {
      // A caller may do with it what he likes.
      for (const key of Object.getOwnPropertyNames(given ?? {})) Reflect.set(given ?? {}, key, changedText);
      return;
    }
    await brokenBy(promises.own, () => {
      check(
        !Object.getOwnPropertyNames(given ?? {}).some((key) => given?.[key] === changedText),
        `${what} was changed by another caller`,
      );
    });
    if (held.every((fields) => fields === undefined))
      check(false, `${what} must be undefined: it is not there`);
    checkFields(given, held.at(-1) ?? {}, what);
  }
}

function isSame(given: Fields | undefined, held: Fields | undefined): boolean {
  if (given === undefined || held === undefined) return given === held;
  const names = Object.keys(held);
  return (
    Object.getOwnPropertyNames(given).length === names.length &&
    names.every((name) => given[name] === held[name])
  );
}

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
type State = 'well' | 'broken' | 'malformed';

/** A read of a course, and what may become of it. */
interface Read {
  readonly name: string;
  readonly outcome: Promise<Settled<Fields | undefined>>;
  /** Since when what the store held may be given: the last `invalidate`, or the beginning of the read. */
  readonly since: number;
  readonly controller: AbortController | undefined;
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

  constructor(fixture: SecretStoreFixture, shape: 'map' | 'value', names: readonly string[] | undefined) {
    this.#fixture = fixture;
    this.#isMap = shape === 'map';
    this.#names = names;
  }

  run(): Promise<void> {
    return new Course(11).run(async (course, random) => {
      const names = Array.from({ length: 4 }, () => this.#name(random));
      await this.#turn(course, 'well');
      await this.#change(course, random, names);
      await this.#turn(course, this.#nextState(random));
      const reads = [];
      for (let count = 1 + random.below(5); count > 0; count--) {
        reads.push(this.#read(course, random, names));
        if (random.onceIn(3)) await afterTurns(random.below(3));
        if (random.onceIn(6)) await this.#change(course, random, names);
        if (random.onceIn(6)) this.#invalidate(course);
      }
      for (const { controller } of reads)
        if (controller !== undefined && random.onceIn(2)) controller.abort(`left in round ${course.round}`);
      for (const read of reads) await this.#check(read);
    });
  }

  get #now(): number {
    return this.#contents.length - 1;
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
    this.#invalidatedAt = this.#now;
  }

  async #turn(course: Course, next: State): Promise<void> {
    if (next === this.#state) return;
    course.step(`the back end is ${next}`);
    if (this.#state !== 'well') await this.#fixture.mend?.();
    if (next === 'broken') await this.#fixture.break?.();
    if (next === 'malformed') await this.#fixture.answerMalformed?.();
    this.#state = next;
  }

  #nextState(random: Random): State {
    if (this.#fixture.mend === undefined || !random.onceIn(4)) return 'well';
    return this.#fixture.answerMalformed !== undefined && random.onceIn(2) ? 'malformed' : 'broken';
  }

  #read(course: Course, random: Random, names: readonly string[]): Read {
    const { store } = this.#fixture;
    const name = names[random.below(names.length)] ?? '';
    const controller = random.onceIn(2) ? new AbortController() : undefined;
    course.step(`get(${JSON.stringify(name)}${controller === undefined ? '' : ', { signal }'})`);
    const since = store.invalidate === undefined ? this.#now : this.#invalidatedAt;
    const outcome = settled(store.get(name, { signal: controller?.signal }));
    return { name, since, controller, outcome };
  }

  async #check({ name, since, controller, outcome }: Read): Promise<void> {
    const what = `the secret ${JSON.stringify(name)}`;
    const result = await outcome;
    if ('reason' in result) {
      if (controller?.signal.aborted === true && result.reason === controller.signal.reason) return;
      check(this.#state !== 'well', `The read of ${what} rejected: ${String(result.reason)}`);
      return;
    }
    const mayRemember = this.#fixture.store.invalidate !== undefined;
    await brokenBy(promises.outcomes, () => {
      check(
        this.#state === 'well' || mayRemember,
        `The read of ${what} must reject: the back end is ${this.#state}`,
      );
    });
    const held = this.#contents.slice(since).map((content) => content[name]);
    const given = result.value;
    const isHeld = held.some((fields) => isSame(given, fields));
    if (isHeld) {
      // A caller may do with it what he likes.
      for (const key of Object.keys(given ?? {})) Reflect.set(given ?? {}, key, 'changed by a caller');
      return;
    }
    if (held.every((fields) => fields === undefined))
      check(false, `${what} must be undefined: it is not there`);
    checkFields(given, held.at(-1) ?? {}, what);
  }
}

function isSame(given: Fields | undefined, held: Fields | undefined): boolean {
  if (given === undefined || held === undefined) return given === held;
  const names = Object.keys(held);
  return Object.keys(given).length === names.length && names.every((name) => given[name] === held[name]);
}

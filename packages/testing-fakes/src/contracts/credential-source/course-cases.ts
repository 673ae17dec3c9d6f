import { afterTurns } from '../../host-time.ts';
import { check, checkShowsNone, differenceOf, searchFor } from '../checks.ts';
import { brokenBy } from '../contract-case.ts';
import { Course, settled, type Settled } from '../course.ts';
import type { Random } from '../random.ts';
import {
  anyCredentials as credentials,
  type ContractCredentials,
  contractSecrets,
  credentialSourceCases,
  credentialSourcePromises as promises,
  firstCredentials,
  type CredentialSourceFixture,
} from './credential-source-under-test.ts';

type Given = Awaited<ReturnType<CredentialSourceFixture['source']['get']>>;

/** A get of a course, and what may become of it. */
interface Get {
  readonly outcome: Promise<Settled<Given>>;
  /** Since when what the store held may be given. */
  readonly since: number;
  readonly controller: AbortController | undefined;
  /** Whether the store answers, or the source remembers. */
  readonly mayAnswer: boolean;
}

const changedText = 'changed by a caller';
/** Turns of the event loop in which a read comes to a store that takes it. */
const arrivalTurns = 8;

/** Credentials, changes, failures and callers in any order, against a model of what a source may give. */
export const courseCases = credentialSourceCases(promises.get, {
  'gives what its store holds, in a random course of gets, changes, failures and callers who leave': (
    fixture,
  ) => new SourceCourse(fixture).run(),
});

class SourceCourse {
  readonly #fixture: CredentialSourceFixture;
  /** What the store held, one after the other. */
  readonly #contents: (ContractCredentials | undefined)[] = [firstCredentials];
  #invalidatedAt = 0;
  #isBroken = false;
  /** What the source has given since the last `invalidate`. */
  #remembered: ContractCredentials | undefined;

  constructor(fixture: CredentialSourceFixture) {
    this.#fixture = fixture;
  }

  run(): Promise<void> {
    return new Course(7, this.#fixture).run(async (course, random) => {
      await this.#turn(course, random);
      if (random.onceIn(2)) await this.#change(course, random);
      if (course.round === 0 || random.onceIn(2)) this.#invalidate(course);
      const ends: (() => void)[] = [];
      if (random.onceIn(2)) this.#hold(course, ends);
      const gets: Get[] = [];
      for (let count = 1 + random.below(5); count > 0; count--) {
        gets.push(this.#get(course, random));
        if (random.onceIn(3)) this.#leave(course, random, gets);
        if (random.onceIn(2)) await afterTurns(1);
        if (!random.onceIn(3)) continue;
        await afterTurns(random.below(arrivalTurns));
        await this.#change(course, random);
        this.#invalidate(course);
        if (ends.length > 0) this.#hold(course, ends);
      }
      await afterTurns(random.below(3));
      this.#leave(course, random, gets);
      // The newest reads are answered first.
      for (const end of ends.reverse()) {
        await afterTurns(arrivalTurns);
        await this.#change(course, random);
        course.step('the store answers the newest reads');
        end();
      }
      for (const get of gets) await this.#check(get);
      await this.#check(this.#get(course));
    });
  }

  get #now(): number {
    return this.#contents.length - 1;
  }

  async #change(course: Course, random: Random): Promise<void> {
    const wanted = random.onceIn(5) ? undefined : credentials[random.below(credentials.length)];
    // What fails may take no change.
    const next = this.#isBroken ? this.#contents.at(-1) : wanted;
    course.step(`the store holds ${next === undefined ? 'none' : next.clientId}`);
    this.#contents.push(next);
    if (!this.#isBroken) await this.#fixture.replace(next);
  }

  #invalidate(course: Course): void {
    course.step('invalidate()');
    this.#fixture.source.invalidate();
    this.#invalidatedAt = this.#now;
    this.#remembered = undefined;
  }

  #hold(course: Course, ends: (() => void)[]): void {
    const end = this.#fixture.holdReads?.();
    if (end === undefined) return;
    course.step('the store takes reads and does not answer');
    ends.push(end);
  }

  async #turn(course: Course, random: Random): Promise<void> {
    const isBroken = this.#fixture.break !== undefined && random.onceIn(4);
    if (isBroken === this.#isBroken) return;
    course.step(isBroken ? 'the store fails' : 'the store answers again');
    await (isBroken ? this.#fixture.break?.() : this.#fixture.mend?.());
    this.#isBroken = isBroken;
  }

  #get(course: Course, random?: Random): Get {
    const controller = random?.onceIn(2) === true ? new AbortController() : undefined;
    course.step(controller === undefined ? 'get()' : 'get({ signal })');
    const outcome = settled(this.#fixture.source.get({ signal: controller?.signal }));
    return {
      outcome,
      since: this.#invalidatedAt,
      controller,
      mayAnswer: !this.#isBroken || this.#remembered !== undefined,
    };
  }

  #leave(course: Course, random: Random, gets: readonly Get[]): void {
    for (const { controller } of gets) {
      if (controller === undefined || controller.signal.aborted || random.onceIn(2)) continue;
      course.step('a caller leaves');
      controller.abort(`left in round ${course.round}`);
    }
  }

  async #check({ outcome, since, controller, mayAnswer }: Get): Promise<void> {
    const result = await outcome;
    const held = this.#contents.slice(since);
    if ('reason' in result) {
      if (controller?.signal.aborted === true && result.reason === controller.signal.reason) return;
      const isRight = this.#remembered === undefined && (this.#isBroken || held.includes(undefined));
      check(isRight, `A get rejected: ${String(result.reason)}`);
      checkShowsNone(result.reason, contractSecrets, 'The error');
      return;
    }
    await brokenBy(promises.none, () => {
      check(mayAnswer, 'A get must reject: the store fails, and nothing is remembered since invalidate()');
    });
    const { clientId, clientSecret, source } = result.value;
    const given = held.find((one) => one?.clientId === clientId);
    const isCurrent = since === this.#invalidatedAt;
    await brokenBy(promises.own, () => {
      check(clientId !== changedText, 'A get gave what another caller had changed');
    });
    check(
      given !== undefined,
      `The client id "${clientId}" is none that the store held since the last invalidate()`,
    );
    const difference = differenceOf(clientSecret, given.clientSecret);
    check(given.clientSecret === clientSecret, `The client secret is another than the store's${difference}`);
    if (isCurrent) {
      const remembered = (this.#remembered ??= given);
      check(
        remembered === given,
        `"${clientId}" was given, and "${remembered.clientId}" is remembered: read once until invalidate()`,
      );
    }
    await brokenBy(promises.source, () => {
      check(typeof source === 'string' && source !== '', 'The credentials must say where they came from');
      check(!searchFor(contractSecrets)(source), 'Where the credentials came from shows a secret');
    });
    // A caller may do with it what he likes.
    for (const key of ['clientId', 'clientSecret']) Reflect.set(result.value, key, changedText);
  }
}

import type { GetTokenOptions } from '@worker-auth/ports';
import { afterTurns } from '../../host-time.ts';
import { check } from '../checks.ts';
import { brokenBy } from '../contract-case.ts';
import { Course, settled, type Settled } from '../course.ts';
import type { Random } from '../random.ts';
import { CourseListener } from './course-listener.ts';
import {
  type TokenSourceFixture,
  tokenSourceCases,
  tokenSourcePromises as promises,
} from './token-source-under-test.ts';

/** A call of a course. */
interface Call {
  readonly text: string;
  readonly outcome: Promise<Settled<string>>;
  /** Whether a good token that the caller does not reject exists already. */
  readonly isServed: boolean;
  readonly controller: AbortController | undefined;
  readonly hadLeft: boolean;
}

/** Turns of the event loop in which a request comes to an endpoint that takes it. */
const arrivalTurns = 8;
const maxListeners = 6;
const noToken = 'a-token-that-nobody-gave';

/** Callers, listeners, failures and ends of tokens in any order, against a model of what a source may give. */
export const courseCases = tokenSourceCases(promises.getToken, {
  'gives the right token to everybody, in a random course of calls, rejections, failures and listeners': (
    fixture,
    quiet,
  ) => new TokenCourse(fixture, quiet).run(),
});

class TokenCourse {
  readonly #fixture: TokenSourceFixture;
  readonly #quiet: () => Promise<void>;
  /** What the source has published, one after the other. */
  readonly #published: string[] = [];
  #listeners: CourseListener[] = [];
  /** The token that must be served. */
  #current: string | undefined;
  #fails = false;
  /** Whether no time has passed since the newest token. */
  #isNew = false;
  /** Whether time has passed before this round. */
  #hasAged = true;
  /** How often all who waited have left: the source may end their request, and the next caller makes another. */
  #abandoned = 0;

  constructor(fixture: TokenSourceFixture, quiet: () => Promise<void>) {
    this.#fixture = fixture;
    this.#quiet = quiet;
  }

  async run(): Promise<void> {
    this.#fixture.source.subscribe((token) => this.#published.push(token));
    await new Course(5, this.#fixture).run(async (course, random) => {
      await this.#turn(course, random);
      this.#subscribe(course, random);
      const known = this.#published.length;
      const before = this.#fixture.requests();
      const calls = await this.#callers(course, random, before);
      for (const { outcome } of calls) await outcome;
      await afterTurns(2);
      // The request of those who left goes on, and a token that is not new may be renewed before its end.
      if (this.#hasAged && this.#published.length === known) await this.#quiet();
      for (const call of calls) await this.#check(call, known);
      await this.#checkRequests(calls, before);
      await this.#checkPublished(known);
    });
    const before = this.#fixture.requests();
    await this.#quiet();
    check(this.#fixture.requests() === before, 'A request was made that nobody had asked for');
  }

  async #turn(course: Course, random: Random): Promise<void> {
    const { failRequests, recoverRequests, expireToken, source } = this.#fixture;
    // Of a new token nothing is asked but itself: a source may bound how often it renews.
    this.#hasAged = !this.#isNew || random.onceIn(2);
    if (!this.#hasAged) return;
    course.step('the endpoint answers, and time has passed');
    await recoverRequests?.();
    if (recoverRequests === undefined || random.onceIn(3)) {
      course.step('the token ends');
      await expireToken();
    }
    // Time that passes may have ended the token; a source may have renewed it by itself meanwhile.
    await afterTurns();
    this.#current = source.peek();
    this.#isNew = false;
    const last = this.#published.at(-1);
    await brokenBy(promises.peek, () => {
      check(
        this.#current === undefined || this.#current === last,
        'peek gave a token that is not the newest',
      );
    });
    this.#fails = recoverRequests !== undefined && random.onceIn(4);
    if (!this.#fails) return;
    course.step('the endpoint fails');
    await failRequests();
  }

  #subscribe(course: Course, random: Random): void {
    const left = this.#listeners.filter((listener) => random.onceIn(4) && listener.end());
    if (left.length > 0) course.step(`${left.length} subscriptions end`);
    // One that has ended is watched for a while.
    this.#listeners = this.#listeners.filter((listener) => !listener.hasEnded || !random.onceIn(3));
    while (this.#listeners.length < maxListeners && random.onceIn(2)) {
      const listener = CourseListener.of(random, this.#fixture.source);
      course.step(`subscribe(${listener.manner})`);
      this.#listeners.push(listener);
    }
    for (const listener of this.#listeners) listener.begin();
    course.step(`subscribed are ${this.#listeners.map(({ manner }) => manner).join(', ') || 'none'}`);
  }

  async #callers(course: Course, random: Random, before: number): Promise<readonly Call[]> {
    const { holdRequests, source, requests } = this.#fixture;
    const isHeld = holdRequests !== undefined && !this.#fails && random.onceIn(2);
    const release = isHeld ? holdRequests() : undefined;
    if (isHeld) course.step('the endpoint takes requests and does not answer');
    const calls: Call[] = [];
    this.#abandoned = 0;
    for (let count = 1 + random.below(6); count > 0; count--) {
      calls.push(this.#call(course, random));
      // Without a hold the endpoint may answer meanwhile.
      if (isHeld && random.onceIn(3)) await afterTurns(random.below(arrivalTurns));
      if (random.onceIn(3)) this.#leave(course, random, calls);
    }
    if (release === undefined) return calls;
    await brokenBy(promises.kept, async () => {
      // Nobody waits who has a token: a wait ends the patience of the case.
      for (const { isServed, outcome } of calls) if (isServed) await outcome;
      check(source.peek() === this.#current, 'peek must give the current token while another is on its way');
    });
    await afterTurns(arrivalTurns);
    this.#leave(course, random, calls);
    this.#subscribe(course, random);
    const made = requests() - before;
    await brokenBy(promises.oneRequest, () => {
      check(made <= 1 + this.#abandoned, `${made} requests were in flight: callers must share one`);
    });
    course.step('the endpoint answers');
    release();
    return calls;
  }

  #call(course: Course, random: Random): Call {
    const current = this.#current;
    const old = this.#published.findLast((token) => token !== current) ?? noToken;
    const kinds: [GetTokenOptions, string][] = [
      [{}, ''],
      [{ forceRefresh: true }, 'forceRefresh'],
      [{ rejectedToken: old }, 'an old rejectedToken'],
      [{ rejectedToken: current ?? old }, 'rejectedToken'],
    ];
    const possible = this.#hasAged
      ? kinds
      : kinds.filter(([, text]) => !text.startsWith('f') && !text.startsWith('r'));
    const [options, text] = possible[random.below(possible.length)] ?? [{}, ''];
    const controller = random.onceIn(2) ? new AbortController() : undefined;
    const hadLeft = controller !== undefined && random.onceIn(6);
    if (hadLeft) controller.abort('had left');
    course.step(
      `getToken(${[text, ...(controller === undefined ? [] : [hadLeft ? 'an aborted signal' : 'signal'])].join(' ')})`,
    );
    const outcome = settled(this.#fixture.source.getToken({ ...options, signal: controller?.signal }));
    const isServed =
      current !== undefined && options.forceRefresh !== true && options.rejectedToken !== current;
    return { text: course.last, outcome, isServed, controller, hadLeft };
  }

  #leave(course: Course, random: Random, calls: readonly Call[]): void {
    const isAwaited = (): boolean =>
      calls.some(({ isServed, controller }) => !isServed && controller?.signal.aborted !== true);
    const wasAwaited = isAwaited();
    for (const { controller } of calls) {
      if (controller === undefined || controller.signal.aborted || random.onceIn(2)) continue;
      course.step('a caller leaves');
      controller.abort(`left in round ${course.round}`);
    }
    if (wasAwaited && !isAwaited()) this.#abandoned++;
  }

  async #check({ text, outcome, isServed, controller, hadLeft }: Call, known: number): Promise<void> {
    const result = await outcome;
    const next = this.#published.at(known);
    if ('reason' in result) {
      if (controller?.signal.aborted === true && result.reason === controller.signal.reason) return;
      check(!isServed, `${text} rejected, and there was a good token: ${String(result.reason)}`);
      check(this.#fails, `${text} rejected: ${String(result.reason)}`);
      return;
    }
    const { value } = result;
    if (isServed) {
      check(
        value === this.#current || value === next,
        `${text} gave neither the current token nor the new one`,
      );
      return;
    }
    await brokenBy(promises.signal, () => {
      check(!hadLeft, `${text} was answered, and its caller had left before`);
    });
    check(!this.#fails, `${text} gave a token, and the endpoint fails: there is no good one`);
    check(value === next, `${text} gave a token that was not published as the new one`);
  }

  async #checkRequests(calls: readonly Call[], before: number): Promise<void> {
    const waiting = calls.filter(({ isServed, hadLeft }) => !isServed && !hadLeft);
    const made = this.#fixture.requests() - before;
    const maxOfOne = this.#fails ? 2 : waiting.length > 0 || this.#hasAged ? 1 : 0;
    const max = maxOfOne * (1 + this.#abandoned);
    await brokenBy(this.#fails ? promises.failing : promises.oneRequest, () => {
      check(made <= max, `${made} requests for these callers: at most ${max} is right`);
    });
  }

  async #checkPublished(known: number): Promise<void> {
    const news = this.#published.slice(known);
    const expected = news[0] ?? this.#current;
    await brokenBy(promises.peek, () => {
      const wanted = news.length > 0 ? 'the new token' : 'the token of before';
      check(this.#fixture.source.peek() === expected, `peek must give ${wanted}`);
    });
    await brokenBy(promises.subscribe, () => {
      check(new Set(this.#published).size === this.#published.length, 'A token was published twice');
      check(news.length <= 1, `${news.length} tokens were published, and one was asked for`);
    });
    await brokenBy(promises.listeners, () => {
      for (const listener of this.#listeners) listener.check(news);
    });
    this.#current = expected;
    if (news.length > 0) this.#isNew = true;
  }
}

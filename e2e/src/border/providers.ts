/** What may be tried by whoever answers for the provider: an authorization server, or what stands before it. */
import { each, elsewhere } from './hear-each.ts';
import {
  discovery,
  impostors,
  redirects,
  rejectClient,
  repeating,
  shortLived,
  stayAway,
} from './provider-attacks.ts';
import {
  broken,
  documents,
  endlessBodies,
  endlessHeaders,
  lasting,
  noTokens,
  type ProviderAnswers,
} from './provider-answers.ts';
import { Scene } from './scene.ts';
import { type BorderCase, unless } from './trial.ts';

/** The most that the agent may read of one connection, in bytes: what the kernel holds is counted too. */
const mostBytes = 16 * 1_048_576;

/** Lines for a case, and characters in each. */
const [mostLines, longestLine] = [20, 2_000];

// eslint-disable-next-line no-control-regex -- a terminal obeys these
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Whatever it is, what the agent logs has an end and is fit for a terminal. */
function quietly(attack: BorderCase['attack']): BorderCase['attack'] {
  return async (scene) => {
    const before = scene.agent.lines.length;
    const wrong = await attack(scene);
    const lines = scene.agent.lines.slice(before);
    return [
      ...wrong,
      ...unless(lines.length <= mostLines, `${lines.length} lines in the log`),
      ...unless(!lines.some((line) => line.length > longestLine), 'a line of the log is long'),
      ...unless(!lines.some((line) => control.test(line)), 'the log has a control character'),
    ];
  };
}

const some = (answers: ProviderAnswers, count: number): ProviderAnswers =>
  Object.fromEntries(Object.entries(answers).slice(0, count));

const overTls = (): Promise<Scene> => Scene.open(undefined, true);

const byIssuer = (): Promise<Scene> =>
  Scene.open(({ origin }) => ({ WORKER_AUTH_TOKEN_URL: '', WORKER_AUTH_ISSUER: origin }));

const apart = (): Promise<Scene> => Scene.open();

/** The agent reads no more of a connection than it must. */
function bounded(answers: ProviderAnswers): BorderCase['attack'] {
  return async (scene) => {
    scene.provider.mostBytes = 0;
    const wrong = await each(answers)(scene);
    const { mostBytes: read } = scene.provider;
    return [...wrong, ...unless(read <= mostBytes, `it read ${read} bytes`)];
  };
}

const cases: readonly BorderCase[] = [
  { name: 'bodies without an end', attack: bounded(some(endlessBodies, 3)), isQuick: true, cpuMs: 6_000 },
  { name: 'more bodies without an end', attack: bounded(endlessBodies), isQuick: false },
  { name: 'headers without an end', attack: bounded(endlessHeaders), isQuick: false },
  { name: 'answers that last', attack: each(lasting, 1), isQuick: false },
  { name: 'broken connections', attack: each(broken), isQuick: false },
  { name: 'documents that are none', attack: each(documents), isQuick: false },
  { name: 'tokens that are none', attack: each(noTokens), isQuick: false },
  {
    name: 'redirects',
    attack: (scene) => elsewhere(scene, (other) => some(redirects(scene, other), 2)),
    isQuick: true,
  },
  {
    name: 'all redirects',
    attack: (scene) => elsewhere(scene, (other) => redirects(scene, other)),
    isQuick: false,
  },
  { name: 'repeats the secret', attack: (scene) => repeating(scene, 2), isQuick: true },
  { name: 'repeats the secret in other forms', attack: (scene) => repeating(scene), isQuick: false },
  { name: 'rejects the client', attack: rejectClient, isQuick: false },
  { name: 'tokens that end soon', attack: (scene) => shortLived(scene, [0.3, 1]), isQuick: false },
  {
    name: 'tokens that end at once',
    attack: (scene) => shortLived(scene, [0.001, 0.05]),
    isQuick: false,
    isAlone: true,
  },
  {
    name: 'come again in years',
    attack: (scene) => stayAway(scene, '503 Service Unavailable', 1_200),
    isQuick: false,
    open: apart,
  },
  {
    name: 'too many requests for years',
    attack: (scene) => stayAway(scene, '429 Too Many Requests', 7_200),
    isQuick: false,
    open: apart,
  },
  { name: 'other certificates', attack: impostors, isQuick: false, open: overTls },
  { name: 'documents of another issuer', attack: discovery, isQuick: false, open: byIssuer },
];

export const providers: readonly BorderCase[] = cases.map(({ name, attack, ...rest }) => ({
  ...rest,
  name: `provider: ${name}`,
  attack: quietly(attack),
}));

import { AtlanAuthClient, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { applicationName, Cell } from './cell.ts';
import { assertionForms } from './assertion-options.ts';
import { connectionForms, workerForms } from './connection-options.ts';
import { discoveryForms } from './discovery-options.ts';
import { clientDoors, doctor, type Door, lazyClient } from './doors.ts';
import { networkForms } from './network-options.ts';
import { type Form, type Source, sources } from './sources.ts';
import { platformForms } from './platform-options.ts';
import { providerForms } from './provider-options.ts';
import { tokenForms } from './token-options.ts';
import { variableSources } from './variables.ts';
import { workerDoors, workerWithoutConnection } from './worker-doors.ts';

/** One row: a form at a door. */
export interface Row {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** A form at a door: what it must show is looked at where the calls arrive. */
function rowOf(form: Form, door: Door): Row {
  return { title: `${form.title} × ${door.title}`, run: () => tryAt(form, door) };
}

async function tryAt(form: Form, door: Door): Promise<void> {
  await using cell = await Cell.open(form.servers);
  await door.enter(await form.options(cell), cell);
  const { passed, wrong } = cell.verdict(door.bareCalls);
  if (wrong.length > 0) throw new Error(`These calls carried no token of the source:\n${wrong.join('\n')}`);
  if (door.calls !== undefined && !passed.has(door.calls))
    throw new Error(`${door.calls} did not arrive; there were ${[...passed].join(', ')}`);
  await form.arrives?.(cell);
}

/** The classes of the source document, in its words. */
const documentRows: readonly Row[] = [true, false].map((isClient) => ({
  title: `${isClient ? 'TemporalWorkflowClient' : 'AtlanAuthClient'} in the words of the source document`,
  run: () => inItsWords(isClient),
}));

async function inItsWords(isClient: boolean): Promise<void> {
  await using cell = await Cell.open();
  const { credentials, oauth, place } = cell;
  const { host, port, namespace, env, logger } = place;
  const options = {
    ...{ applicationName, authEnabled: true, authUrl: oauth.tokenUrl, ...credentials, env, logger },
  };
  if (isClient) {
    await using client = new TemporalWorkflowClient({ ...options, host, port, namespace });
    await client.load();
  } else {
    await using auth = new AtlanAuthClient(options);
    await auth.getAuthenticatedHeaders();
  }
  if (oauth.issuedTokens.length !== 1) throw new Error('No token was issued');
}

function isFor({ kind, isForWorkers = false }: Source, door: Door): boolean {
  if (kind === 'tokens' && !door.takesTokens) return false;
  if (kind === 'none' && !door.worksWithout) return false;
  return isForWorkers || !workerDoors.includes(door);
}

/** Each door with each kind of source. */
export const sourceRows: readonly Row[] = [...clientDoors, ...workerDoors].flatMap((door) =>
  [...sources, ...variableSources]
    .filter((source) => isFor(source, door))
    .map((source) => rowOf(source, door)),
);

const forms: readonly Form[] = [
  ...[
    ...tokenForms,
    ...assertionForms,
    ...platformForms,
    ...providerForms,
    ...discoveryForms,
    ...networkForms,
  ],
  ...connectionForms,
];

/** Each other form and option at one door, and at the doctor; those of TLS and the proxy at both kinds of connection. */
export const optionRows: readonly Row[] = [
  ...documentRows,
  ...forms.map((form) => rowOf(form, lazyClient)),
  ...forms.filter(({ isForDoctor = true }) => isForDoctor).map((form) => rowOf(form, doctor)),
  ...[...workerForms, ...networkForms.filter(({ isForWorkers = false }) => isForWorkers)].map((form) =>
    rowOf(form, workerWithoutConnection),
  ),
];

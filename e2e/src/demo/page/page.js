// The page: takes what the server tells, and shows it.
import { drawChart } from '/chart.js';

const drawEveryMs = 100;
const keptMs = 120_000;
const lists = ['tokens', 'spans', 'outages', 'seconds', 'notes'];

const records = Object.fromEntries(lists.map((name) => [name, new Map()]));
/** The last state that was shown, and when. */
let told;
let toldAt = 0;
let hasEnded = false;

/** What Temporal says of the token. */
const temporalWords = {
  unknown: ['–'],
  good: ['good', 'good'],
  rejected: ['rejects', 'bad'],
  unreachable: ['no answer', 'bad'],
};

const find = (id) => document.getElementById(id);
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
const nowMs = () => told.nowMs + (hasEnded ? 0 : performance.now() - toldAt);

const events = new EventSource('/events');
events.addEventListener('message', ({ data }) => {
  told = JSON.parse(data);
  toldAt = performance.now();
  for (const name of lists) {
    for (const record of told[name]) records[name].set(record.id, record);
  }
  forgetOld();
  find('connection').textContent = 'live';
  showWorkers();
  showTiles();
  showFaults();
  showOutages();
  if (told.notes.length > 0) showNotes();
});
events.addEventListener('error', () => {
  find('connection').textContent = 'no answer: trying again';
});
events.addEventListener('end', () => {
  hasEnded = true;
  events.close();
  find('connection').textContent = 'the demonstration has ended';
  showFaults();
});
setInterval(() => {
  if (told === undefined || hasEnded) return;
  const pastMs = drawChart(find('chart'), records, nowMs());
  find('timeline-title').textContent = `The last ${pastMs / 1_000} seconds`;
  showToken();
}, drawEveryMs);

function forgetOld() {
  const before = told.nowMs - keptMs;
  for (const [id, { endMs }] of records.tokens) if (endMs < before) records.tokens.delete(id);
  for (const id of records.seconds.keys()) if (id * 1_000 < before) records.seconds.delete(id);
}

/** The newest that Temporal accepted is in use; without one that lives, the newest is shown. */
function showToken() {
  const tokens = [...records.tokens.values()];
  const isInUse = ({ acceptedMs, endMs }) => acceptedMs !== undefined && endMs > nowMs();
  const token = tokens.findLast(isInUse) ?? tokens.at(-1);
  if (token === undefined) return;
  const remainingMs = token.endMs - nowMs();
  const isGood = remainingMs > 0;
  show('token', isGood ? `number ${token.id}` : 'none', isInUse(token) ? '' : 'bad');
  find('token-life').value = Math.max(0, remainingMs / (token.endMs - token.startMs));
  const newest = tokens.at(-1);
  const isAgeing = newest.acceptedMs === undefined && newest.endMs > nowMs();
  const left = isGood ? `${seconds(remainingMs)} left` : 'the last one has ended';
  find('token-more').textContent = isAgeing ? `${newest.id} not accepted yet` : left;
}

/** Both workers, by the same rules. */
function showWorkers() {
  const { totals, plain } = told;
  const { rpcs } = totals;
  showWorker('', totals, rpcs && { ...rpcs, rejected: rpcs.rejected - rpcs.rejectedOfClient });
  show('ours-state', ...stateOf('completed', totals.completed));
  find('plain').hidden = plain === undefined;
  find('what').hidden = plain === undefined;
  if (plain === undefined) return;
  showWorker('plain-', plain, rpcs.plain);
  const isDead = plain.state === 'FAILED';
  show('plain-state', ...(isDead ? ['FAILED', 'bad'] : stateOf('plainCompleted', plain.completed)));
}

function showWorker(prefix, { started, completed }, calls) {
  find(`${prefix}completed`).textContent = completed;
  find(`${prefix}completed-more`).textContent = `of ${started} workflows completed`;
  find(`${prefix}calls`).textContent = calls?.rejected ?? '–';
  find(`${prefix}calls-more`).textContent =
    `of ${calls ? calls.passed + calls.rejected : '–'} calls rejected`;
}

/** It works when a workflow was complete in the last seconds: one is started each second. */
function stateOf(count, completed) {
  if (completed === 0) return ['starting', ''];
  const last = [...records.seconds.values()].findLast((second) => second[count] > 0);
  const idleSeconds = Math.floor(told.nowMs / 1_000) - (last?.id ?? 0);
  return idleSeconds <= 6 ? ['works', 'good'] : [`no workflow for ${idleSeconds} s`, 'bad'];
}

function showTiles() {
  const { totals, temporal, temporalUi } = told;
  const { results } = totals;
  show('temporal', ...temporalWords[temporal]);
  find('temporal-more').textContent = moreOfTemporal(totals.restarts);
  const lost = totals.ranTwice + results.abandoned;
  show('lost', lost, lost > 0 ? 'bad' : 'good');
  find('lost-more').textContent = `${results.pending} pending, ${results.delivered} delivered`;
  const last = [...records.seconds.values()].at(-1);
  const what = `The timeline of the last seconds: ${last?.completed ?? 0} workflows completed and ${last?.rejected ?? 0} calls of the worker rejected in the last one.`;
  find('chart').setAttribute('aria-label', what);
  const link = find('temporal-ui');
  if (temporalUi !== undefined && link.hidden) {
    link.href = temporalUi;
    link.hidden = false;
  }
}

/** Which frontend rejects, else how many workers were replaced. */
function moreOfTemporal(restarts) {
  const lately = [...records.seconds.values()].filter(({ id }) => id * 1_000 > told.nowMs - 3_000);
  const rejecting = [1, 2].filter((frontend) => lately.some((second) => second[`rejectedBy${frontend}`] > 0));
  if (rejecting.length > 1) return 'both frontends reject';
  if (rejecting.length > 0) return `frontend ${rejecting[0]} rejects`;
  return `workers replaced: ${restarts}`;
}

function showFaults() {
  for (const fault of told.faults) {
    const item = document.querySelector(`#faults [data-name="${fault.name}"]`) ?? addFault(fault);
    item.dataset.state = fault.state;
    const button = item.querySelector('button');
    button.disabled = hasEnded || fault.state !== 'ready';
    item.querySelector('p').textContent = {
      ready: fault.effect,
      broken: 'Broken now.',
      recovering: 'Over. The worker is on its way back.',
      never: `Not here: ${fault.reason}.`,
    }[fault.state];
  }
}

function addFault({ name, title }) {
  const item = document.createElement('li');
  item.dataset.name = name;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = title;
  const effect = document.createElement('p');
  effect.id = `effect-${name}`;
  button.setAttribute('aria-describedby', effect.id);
  button.addEventListener('click', () => press(name));
  item.append(button, effect);
  find('faults').append(item);
  return item;
}

async function press(name) {
  const response = await fetch(`/faults/${name}`, { method: 'POST' }).catch(() => undefined);
  const { error } = (await response?.json()) ?? { error: 'no answer' };
  find('fault-error').textContent = error ?? '';
}

function showOutages() {
  const rows = [...records.outages.values()].reverse().map(({ title, startMs, endMs, backMs }) => {
    const row = document.createElement('tr');
    const lasted =
      endMs === undefined ? 'lasts' : endMs - startMs < 100 ? 'a moment' : seconds(endMs - startMs);
    const back = backMs === undefined ? 'not yet' : seconds(backMs - endMs);
    for (const content of [clock(startMs), title, lasted, back]) row.insertCell().textContent = content;
    row.cells[3].className = backMs === undefined ? 'bad' : 'good';
    return row;
  });
  find('outages').replaceChildren(...rows);
}

function showNotes() {
  const list = find('notes');
  for (const { id, atMs, tone, text } of told.notes) {
    if (list.querySelector(`[data-id="${id}"]`) !== null) continue;
    const item = document.createElement('li');
    item.dataset.id = id;
    item.className = tone;
    const time = document.createElement('time');
    time.textContent = clock(atMs);
    const words = document.createElement('span');
    words.textContent = text;
    item.append(time, words);
    list.prepend(item);
  }
  while (list.children.length > 100) list.lastChild.remove();
}

function show(id, content, className = '') {
  const element = find(id);
  element.textContent = content;
  element.className = `${element.classList.contains('state') ? 'state ' : ''}${className}`;
}

/** Minutes and seconds since the beginning. */
function clock(ms) {
  const whole = Math.floor(ms / 1_000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

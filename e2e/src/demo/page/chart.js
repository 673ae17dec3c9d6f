// The timeline as a picture. Time runs to the right; what lies beyond "now" is what remains of the token.

const wide = { pastMs: 90_000, left: 140 };
const narrow = { pastMs: 40_000, left: 88 };
const narrowBelow = 600;
const futureMs = 12_000;
const tickMs = 10_000;

const lanes = [
  { name: 'completed', label: 'Ours, workflows/s', short: 'Ours done/s', height: 36 },
  { name: 'plainCompleted', label: 'Plain, workflows/s', short: 'Plain done/s', height: 36 },
  { name: 'plain', label: 'Plain, calls/s', short: 'Plain/s', height: 36 },
  { name: 'broken', label: 'Broken', height: 24 },
  { name: 'tokens', label: 'Tokens', height: 44 },
  { name: 'temporal', label: 'Temporal', height: 24 },
  { name: 'frontends', label: 'Frontends', height: 24 },
  { name: 'worker', label: 'Ours, calls/s', short: 'Ours/s', height: 62 },
  { name: 'client', label: 'Client, calls/s', short: 'Client/s', height: 30 },
];
const gap = 8;
const axisHeight = 20;

const said = { rejected: 'token rejected', unreachable: 'no answer' };

/**
 * Draws the timeline again.
 *
 * @param {SVGSVGElement} svg
 * @param {object} records the lists of the timeline
 * @param {number} nowMs the time of the timeline
 * @returns {number} how far back it goes, in ms
 */
export function drawChart(svg, records, nowMs) {
  const width = Math.max(320, svg.clientWidth);
  const isNarrow = width < narrowBelow;
  const { pastMs, left } = isNarrow ? narrow : wide;
  const height = lanes.reduce((sum, lane) => sum + lane.height + gap, gap) + axisHeight;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('height', String(height));
  const fromMs = nowMs - pastMs;
  const x = (ms) =>
    left + ((clamp(ms, fromMs, nowMs + futureMs) - fromMs) / (pastMs + futureMs)) * (width - left - 8);
  const scale = {
    x,
    nowMs,
    pastMs,
    isNarrow,
    isShown: (startMs, endMs = nowMs) => endMs > fromMs && startMs < nowMs + futureMs,
  };
  const parts = grid(scale, height, left);
  let top = gap;
  for (const lane of lanes) {
    const place = { top, height: lane.height };
    parts.push(
      text(isNarrow ? (lane.short ?? lane.label) : lane.label, {
        x: 8,
        y: top + lane.height / 2 + 4,
        class: 'lane',
      }),
    );
    parts.push(...drawers[lane.name](records, scale, place));
    top += lane.height + gap;
  }
  svg.replaceChildren(...parts);
  return pastMs;
}

const drawers = {
  tokens(records, { x, nowMs, isShown }, { top, height }) {
    const bar = height / 2 - 2;
    return [...records.tokens.values()]
      .filter(({ startMs, endMs }) => isShown(startMs, endMs))
      .flatMap(({ id, startMs, refreshMs, endMs, acceptedMs = Math.min(nowMs, endMs) }) => {
        const y = top + (id % 2) * (bar + 4);
        return [
          rectangle(x(startMs), y, x(endMs), bar, `token ${id % 2 === 0 ? '' : 'other'}`, `Token ${id}`),
          rectangle(x(startMs), y, x(acceptedMs), bar, 'ageing', `Token ${id}, not accepted yet`),
          line(x(refreshMs), y, x(refreshMs), y + bar, 'refresh'),
          ...number(`${id}`, x(acceptedMs), x(startMs), x(refreshMs), y + bar - 5),
        ];
      });
  },

  broken(records, { x, nowMs, isShown }, { top, height }) {
    const shown = [...records.outages.values()].filter(({ startMs, backMs }) => isShown(startMs, backMs));
    return shown.flatMap(({ title, startMs, endMs = nowMs, backMs = nowMs }, index) => {
      const [from, to] = [x(startMs), Math.max(x(endMs), x(startMs) + 4)];
      const inside = label(title, from, to, top + height - 8);
      const next = x(shown[index + 1]?.startMs ?? nowMs + futureMs);
      const beside = label(title, Math.max(to, x(backMs)), next, top + height - 8, 'recovering-text');
      return [
        rectangle(to, top, x(backMs), height, 'recovering', `${title}: recovering`),
        rectangle(from, top, to, height, 'broken', title),
        ...(inside.length > 0 ? inside : beside),
      ];
    });
  },

  temporal(records, scale, place) {
    return spans(records, scale, place, ['rejected', 'unreachable']);
  },

  frontends(records, { x, isShown }, { top, height }) {
    const row = height / 2 - 1;
    return [...records.seconds.values()]
      .filter(({ id }) => isShown(id * 1_000, id * 1_000 + 1_000))
      .flatMap(({ id, rejectedBy1, rejectedBy2 }) =>
        [rejectedBy1, rejectedBy2].map((rejected, index) =>
          rectangle(
            x(id * 1_000),
            top + index * (row + 2),
            x(id * 1_000 + 1_000),
            row,
            rejected > 0 ? 'rejected' : 'quiet',
            `frontend ${index + 1}: ${rejected} rejected`,
          ),
        ),
      );
  },

  worker(records, scale, place) {
    return bars(records, scale, place, {
      polls: 'polls',
      calls: 'calls',
      throttled: 'throttled',
      rejected: 'rejected',
    });
  },

  client(records, scale, place) {
    return bars(records, scale, place, { clientCalls: 'calls', clientRejected: 'client-rejected' });
  },

  completed(records, scale, place) {
    return bars(records, scale, place, { completed: 'completed' });
  },

  plain(records, scale, place) {
    return bars(records, scale, place, { plainCalls: 'calls', plainRejected: 'rejected' });
  },

  plainCompleted(records, scale, place) {
    return bars(records, scale, place, { plainCompleted: 'completed' });
  },
};

function spans(records, { x, nowMs, isShown }, { top, height }, kinds) {
  return [...records.spans.values()]
    .filter(({ kind, startMs, endMs }) => kinds.includes(kind) && isShown(startMs, endMs))
    .flatMap(({ kind, startMs, endMs = nowMs }) => [
      rectangle(x(startMs), top, x(endMs), height, kind, said[kind]),
      ...label(said[kind], x(startMs), x(endMs), top + height - 8),
    ]);
}

/** One bar a second, its parts upon one another, each with its class. */
function bars(records, { x, isShown }, { top, height }, classes) {
  const names = Object.keys(classes);
  const shown = [...records.seconds.values()].filter(({ id }) => isShown(id * 1_000, id * 1_000 + 1_000));
  const sum = (second) => names.reduce((total, name) => total + second[name], 0);
  const most = Math.max(1, ...shown.map(sum));
  const parts = shown.flatMap((second) => {
    let base = top + height;
    return names.map((name) => {
      const part = (second[name] / most) * height;
      base -= part;
      return rectangle(
        x(second.id * 1_000),
        base,
        x(second.id * 1_000 + 900),
        part,
        classes[name],
        `${second[name]} ${classes[name].replace('client-', '')}`,
      );
    });
  });
  return [
    ...parts,
    text(`${most}`, { x: x(-Infinity) - 6, y: top + 10, class: 'lane', 'text-anchor': 'end' }),
  ];
}

function grid({ x, nowMs, pastMs, isNarrow }, height, left) {
  const bottom = height - axisHeight;
  const parts = [];
  for (let ago = 0; ago <= pastMs; ago += tickMs) {
    const at = x(nowMs - ago);
    parts.push(line(at, 0, at, bottom, ago === 0 ? 'now' : 'grid'));
    const isNamed = ago % (isNarrow ? 20_000 : 10_000) === 0;
    const name = ago === 0 ? 'now' : `−${ago / 1_000} s`;
    if (isNamed)
      parts.push(
        text(name, {
          x: at,
          y: height - 5,
          class: 'lane',
          'text-anchor': at - left < 20 ? 'start' : 'middle',
        }),
      );
  }
  return parts;
}

/** Where it is not pale, when it fits there. */
function number(words, acceptedAt, startAt, refreshAt, y) {
  const inside = label(words, acceptedAt, refreshAt, y);
  return inside.length > 0 ? inside : label(words, startAt, refreshAt, y);
}

/** Within a bar, when it fits. */
function label(words, from, to, y, className = 'inside') {
  return to - from > words.length * 7.6 + 8 ? [text(words, { x: from + 5, y, class: className })] : [];
}

function rectangle(from, y, to, height, className, title) {
  const attributes = {
    x: from,
    y,
    width: Math.max(0, to - from),
    height: Math.max(0, height),
    class: className,
  };
  const element = make('rect', attributes);
  const name = make('title', {});
  name.textContent = title;
  element.append(name);
  return element;
}

function line(x1, y1, x2, y2, className) {
  return make('line', { x1, y1, x2, y2, class: className });
}

function text(words, attributes) {
  const element = make('text', attributes);
  element.textContent = words;
  return element;
}

function make(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === 'number' ? value.toFixed(1) : value);
  }
  return element;
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

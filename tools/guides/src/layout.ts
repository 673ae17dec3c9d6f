import dagre from '@dagrejs/dagre';
import type { Point } from './curve.ts';
import type { Transition } from './transitions.ts';

/** What is to be placed. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Where everything is. */
export interface Layout extends Box {
  node(state: string): Point;
  /** The points of a way, and in `x` and `y` the place of its label. */
  way(from: string, to: string): Point & { readonly points: readonly Point[] };
}

/** What of dagre is used here: the package's own types cannot be read as those of an ES module. */
interface Graph {
  setGraph(label: object): void;
  setNode(name: string, label: object): void;
  setEdge(from: string, to: string, label: object): void;
  graph(): Box;
  node(name: string): Point;
  edge(from: string, to: string): Point & { points: Point[] };
}

const { graphlib, layout } = dagre as unknown as {
  readonly graphlib: { readonly Graph: new () => Graph };
  readonly layout: (graph: Graph) => void;
};

/** Places states and labels, from the top downwards. */
export function layOut(
  states: ReadonlyMap<string, Box>,
  transitions: readonly (Pick<Transition, 'from' | 'to'> & { readonly label: Box })[],
): Layout {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 40, edgesep: 16, ranksep: 38, marginx: 8, marginy: 4 });
  for (const [state, box] of states) graph.setNode(state, { ...box });
  for (const { from, to, label } of transitions) graph.setEdge(from, to, { ...label, labelpos: 'c' });
  layout(graph);
  const { width, height } = graph.graph();
  return { width, height, node: (state) => graph.node(state), way: (from, to) => graph.edge(from, to) };
}

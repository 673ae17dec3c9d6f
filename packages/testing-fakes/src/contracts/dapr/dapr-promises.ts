/** What the documentation of `DaprSidecar` says, as the cases quote it. */
export const daprPromises = {
  ready: 'Whether its components are loaded.',
  components: 'The components that it has loaded, in its order.',
  secret: 'The fields of a secret, or `undefined` when there is none.',
  once: 'It asks once: no retries and no deadline of its own.',
  apart: 'A call without a response holds up no other one.',
  printed: 'It prints nothing secret.',
  listeners: 'When a call has ended, it has left no listener on its signal.',
  rejects:
    "All methods reject when the sidecar cannot answer, with a `code` that says why and nothing secret, or with the signal's reason.",
} as const;

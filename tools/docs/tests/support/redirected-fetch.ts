// Loaded before a program of a guide: whatever it asks for by `fetch` is asked of the imitation, which is told what that was.
const { IMITATION_URL = '' } = process.env;
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set('x-asked-url', request.url);
  return fetch(new Request(IMITATION_URL, request));
};

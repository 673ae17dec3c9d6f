import { type ExampleResult, runReadmeExample } from '@worker-auth/workspace/readme-example';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RawFrontend } from './raw-http2.ts';

export const folder = join(import.meta.dirname, '../..');
const blocks = (await readFile(join(folder, 'README.md'), 'utf8')).split(/^```ts\n/m);

/** The TypeScript blocks whose output the README shows, each by its number among all of them and the heading that it stands under. */
export const examples = blocks
  .slice(1)
  .map((rest, index) => ({
    index,
    heading: /.*^#+ (.*?)$/ms.exec(blocks.slice(0, index + 1).join(''))?.[1] ?? '',
    output: /^```text\n(.*?)^```$/ms.exec(rest)?.[1],
  }))
  .filter(({ output }) => output !== undefined);

/** Runs one beside a Temporal that answers every call. */
export async function runExample(index: number): Promise<ExampleResult> {
  await using frontend = await RawFrontend.start((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    // An empty message: five bytes of prefix, for any method.
    stream.resume().end(Buffer.alloc(5));
  });
  const result = await runReadmeExample(folder, { index, env: { TEMPORAL_ADDRESS: frontend.address } });
  return { ...result, stdout: result.stdout.replaceAll(/ +$/gm, '') };
}

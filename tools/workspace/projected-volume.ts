import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder that is written as the kubelet writes a projected volume: the file is a symbolic link into `..data`, which is one to a folder of
 * the time of writing, and is replaced as a whole.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go
 */
export class ProjectedVolume implements AsyncDisposable {
  /** Of the file. */
  readonly path: string;
  readonly #folder: string;
  readonly #name: string;
  #writes = 0;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.path = join(folder, name);
  }

  /** With `content` in its one file, or without it. */
  static async create(content?: string, name = 'token'): Promise<ProjectedVolume> {
    const volume = new ProjectedVolume(await mkdtemp(join(tmpdir(), 'projected-')), name);
    if (content !== undefined) await volume.write(content);
    return volume;
  }

  /** Puts `content` in the place of what the file holds, in one step. */
  async write(content: string): Promise<void> {
    const [old, next] = [`..version-${this.#writes}`, `..version-${++this.#writes}`];
    await mkdir(join(this.#folder, next));
    await writeFile(join(this.#folder, next, this.#name), content);
    await symlink(next, join(this.#folder, '..data_tmp'));
    await rename(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    if (this.#writes === 1) await symlink(join('..data', this.#name), this.path);
    await rm(join(this.#folder, old), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

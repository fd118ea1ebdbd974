import { writeSync } from 'node:fs'

/**
 * A worker's side of an access log that is a regular file: the worker appends to it by itself. A file opened for
 * appending takes each write whole, behind what others wrote (write(2), O_APPEND), so workers need no one between them;
 * by way of the main thread a line cost two to three times as much (docs/decisions/0006).
 *
 * `fd` is the main thread's to set, in shared memory, since it opens the file again when logs are rotated: the descriptor,
 * or -1 where the log is no regular file. Lines that cannot be written here go to `handOn`, which knows what to do with
 * errors.
 */
export const directLog =
  (fd: Int32Array, handOn: (lines: string) => void): ((lines: Buffer) => void) =>
  lines => {
    const to = Atomics.load(fd, 0)
    let written = 0
    try {
      while (to >= 0 && written < lines.length) written += writeSync(to, lines, written)
    } catch {
      // The rest is handed on, as all of it is where there is nothing to write to.
    }
    if (written < lines.length) handOn(lines.toString('utf8', written))
  }

/** Where the main thread says which descriptor to write to. */
export const createLogDescriptor = (): Int32Array<SharedArrayBuffer> => {
  const fd = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  fd[0] = -1
  return fd
}

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
export const directLog = (fd: Int32Array, handOn: (lines: string) => void): ((lines: string) => void) => {
  const room = Buffer.allocUnsafeSlow(ROOM_BYTES)
  return lines => {
    const to = Atomics.load(fd, 0)
    if (to < 0) return handOn(lines)
    const fits = lines.length * MOST_BYTES_A_UNIT <= ROOM_BYTES
    const bytes = fits ? room.subarray(0, room.write(lines, 'utf8')) : Buffer.from(lines)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(to, bytes, written)
    } catch {
      handOn(bytes.toString('utf8', written))
    }
  }
}

const ROOM_BYTES = 256 * 1024
/** Of UTF-8 for one unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3

/** Where the main thread says which descriptor to write to. */
export const createLogDescriptor = (): Int32Array<SharedArrayBuffer> => {
  const fd = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  fd[0] = -1
  return fd
}

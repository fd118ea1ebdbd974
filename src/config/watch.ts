import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync, watch as watchOnDisk } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface Watch {
  /** Watches these files from now on. What a file that was not watched yet holds now counts as seen. */
  follow(files: readonly string[]): void
  /** What the files hold now is about to be read: no need to call back for it. */
  seen(): void
  close(): void
}

export interface Timers {
  set(run: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/** With a name when nothing but the contents of that file changed; without when names came, went, or nobody knows. */
export type Changed = (name?: string) => void

export interface WatchOptions {
  /** How long the contents must stay the same before they count. */
  readonly settleMs?: number
  /** How often to look without being told: network file systems and replaced directories tell nothing. 0: never. */
  readonly pollMs?: number
  readonly timers?: Timers
  /** The contents of a file, or undefined when there is none. */
  readonly read?: (file: string) => Uint8Array | string | undefined
  /** Calls back on any change in a directory; returns what ends it, or undefined where there is nothing to watch. */
  readonly watchDirectory?: (directory: string, changed: Changed) => (() => void) | undefined
}

/**
 * Calls back when what the files hold has changed and then stayed the same for a while. Directories are watched, not
 * files: editors replace files, and Kubernetes swaps a link beside them. Contents decide, so events may be too many.
 */
export const watchFiles = (files: readonly string[], changed: () => void, options: WatchOptions = {}): Watch => {
  const { settleMs = 100, pollMs = 5000, timers = REAL_TIMERS, read = readFromDisk } = options
  const { watchDirectory = watchWithSystem } = options
  let followed = files
  let ends: (() => void)[] = []
  let settling: unknown
  let polling: unknown
  let told = fingerprint(followed, read)

  const attach = (): void => {
    for (const end of ends) end()
    // An access log that is written beside the configuration must not have it read hundreds of times a second.
    const names = namesOf(followed)
    const heard: Changed = name => {
      if (name === undefined || names.has(name)) look()
    }
    ends = directoriesOf(followed).flatMap(directory => watchDirectory(directory, heard) ?? [])
  }
  /** Events while the clock runs change nothing: a busy directory must not put the answer off forever. */
  const look = (): void => {
    if (settling !== undefined) return
    const now = fingerprint(followed, read)
    if (!same(now, told)) settle(now)
  }
  const settle = (before: Fingerprint): void => {
    settling = timers.set(() => {
      settling = undefined
      const now = fingerprint(followed, read)
      if (!same(now, before)) settle(now)
      else if (!same(now, told)) {
        mark(now)
        changed()
      }
    }, settleMs)
  }
  const mark = (now: Fingerprint): void => {
    told = now
    // A swapped link or a replaced directory is another directory now.
    attach()
  }
  const poll = (): void => {
    polling = timers.set(() => {
      look()
      poll()
    }, pollMs)
  }

  attach()
  if (pollMs > 0) poll()
  return {
    follow(next) {
      const now = fingerprint(next, read)
      told = new Map([...now].map(([file, hash]) => [file, told.get(file) ?? hash]))
      followed = next
      attach()
      look()
    },
    seen() {
      const now = fingerprint(followed, read)
      if (!same(now, told)) mark(now)
    },
    close() {
      for (const timer of [settling, polling]) if (timer !== undefined) timers.clear(timer)
      for (const end of ends) end()
      ends = []
    },
  }
}

type Read = NonNullable<WatchOptions['read']>

/** Hashes of what the files hold, by name. */
type Fingerprint = ReadonlyMap<string, string>

const fingerprint = (files: readonly string[], read: Read): Fingerprint =>
  new Map(files.map(file => [file, hashOf(read(file))]))

const hashOf = (content: Uint8Array | string | undefined): string =>
  content === undefined ? 'none' : createHash('sha256').update(content).digest('hex')

const same = (a: Fingerprint, b: Fingerprint): boolean =>
  a.size === b.size && [...a].every(([file, hash]) => b.get(file) === hash)

/** Of the names and of what they link to. */
const directoriesOf = (files: readonly string[]): string[] => [
  ...new Set(files.flatMap(file => [dirname(file), dirname(realName(file))])),
]

/** Without their directories: of the files, and of what they link to. */
const namesOf = (files: readonly string[]): ReadonlySet<string> =>
  new Set(files.flatMap(file => [basename(file), basename(realName(file))]))

const realName = (file: string): string => {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/** Longer ones are refused by who reads them (disk.ts), and would keep this thread for seconds. */
const LONGEST = 16 * 1024 * 1024

/** Reading from a pipe would wait for its other end. */
const readFromDisk = (file: string): Uint8Array | string | undefined => {
  try {
    const found = statSync(file)
    if (found.size > LONGEST) return `${found.size} ${found.mtimeMs}`
    return found.isFile() ? readFileSync(file) : undefined
  } catch {
    return undefined
  }
}

const watchWithSystem = (directory: string, changed: Changed): (() => void) | undefined => {
  try {
    const watcher = watchOnDisk(directory, { persistent: false }, (event, name) =>
      changed(event === 'change' ? (name ?? undefined) : undefined),
    )
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return undefined
  }
}

/** Neither timer keeps the process alive. */
const REAL_TIMERS: Timers = {
  set: (run, ms) => setTimeout(run, ms).unref(),
  clear: timer => clearTimeout(timer as NodeJS.Timeout),
}

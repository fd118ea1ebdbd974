import type { EndpointSpec } from '../../spec/spec.ts'
import type { Found } from './found.ts'

/** Lists of targets in files. */
export interface TargetsFile {
  /** At least one. Rejects with an error whose message says what is wrong, where, and what would be right. */
  read(path: string): Promise<readonly EndpointSpec[]>
  /** Calls back when what the file holds has changed, until the returned function is called. */
  watch(path: string, onChange: () => void): () => void
}

/** Reads the file now and whenever it changes, until the returned function is called. */
export const followFile = (path: string, files: TargetsFile, { list, trouble, settled }: Found): (() => void) => {
  let stopped = false
  let reading = false
  let changed = true

  const read = async (): Promise<void> => {
    try {
      const endpoints = await files.read(path)
      if (stopped) return
      list.offer(endpoints)
      trouble.over()
    } catch (error) {
      if (!stopped) trouble.tell(error instanceof Error ? error.message : 'it cannot be read', true)
    }
    settled()
  }
  /** One after the other, so that the latest content is the last to be told. */
  const readAll = async (): Promise<void> => {
    reading = true
    while (changed && !stopped) {
      changed = false
      await read()
    }
    reading = false
  }

  // Watched first: a change while it is read is not lost.
  const stopWatching = files.watch(path, () => {
    changed = true
    if (!reading) void readAll()
  })
  void readAll()
  return () => {
    stopped = true
    stopWatching()
  }
}

import type { TargetsFile } from '../upstream/discovery/follow-file.ts'
import { readFromDisk } from './disk.ts'
import { type ReadFile, reasonOf } from './outside.ts'
import { type WatchOptions, watchFiles } from './watch.ts'

export interface TargetsFileOptions extends WatchOptions {
  /** Rejects like `fs.promises.readFile`. */
  readonly readText?: ReadFile
}

/**
 * Lists of targets in YAML or JSON. The parser is loaded with the first of them: most gateways have none, and would keep
 * it in memory for nothing.
 */
export const targetsFile = ({ readText = readFromDisk, ...watching }: TargetsFileOptions = {}): TargetsFile => ({
  read: async path => {
    const text = await readText(path).catch((error: unknown) => {
      throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    })
    const { readTargets } = await import('./targets-document.ts')
    return readTargets(text, path)
  },
  watch: (path, onChange) => watchFiles([path], onChange, watching).close,
})

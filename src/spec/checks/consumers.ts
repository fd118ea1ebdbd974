import { type Path, showPath } from '../problem.ts'
import { PLACEHOLDER } from '../schema/consumers.ts'
import type { Report } from '../source.ts'
import type { ConfigDraft } from './draft.ts'

/** A key belongs to one consumer, once. The hash itself is in no message. */
export const checkConsumers = (report: Report, draft: ConfigDraft): void => {
  const owners = new Map<string, Path>()
  for (const [name, consumer] of Object.entries(draft.consumers ?? {})) {
    for (const [i, key] of (consumer?.keys ?? []).entries()) {
      const hash = (typeof key === 'string' ? key : key?.hash)?.toLowerCase()
      if (hash === undefined || hash === PLACEHOLDER) continue
      const path = ['consumers', name, 'keys', i]
      const first = owners.get(hash)
      if (first === undefined) owners.set(hash, path)
      else report.add(path, `is the same key as ${showPath(first)}`, { hint: 'a key proves one consumer' })
    }
  }
}

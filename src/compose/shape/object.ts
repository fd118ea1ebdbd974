import { type Meta, metaMember } from './meta.ts'
import type { Shape } from './shaped.ts'
import { textOf } from './text.ts'

const EMPTY = Buffer.from('{}')
const END = Buffer.from('}')

/** A member for each branch that was not left out. */
export const shapeObject = (names: readonly string[], meta: Meta | null): Shape => {
  const first = names.map(name => Buffer.from(`{${JSON.stringify(name)}:`))
  const later = names.map(name => Buffer.from(`,${JSON.stringify(name)}:`))
  return results => {
    const parts: Buffer[] = []
    for (let i = 0; i < results.length; i++) {
      const result = results[i]!
      if (result.kind === 'left out') continue
      parts.push((parts.length === 0 ? first : later)[i]!, textOf(result))
    }
    if (meta !== null) parts.push(metaMember(parts.length === 0, meta(results)))
    if (parts.length === 0) return { body: EMPTY }
    parts.push(END)
    return { body: Buffer.concat(parts) }
  }
}

import { LIST, LIST_END, spaceEnd } from '../json/tokens.ts'
import type { Shape } from './shaped.ts'
import { textOf } from './text.ts'

const START = Buffer.from('[')
const COMMA = Buffer.from(',')
const END = Buffer.from(']')

/** The items of all lists in one: what is between their brackets, as it came. */
export const shapeFlatten: Shape = results => {
  const parts: Buffer[] = [START]
  for (const result of results) {
    const items = itemsIn(textOf(result))
    if (items === null) continue
    if (parts.length > 1) parts.push(COMMA)
    parts.push(items)
  }
  parts.push(END)
  return { body: Buffer.concat(parts) }
}

/** Null: there are none. */
const itemsIn = (text: Buffer): Buffer | null => {
  const start = spaceEnd(text, 0)
  if (text[start] !== LIST || text[spaceEnd(text, start + 1)] === LIST_END) return null
  return text.subarray(start + 1, text.lastIndexOf(LIST_END))
}

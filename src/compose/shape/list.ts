import type { Shape } from './shaped.ts'
import { textOf } from './text.ts'

const START = Buffer.from('[')
const COMMA = Buffer.from(',')
const END = Buffer.from(']')

/** The data of each branch, at the branch's place: null where there is none, also where the branch was left out. */
export const shapeList: Shape = results => {
  const parts: Buffer[] = [START]
  for (let i = 0; i < results.length; i++) {
    if (i > 0) parts.push(COMMA)
    parts.push(textOf(results[i]!))
  }
  parts.push(END)
  return { body: Buffer.concat(parts) }
}

import type { BranchResult } from '../branch.ts'
import { OBJECT, spaceEnd } from '../json/tokens.ts'
import { membersIn } from './members.ts'
import { META, type Meta, metaMember } from './meta.ts'
import type { Shape } from './shaped.ts'
import { textOf } from './text.ts'

/** A member of the result, in the text of its branch. */
interface Piece {
  readonly branch: number
  /** Of all members of all branches: pieces of one branch that follow each other are copied in one run. */
  readonly ordinal: number
  readonly start: number
  readonly end: number
}

type Pieces = Map<string, Piece>

/**
 * The members of all objects in one, each as it came and in the order in which its name first came. Of members of one
 * name in one object the last counts, as for JSON.parse. `_meta` is ours where it is asked for: a branch's member of
 * that name is a conflict like any other, which ours wins.
 */
export const shapeMerge = (
  names: readonly string[],
  conflicts: 'error' | 'first' | 'last',
  meta: Meta | null,
): Shape => {
  const isOurs = (name: string): boolean => meta !== null && name === META
  return results => {
    const texts = results.map(objectText)
    const pieces: Pieces = new Map()
    let ordinal = 0
    for (let branch = 0; branch < texts.length; branch++) {
      const text = texts[branch]!
      if (text === null) continue
      for (const { name, start, end } of membersIn(text)) {
        const owner = pieces.get(name)?.branch ?? branch
        const isTaken = owner !== branch || isOurs(name)
        if (isTaken && conflicts === 'error') return { conflict: conflictOf(name, names[branch]!, names[owner]!) }
        const piece = { branch, ordinal: ordinal++, start, end }
        if (!isTaken || (conflicts === 'last' && !isOurs(name))) pieces.set(name, piece)
      }
    }
    return { body: write(pieces, texts, meta === null ? null : meta(results)) }
  }
}

const objectText = (result: BranchResult): Buffer | null => {
  if (result.kind !== 'ok') return null
  const text = textOf(result)
  return text[spaceEnd(text, 0)] === OBJECT ? text : null
}

/** A stranger's name may be long. */
const MOST_NAME = 64

/** `other`: the branch that has the name already; the same one: the member is ours. */
const conflictOf = (name: string, branch: string, other: string): string => {
  const member = JSON.stringify(name.slice(0, MOST_NAME))
  if (other === branch)
    return `branch "${branch}" has a member ${member}, where it is to be said how the branches fared`
  return `branches "${other}" and "${branch}" both have a member ${member}`
}

const START = Buffer.from('{')
const COMMA = Buffer.from(',')
const END = Buffer.from('}')

const write = (pieces: Pieces, texts: readonly (Buffer | null)[], meta: string | null): Buffer => {
  const parts: Buffer[] = []
  let start = 0
  let last: Piece | null = null
  for (const piece of pieces.values()) {
    if (last === null || piece.branch !== last.branch || piece.ordinal !== last.ordinal + 1) {
      copy(parts, texts, start, last)
      start = piece.start
    }
    last = piece
  }
  copy(parts, texts, start, last)
  if (meta !== null) parts.push(metaMember(parts.length === 0, meta))
  if (parts.length === 0) parts.push(START)
  parts.push(END)
  return Buffer.concat(parts)
}

const copy = (parts: Buffer[], texts: readonly (Buffer | null)[], start: number, last: Piece | null): void => {
  const text = last === null ? null : texts[last.branch]
  if (text) parts.push(parts.length === 0 ? START : COMMA, text.subarray(start, last?.end))
}

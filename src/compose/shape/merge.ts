import type { BranchResult } from '../branch.ts'
import { OBJECT, spaceEnd } from '../json/tokens.ts'
import { type Member, membersIn } from './members.ts'
import { META, type Meta, metaMember } from './meta.ts'
import type { Shape } from './shaped.ts'
import { textOf } from './text.ts'

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
    const members = new Map<string, Member>()
    for (let branch = 0; branch < texts.length; branch++) {
      const text = texts[branch]!
      if (text === null) continue
      for (const member of membersIn(text, branch)) {
        const { name } = member
        const owner = members.get(name)?.branch ?? branch
        const isTaken = owner !== branch || isOurs(name)
        if (isTaken && conflicts === 'error') return { conflict: conflictOf(name, names[branch]!, names[owner]!) }
        if (!isTaken || (conflicts === 'last' && !isOurs(name))) members.set(name, member)
      }
    }
    return { body: write(members, texts, meta === null ? null : meta(results)) }
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

/** Members that follow each other in one text are copied in one run. */
const write = (
  members: ReadonlyMap<string, Member>,
  texts: readonly (Buffer | null)[],
  meta: string | null,
): Buffer => {
  const parts: Buffer[] = []
  let start = 0
  let last: Member | null = null
  for (const member of members.values()) {
    if (last === null || member.branch !== last.branch || member.index !== last.index + 1) {
      copy(parts, texts, start, last)
      start = member.start
    }
    last = member
  }
  copy(parts, texts, start, last)
  if (meta !== null) parts.push(metaMember(parts.length === 0, meta))
  if (parts.length === 0) parts.push(START)
  parts.push(END)
  return Buffer.concat(parts)
}

const copy = (parts: Buffer[], texts: readonly (Buffer | null)[], start: number, last: Member | null): void => {
  const text = last === null ? null : texts[last.branch]
  if (text) parts.push(parts.length === 0 ? START : COMMA, text.subarray(start, last?.end))
}

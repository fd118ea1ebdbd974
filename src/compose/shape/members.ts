import { BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END, QUOTE, spaceEnd, stringEnd } from '../json/tokens.ts'

/** One member in the text of its object. */
export interface Member {
  readonly name: string
  /** Whose object it is. */
  readonly branch: number
  /** Among its members. */
  readonly index: number
  /** Of the name's opening quote. */
  readonly start: number
  /** Behind the value. */
  readonly end: number
}

/** Of an object's text that was checked: nothing is looked at but where its members begin and end. */
export const membersIn = (text: Buffer, branch: number): readonly Member[] => {
  const members: Member[] = []
  const latin1 = text.toString('latin1')
  let at = spaceEnd(text, spaceEnd(text, 0) + 1)
  while (text[at] === QUOTE) {
    const start = at
    const nameEnd = stringEnd(text, start + 1)
    const end = valueEnd(text, spaceEnd(text, spaceEnd(text, nameEnd) + 1))
    members.push({ name: nameOf(text, latin1, start, nameEnd), branch, index: members.length, start, end })
    at = spaceEnd(text, end)
    if (text[at] !== OBJECT_END) at = spaceEnd(text, at + 1)
  }
  return members
}

const valueEnd = (text: Buffer, at: number): number => {
  const first = text[at]
  if (first === QUOTE) return stringEnd(text, at + 1)
  if (first !== OBJECT && first !== LIST) return scalarEnd(text, at)
  let depth = 0
  do {
    const byte = text[at]
    if (byte === QUOTE) at = stringEnd(text, at + 1)
    else {
      if (byte === OBJECT || byte === LIST) depth++
      else if (byte === OBJECT_END || byte === LIST_END) depth--
      at++
    }
  } while (depth > 0)
  return at
}

/** Numbers and words end before white space and whatever comes between values, all of which they do not hold. */
const scalarEnd = (text: Buffer, at: number): number => {
  for (let byte = text[at]!; byte > 0x20 && byte !== 0x2c && byte !== OBJECT_END; byte = text[++at]!);
  return at
}

/** Names are ASCII as a rule: cut out of the one string, not decoded each (merge of 4 × 12: 12 → 10 us). */
const nameOf = (text: Buffer, latin1: string, start: number, end: number): string => {
  for (let i = start + 1; i < end; i++) {
    if (text[i] === BACKSLASH || text[i]! > 0x7f) return JSON.parse(text.toString('utf8', start, end))
  }
  return latin1.slice(start + 1, end - 1)
}

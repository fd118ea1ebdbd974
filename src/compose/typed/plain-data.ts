import type { Json } from '../../base/json.ts'
import type { Unchecked } from '../../core/code/unchecked.ts'
import type { BranchData } from '../branch.ts'
import { isList, isObject } from '../json/object.ts'
import { digitsOf } from '../json/wide.ts'

/** A number that may be more than a JavaScript number holds, a member called `__proto__`, or one that is written otherwise. */
const ODD = /\d{16}|__proto__|\\u00|[eE]\+?\d{3}/

/**
 * A branch's data for code that does not know of hostile ones: see `Unchecked`. Nobody else has it, so that it may be
 * changed: fallbacks are the same for all requests, and branches that ask the same share one answer.
 */
export const plainData = (data: Pick<BranchData, 'text' | 'json'>): Unchecked => {
  const { text } = data
  if (text === null) return copy(data.json())
  const written = text.toString('latin1')
  if (ODD.test(written)) return copy(data.json())
  return JSON.parse(text.toString('utf8'))
}

const copy = (value: Json): Unchecked => {
  if (isList(value)) return value.map(copy)
  if (isObject(value)) {
    const members = Object.entries(value).filter(([name]) => name !== '__proto__')
    return Object.fromEntries(members.map(([name, member]) => [name, copy(member)]))
  }
  const digits = digitsOf(value)
  return digits === undefined ? (value as Unchecked) : numberOf(digits)
}

/** More than any integer that is meant as one; to parse a million digits takes its time. */
const MOST_DIGITS = 1000

/** What is beyond all numbers is infinite, which schemas refuse and answers cannot say. */
const numberOf = (digits: string): number | bigint =>
  digits.length <= MOST_DIGITS && /^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits)

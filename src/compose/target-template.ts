import { encodeNonAscii, normalizeEscapes } from '../base/percent.ts'
import type { BranchSpec, TextTemplate } from '../spec/spec-aggregate.ts'
import { type Inputs, type Resolve, Unaskable, unfit } from './references.ts'
import { compilePresence, compileText, type Encode, type MakeText } from './text-template.ts'

/** Of path and query together; what servers take by default. */
const MOST_TARGET = 8192

export interface MakeTarget {
  path(from: Inputs): string
  /** With its `?`, or empty. */
  query(from: Inputs): string
}

/**
 * The path and query that a branch asks for. Values can never add a segment, a parameter or a dot segment; those that
 * would, encoded or not, for some server behind us, make it fail.
 */
export const compileTarget = ({ path, query }: BranchSpec, resolve: Resolve): MakeTarget => {
  const [inPath, inQuery] = atQuestionMark(path)
  const segments = segmentsOf(inPath).map(segment => compileSegment(segment, resolve))
  const own = inQuery === null ? null : compileText(inQuery, resolve, inText, literal)
  const added = query.map(([name, value]) => compileParameter(name, value, resolve))
  const tooLong = new Unaskable(isAllOfClient([path, ...query.map(([, value]) => value)], resolve), TOO_LONG)
  const bounded = (text: string): string => {
    if (text.length > MOST_TARGET) throw tooLong
    return text
  }
  const makePath: MakeText = from => {
    let out = ''
    for (const segment of segments) out += segment(from)
    return bounded(out)
  }
  if (own === null && added.length === 0) return { path: makePath, query: () => '' }
  return {
    path: makePath,
    query: from => {
      let out = own === null ? '' : '?' + own(from)
      for (const parameter of added) {
        const pair = parameter(from)
        if (pair !== '') out += (out === '' ? '?' : '&') + pair
      }
      return bounded(out)
    },
  }
}

const TOO_LONG = 'the target would be too long'

/** Whether what is put in comes from the client alone. */
const isAllOfClient = (templates: readonly TextTemplate[], resolve: Resolve): boolean =>
  templates.flat().every(part => typeof part === 'string' || resolve(part).ofClient)

/** Before and after the first `?` that was written; values have none that counts. */
const atQuestionMark = (template: TextTemplate): [path: TextTemplate, query: TextTemplate | null] => {
  for (const [i, part] of template.entries()) {
    const at = typeof part === 'string' ? part.indexOf('?') : -1
    if (at < 0 || typeof part !== 'string') continue
    return [
      [...template.slice(0, i), part.slice(0, at)],
      [part.slice(at + 1), ...template.slice(i + 1)],
    ]
  }
  return [template, null]
}

/** Split before each `/` that was written. */
const segmentsOf = (template: TextTemplate): readonly TextTemplate[] => {
  const segments: (string | Exclude<TextTemplate[number], string>)[][] = [[]]
  for (const part of template) {
    for (const piece of typeof part === 'string' ? part.split(/(?=\/)/) : [part]) {
      if (typeof piece === 'string' && piece.startsWith('/')) segments.push([piece])
      else segments.at(-1)!.push(piece)
    }
  }
  return segments
}

const compileSegment = (segment: TextTemplate, resolve: Resolve): MakeText => {
  const make = compileText(segment, resolve, inSegment, literal)
  if (segment.every(part => typeof part === 'string')) return make
  const dots = new Unaskable(isAllOfClient([segment], resolve), 'a segment of the path would be a dot segment')
  return from => {
    const text = make(from)
    if (DOT_SEGMENT.test(text)) throw dots
    return text
  }
}

/**
 * `..;x` is a name here, but `..` for servers that take path parameters off first, see base/target.ts; and what stands
 * between encoded slashes is a segment for servers that decode them before they look.
 */
const DOT_SEGMENT = /(?:^\/?|%2F|%5C)\.{1,2}(?:$|;|%3B|%2F|%5C)/

/** Servers written in C end their strings at a NUL, and no honest value holds a control character. */
const CONTROL = /[\u0000-\u001f\u007f]/

const inSegment: Encode = (value, of) => {
  if (value === '') throw unfit(of, 'is empty, which a path cannot hold')
  if (CONTROL.test(value)) throw unfit(of, 'holds a control character')
  return inText(value, of)
}

/** A surrogate without its other half has no UTF-8. */
const inText: Encode = (value, of) => {
  if (!value.isWellFormed()) throw unfit(of, 'is not valid Unicode')
  return encodeURIComponent(value)
}

/** In the one form that servers agree on, so that `%2e` beside a value is seen for what it is. */
const literal = (text: string): string => normalizeEscapes(encodeNonAscii(text)) ?? text.replaceAll('%', '%25')

/** Empty: what it is made of is missing, which leaves it out. */
const compileParameter = (name: string, value: TextTemplate, resolve: Resolve): MakeText => {
  const before = encodeURIComponent(name) + '='
  const isThere = compilePresence(value, resolve)
  const make = compileText(value, resolve, inText, encodeURIComponent)
  return from => (isThere(from) ? before + make(from) : '')
}

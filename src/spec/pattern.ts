import { encodeNonAscii, normalizeEscapes } from '../base/percent.ts'
import { compileRegex } from '../base/regex.ts'
import { parseRegexPattern, patternOf } from './regex-pattern.ts'
import type { Pattern, PatternError, PatternKind, Segment } from './segment.ts'

export type { Pattern, PatternError, PatternKind, Segment } from './segment.ts'

/** Bounds the depth of the routing tree, and with it the work of a lookup. */
export const MAX_SEGMENTS = 64

/** What is written between two slashes, and where it starts. */
interface Piece {
  readonly text: string
  readonly offset: number
}

export const parsePattern = (text: string, kind: PatternKind): Pattern | PatternError => {
  if (kind === 'regex') return parseRegexPattern(text)
  if (!text.startsWith('/')) return { error: 'must start with "/"', offset: 0 }
  const pieces = split(text, kind)
  if (pieces.length > MAX_SEGMENTS) return { error: `has more than ${MAX_SEGMENTS} segments`, offset: 0 }
  const segments: Segment[] = []
  const params: string[] = []
  for (const [i, piece] of pieces.entries()) {
    const segment = parseSegment(piece, i === pieces.length - 1, kind)
    if ('error' in segment) return segment
    if (segment.kind !== 'literal') {
      if (params.includes(segment.name)) return { error: `names {${segment.name}} twice`, offset: piece.offset }
      params.push(segment.name)
    }
    segments.push(segment)
  }
  return { segments, params }
}

/** For routes that were checked: throws when the pattern is not valid. */
export const checkedPattern = (match: { readonly kind: PatternKind; readonly pattern: string }): Pattern => {
  if (match.kind === 'regex') return compiledPattern(match)
  const pattern = parsePattern(match.pattern, match.kind)
  if ('error' in pattern) throw new Error(`pattern "${match.pattern}" ${pattern.error}`)
  return pattern
}

const compiled = new WeakMap<object, Pattern>()

/** Kept as long as the route is: an expression is compiled once for all that ask about it. */
const compiledPattern = (match: { readonly pattern: string }): Pattern => {
  const found = compiled.get(match)
  if (found !== undefined) return found
  const made = patternOf(compileRegex(match.pattern))
  compiled.set(match, made)
  return made
}

const split = (text: string, kind: PatternKind): Piece[] => {
  const pieces: Piece[] = []
  let offset = 1
  for (const piece of text.slice(1).split('/')) {
    pieces.push({ text: piece, offset })
    offset += piece.length + 1
  }
  if (kind === 'prefix' && pieces.at(-1)?.text === '') pieces.pop()
  return pieces
}

const parseSegment = ({ text, offset }: Piece, last: boolean, kind: PatternKind): Segment | PatternError => {
  if (text === '') {
    return last && kind === 'path' ? { kind: 'literal', text } : { error: 'has an empty segment ("//")', offset }
  }
  const brace = text.search(/[{}]/)
  if (brace < 0) return parseLiteral(text, offset)
  if (!text.startsWith('{') || text.indexOf('}') !== text.length - 1) {
    return { error: 'a parameter takes a whole segment: write "/{name}/", not text around it', offset: offset + brace }
  }
  return parseParam(text.slice(1, -1), offset, last, kind)
}

const parseParam = (inner: string, offset: number, last: boolean, kind: PatternKind): Segment | PatternError => {
  const rest = inner.endsWith('...')
  const name = rest ? inner.slice(0, -3) : inner
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
    return { error: `"${inner}" is not a parameter name; use letters, digits, "_" and "-", as in {user_id}`, offset }
  }
  if (!rest) return { kind: 'param', name }
  if (kind === 'prefix') return { error: `a prefix needs no {${inner}}: it already matches whatever follows`, offset }
  if (!last) return { error: `{${inner}} must be the last segment`, offset }
  return { kind: 'rest', name }
}

const parseLiteral = (text: string, offset: number): Segment | PatternError => {
  // Nearly all are: a thousand routes are a few milliseconds instead of tens.
  if (/^\w[\w.~-]*$/.test(text)) return { kind: 'literal', text }
  const mistake = LITERAL_MISTAKES.find(([pattern]) => pattern.test(text))
  if (mistake !== undefined) return { error: mistake[1], offset: offset + text.search(mistake[0]) }
  const normal = normalizeEscapes(encodeNonAscii(text))
  if (normal === undefined) return { error: '"%" must be followed by two hex digits; a plain one is "%25"', offset }
  if (normal === '.' || normal === '..') {
    return { error: `"${text}" never matches: dot segments are removed from requests`, offset }
  }
  return { kind: 'literal', text: normal }
}

/** Texts that are legal or nearly, and never mean what was hoped. */
const LITERAL_MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^\*+$/, '"*" is not a wildcard here; use {name} for one segment, {rest...} for all that follow, or "prefix"'],
  [/^:\w/, 'parameters are written {name}, not :name'],
  [/\?/, 'must not contain "?"; match the query with "query"'],
  [/#/, 'must not contain "#": clients do not send it'],
  [/[\u0000-\u0020\u007f]/, 'must not contain spaces or control characters; a space is "%20"'],
  [/\\/, 'must not contain "\\"; an encoded one is "%5C"'],
  [/%00/, 'must not contain "%00": requests with it are refused'],
]

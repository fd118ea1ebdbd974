/** `traceparent` as it was received (W3C Trace Context Level 2 §3.2). */
export interface TraceParent {
  /** 32 hex digits, not all 0. */
  readonly traceId: string
  /** Of the caller's span: 16 hex digits, not all 0. */
  readonly spanId: string
  readonly flags: number
}

/** The caller keeps its part of the trace. */
export const SAMPLED = 0x01
/** The trace id is random (Level 2 §3.2.3.3): whoever sees it may sample by it. */
export const RANDOM = 0x02

const PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/
const LENGTH = 55

/** Null for what is not valid: a new trace begins then (§4.3). Of later versions what is known of this one is read. */
export const parseTraceParent = (value: string): TraceParent | null => {
  if (!PARENT.test(value)) return null
  if (value.length > LENGTH && value.startsWith('00')) return null
  return { traceId: value.slice(3, 35), spanId: value.slice(36, 52), flags: Number.parseInt(value.slice(53, 55), 16) }
}

export const formatTraceParent = (traceId: string, spanId: string, flags: number): string =>
  `00-${traceId}-${spanId}-0${flags & (SAMPLED | RANDOM)}`

const MEMBER =
  /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\u0020-\u002b\u002d-\u003c\u003e-\u007e]{0,255}[\u0021-\u002b\u002d-\u003c\u003e-\u007e]$/
const MOST_MEMBERS = 32
/** What everybody passes on (§3.3.1.5); there need not be more. */
const MOST_LENGTH = 512
/** Those longer than this go first. */
const LONG_MEMBER = 128

/** The lines of `tracestate` as one value that is passed on; empty where there is none, or one that is not valid. */
export const readTraceState = (lines: readonly string[]): string => {
  if (lines.length === 0) return ''
  const members = lines
    .join(',')
    .split(',', MOST_MEMBERS * 2)
    .map(member => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(member => member !== '')
  if (members.length > MOST_MEMBERS || !members.every(member => MEMBER.test(member))) return ''
  return shortened(members)
}

const shortened = (members: readonly string[]): string => {
  const all = members.join(',')
  if (all.length <= MOST_LENGTH) return all
  const kept = members.filter(member => member.length <= LONG_MEMBER)
  while (kept.join(',').length > MOST_LENGTH) kept.pop()
  return kept.join(',')
}

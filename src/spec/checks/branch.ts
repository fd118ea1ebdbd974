import { encodeNonAscii, normalizeEscapes } from '../../base/percent.ts'
import type { Path } from '../problem.ts'
import { parseRefTemplate } from '../ref-template.ts'
import type { Report } from '../source.ts'
import { didYouMean } from '../suggest.ts'
import { showDuration } from '../units.ts'
import { type AggregateDraft, type BranchDraft, exactlyOne, written } from './draft.ts'
import { checkEdits } from './fields.ts'
import { checkRetry } from './retry.ts'

/** What spans several keys of one branch, but for its references. */
export const checkBranch = (report: Report, path: Path, branch: BranchDraft, aggregate: AggregateDraft): void => {
  checkTarget(report, [...path, 'path'], branch.path ?? '')
  checkMethod(report, path, branch)
  checkTimes(report, path, branch, aggregate)
  if (typeof branch.retry === 'object') checkRetry(report, [...path, 'retry'], branch.retry)
  checkFallback(report, path, branch)
  checkEdits(report, path, branch)
  checkBytes(report, path, branch, aggregate)
  for (const [key, value] of Object.entries(branch.when ?? {})) {
    if (typeof value !== 'object' || Array.isArray(value)) continue
    exactlyOne(report, [...path, 'when', key], ['exists', 'not'], '"exists" or "not"')
  }
}

/** Dot segments would lead out of the path as it is written: services remove them, and some before they look for rules. */
const checkTarget = (report: Report, path: Path, text: string): void => {
  const literal = parseRefTemplate(text).parts.map(part => (typeof part === 'string' ? part : 'x'))
  const [target = ''] = literal.join('').split('?')
  const normal = normalizeEscapes(encodeNonAscii(target))
  if (normal === undefined) report.add(path, '"%" must be followed by two hex digits; a plain one is "%25"')
  else if (normal.split('/').some(segment => /^\.{1,2}(;|$)/.test(segment))) {
    report.add(path, 'must not have "." or ".." as a segment', { hint: 'write the path that is meant' })
  }
}

const checkMethod = (report: Report, path: Path, branch: BranchDraft): void => {
  const { method = 'GET' } = branch
  if (method === 'HEAD') {
    report.add([...path, 'method'], 'brings no body, so there would be no data', { hint: 'use GET' })
  }
  if (method !== 'GET' && method !== 'HEAD') return
  for (const key of written(report, path, ['body'])) {
    report.add([...path, key], `is not sent with ${method}`, { hint: 'set "method", such as POST', on: 'key' })
  }
}

const checkTimes = (
  report: Report,
  path: Path,
  { timeout, retry }: BranchDraft,
  { deadline }: AggregateDraft,
): void => {
  if (timeout !== undefined && deadline !== undefined && timeout >= deadline) {
    report.add([...path, 'timeout'], `is never reached: the deadline of the whole is ${showDuration(deadline)}`, {
      severity: 'warning',
      hint: 'make it shorter, or "deadline" longer',
    })
  }
  const perTry = typeof retry === 'object' ? retry.perTry : undefined
  const bound = timeout ?? deadline
  if (perTry === undefined || bound === undefined || perTry <= bound) return
  const what = timeout === undefined ? 'deadline of the whole' : 'timeout of the branch'
  report.add([...path, 'retry', 'perTry'], `is longer than the ${what} (${showDuration(bound)})`)
}

const checkFallback = (report: Report, path: Path, branch: BranchDraft): void => {
  const [first, second] = written(report, path, ['fallback', 'fallbackTo'])
  if (second !== undefined) report.add([...path, second], 'cannot be combined with "fallback"', { on: 'key' })
  if (first !== 'fallback' || branch.required !== true) return
  report.add([...path, 'required'], 'means nothing: the fallback always stands in', {
    severity: 'warning',
    hint: 'leave one of the two out',
  })
}

/** The branch that stands in for another must be one, and have its data by itself. */
export const checkFallbackTo = (report: Report, path: Path, name: string, aggregate: AggregateDraft): void => {
  const branches = aggregate.branches ?? {}
  const other = branches[name]?.fallbackTo
  const at = [...path, 'fallbackTo']
  if (other === undefined) return
  if (other === name) report.add(at, 'is the branch itself', { hint: 'name another one' })
  else if (branchMustExist(report, at, other, Object.keys(branches)) && branches[other]?.fallbackTo !== undefined) {
    report.add(at, `${report.show(at, other)} falls back to another branch itself`, { hint: 'name one that does not' })
  }
}

export const branchMustExist = (report: Report, path: Path, name: string, known: readonly string[]): boolean => {
  if (known.includes(name)) return true
  const meant = report.source.fromOutside(path) ? undefined : didYouMean(name, known)
  report.add(path, `unknown branch ${report.show(path, name)}`, {
    hint: meant ?? 'add it to "branches"',
    code: 'unknown-name',
  })
  return false
}

const checkBytes = (report: Report, path: Path, { maxBytes }: BranchDraft, { maxBytes: all }: AggregateDraft): void => {
  if (maxBytes === undefined || all === undefined || maxBytes <= all) return
  if (written(report, path, ['maxBytes']).length === 0) return
  report.add([...path, 'maxBytes'], 'is larger than "maxBytes" of the whole', {
    severity: 'warning',
    hint: 'make that larger, too',
  })
}

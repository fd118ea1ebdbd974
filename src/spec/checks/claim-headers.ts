import { nameId } from '../../base/headers.ts'
import { type ClaimHeader, claimHeaders } from '../claim-headers.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import type { JwtDraft } from './draft.ts'

/** Header fields that carry claims must be free for that, and each for one claim only. */
export const checkClaimHeaders = (report: Report, path: Path, written: JwtDraft['claimHeaders']): void => {
  const taken = new Map<string, string>()
  for (const entry of claimHeaders(written)) {
    const at = [...path, entry.key]
    const mistake = mistakeIn(entry, taken)
    if (mistake !== undefined) report.add(at, mistake.message, { hint: mistake.hint })
    // A service may fold `_` to `-`: two names that differ in nothing else are one to it.
    if (entry.header !== undefined) taken.set(fold(entry.header), entry.claim)
  }
}

const fold = (header: string): string => header.replaceAll('_', '-')

const mistakeIn = (
  { header }: ClaimHeader,
  taken: ReadonlyMap<string, string>,
): { message: string; hint: string } | undefined => {
  if (header === undefined) {
    return {
      message: 'makes no header name',
      hint: 'write it with a name: { "https://example.com/plan": x-claim-plan }',
    }
  }
  if (header === 'x-consumer') {
    return { message: 'x-consumer is the name of the known consumer', hint: 'use "consumerClaim", or another header' }
  }
  if (nameId(fold(header)) !== 0 || /^(sec|proxy|x-forwarded)-/.test(fold(header))) {
    return { message: `${header} already means something else`, hint: 'use a name such as x-claim-sub' }
  }
  if (taken.has(fold(header))) return { message: 'has the same header as another claim', hint: 'give each its own' }
  return undefined
}

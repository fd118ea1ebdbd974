import type { Draft } from './salvage.ts'

type Written = Draft<string[] | Record<string, string>>

export interface ClaimHeader {
  readonly claim: string
  /** Lower case; undefined where the claim makes no name. */
  readonly header: string | undefined
  /** Where it is written: the position in a list, or the claim in a map. */
  readonly key: string | number
}

/** Which claims the service gets, and under which names. */
export const claimHeaders = (written: Written | undefined): ClaimHeader[] => {
  if (Array.isArray(written)) {
    return written.flatMap((claim, key) => (claim === undefined ? [] : [{ claim, header: headerFor(claim), key }]))
  }
  return Object.entries(written ?? {}).flatMap(([claim, header]) =>
    header === undefined ? [] : [{ claim, header: header.toLowerCase(), key: claim }],
  )
}

/** `org.id` is sent as `x-claim-org-id`. */
const headerFor = (claim: string): string | undefined => {
  const name = `x-claim-${claim.toLowerCase().replace(/[._]/g, '-')}`
  return /^[a-z0-9-]+$/.test(name) ? name : undefined
}

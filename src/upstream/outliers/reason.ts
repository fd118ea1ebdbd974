/** Why a target was ejected, as it stands in TARGET.reason; 0: it never was. */
export const REASON = { errors: 1, localErrors: 2, failureRate: 3, deviation: 4 } as const

export type Reason = (typeof REASON)[keyof typeof REASON]

const TEXTS = [
  '',
  'failures in a row',
  'failures to connect or to answer in a row',
  'too large a share of failures',
  'fewer successes than the other targets',
]

/** For people; empty when there is none. */
export const reasonText = (reason: number): string => TEXTS[reason] ?? ''

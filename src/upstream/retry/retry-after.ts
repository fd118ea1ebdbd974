const SECONDS = /^\d+$/
/** RFC 9110 §5.6.7: the form in use, and the two obsolete ones that must be read. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const RFC_850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/**
 * How long `Retry-After` (RFC 9110 §10.2.3) asks to wait, ms; undefined where it says nothing that can be read. `wall`:
 * ms since the epoch. A moment that has passed is 0.
 */
export const retryAfterMs = (value: string, wall: number): number | undefined => {
  if (SECONDS.test(value)) return Number(value) * 1000
  const at = dateMs(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - wall)
}

const dateMs = (value: string): number => {
  if (IMF_FIXDATE.test(value) || RFC_850.test(value)) return Date.parse(value)
  // Without a zone `Date.parse` would take it for local time.
  return ASCTIME.test(value) ? Date.parse(`${value} GMT`) : Number.NaN
}

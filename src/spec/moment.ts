const MOMENT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/

/**
 * A date (its first moment in UTC) or a time with its zone, in milliseconds since the epoch. A time without a zone
 * would mean something else on every machine.
 */
export const parseMoment = (text: string): number | undefined => {
  const date = MOMENT.exec(text)?.[1]
  if (date === undefined) return undefined
  const ms = Date.parse(text)
  const midnight = Date.parse(date)
  // `Date` takes February 30 for March 2.
  if (Number.isNaN(ms) || !new Date(midnight).toISOString().startsWith(date)) return undefined
  return ms > 0 ? ms : undefined
}

export const isMoment = (text: string): boolean => parseMoment(text) !== undefined

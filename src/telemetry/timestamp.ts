import { lastOf } from './remembered.ts'

/** Formatters of wall-clock milliseconds that keep the text of the last second: at load most requests share it. */

const DECIMALS = Array.from({ length: 1000 }, (_, n) => `.${String(n).padStart(3, '0')}`)

/** Thousandths, `n` from 0 to 999, as what follows a whole number. */
export const decimals = (n: number): string => DECIMALS[n]!

const perSecond = (format: (wholeSecondMs: number) => string) => lastOf(second => format(second * 1000))

/** `2026-11-22T13:45:29.123Z` */
export const isoTimestamp = (): ((wallMs: number) => string) => {
  const second = perSecond(ms => new Date(ms).toISOString().slice(0, 19))
  return wallMs => {
    const ms = Math.floor(wallMs)
    const whole = Math.floor(ms / 1000)
    return `${second(whole)}${decimals(ms - whole * 1000)}Z`
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `22/Nov/2026:13:45:29 +0000`, in UTC so that the log of every machine reads alike. */
export const clfTimestamp = (): ((wallMs: number) => string) => {
  const second = perSecond(ms => {
    const iso = new Date(ms).toISOString()
    const month = MONTHS[Number(iso.slice(5, 7)) - 1]
    return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
  })
  return wallMs => second(Math.floor(wallMs / 1000))
}

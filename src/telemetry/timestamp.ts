/** Formatters of whole seconds since the epoch. */

/** `2026-11-22T13:45:29` */
export const isoSecond = (second: number): string => new Date(second * 1000).toISOString().slice(0, 19)

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `22/Nov/2026:13:45:29 +0000`, in UTC so that the log of every machine reads alike. */
export const clfSecond = (second: number): string => {
  const iso = isoSecond(second)
  const month = MONTHS[Number(iso.slice(5, 7)) - 1]
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}

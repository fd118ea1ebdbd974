import { readFileSync, writeFileSync } from 'node:fs'

/** Fills `@NAME@` in. A name without a value is a mistake of ours and throws. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/@([A-Z_]+)@/g, (whole, name: string) => {
    if (whole === '@NAMES@') return whole // the comment that explains this
    const value = values[name]
    if (value === undefined) throw new Error(`no value for ${whole}`)
    return String(value)
  })

/** Writes a committed configuration with its values to `to`, and returns `to`. */
export const writeFilled = (from: string, to: string, values: Readonly<Record<string, string | number>>): string => {
  writeFileSync(to, fill(readFileSync(from, 'utf8'), values))
  return to
}

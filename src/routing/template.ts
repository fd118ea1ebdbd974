import { encodeNonAscii } from '../base/percent.ts'

/** Puts parameter values into a text with `{name}` and `{name...}`. */
export type Fill = (params: readonly string[]) => string

/**
 * Compiles a template. `names` are the pattern's, in order; a name that is not among them throws, as the configuration
 * was checked. `encode` is applied to values, which otherwise stay as they are in the path: percent-encoded.
 */
export const compileTemplate = (
  template: string,
  names: readonly string[],
  encode: (value: string) => string = value => value,
): Fill => {
  // Every second part is a name.
  const parts = encodeNonAscii(template).split(/\{([^{}]*)\}/)
  if (parts.length === 1) return () => parts[0]!
  const slots = parts.map((part, i) => (i % 2 === 0 ? -1 : slotOf(part, names)))
  return params => {
    let out = ''
    for (let i = 0; i < parts.length; i++) {
      const slot = slots[i]!
      out += slot < 0 ? parts[i]! : encode(params[slot] ?? '')
    }
    return out
  }
}

const slotOf = (part: string, names: readonly string[]): number => {
  const slot = names.indexOf(part.replace(/\.\.\.$/, ''))
  if (slot < 0) throw new Error(`the pattern has no parameter {${part}}`)
  return slot
}

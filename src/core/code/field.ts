const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110 §5.5, in latin1: no control bytes, no space around. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

/** In lower case. Throws a TypeError where it is no name of a header; what it is stays untold. */
export const fieldName = (name: unknown): string => {
  if (typeof name !== 'string' || !NAME.test(name)) throw new TypeError('a header has a name that is none')
  return name.toLowerCase()
}

/** As it is. Throws a TypeError where it is no value, or could begin another header. */
export const fieldValue = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || !VALUE.test(value)) throw new TypeError(`header "${name}" has a value that is none`)
  return value
}

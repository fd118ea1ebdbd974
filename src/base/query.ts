import { decodeForm } from './percent.ts'

/**
 * The first value of a query parameter, decoded; `''` for a name without `=`, undefined when it is absent. `query`
 * starts with `?` or is empty. Only the parts that could be meant are decoded.
 */
export const queryValue = (query: string, name: string): string | undefined => {
  let from = 1
  while (from < query.length) {
    let end = query.indexOf('&', from)
    if (end < 0) end = query.length
    const value = valueIn(query.slice(from, end), name)
    if (value !== undefined) return value
    from = end + 1
  }
  return undefined
}

/** The value when `part`, what stands between two `&`, has that name. */
const valueIn = (part: string, name: string): string | undefined => {
  if (part === '') return undefined
  const equals = part.indexOf('=')
  const key = equals < 0 ? part : part.slice(0, equals)
  if (decodeForm(key) !== name) return undefined
  return equals < 0 ? '' : decodeForm(part.slice(equals + 1))
}

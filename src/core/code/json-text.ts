/** Deeper than any answer; what holds itself ends there. */
const MAX_DEPTH = 200

/**
 * The JSON text of what a stranger's code made; throws an Error that names the place for what JSON cannot say and
 * `JSON.stringify` would leave out or change in silence. Bigints are written as the integers they are. Members that are
 * undefined are left out.
 */
export const jsonText = (value: unknown): string => {
  if (value === undefined) throw new TypeError('there is nothing: undefined')
  const found: Found = { bigint: false }
  check(value, [], found)
  return JSON.stringify(value, found.bigint ? writeBigint : undefined)
}

interface Found {
  bigint: boolean
}

const writeBigint = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value

const check = (value: unknown, path: (string | number)[], found: Found): void => {
  switch (typeof value) {
    case 'bigint':
      found.bigint = true
      return
    case 'number':
      if (!Number.isFinite(value)) throw unwritable(path, String(value))
      return
    case 'function':
    case 'symbol':
      throw unwritable(path, `a ${typeof value}`)
    case 'object':
      if (value !== null) checkObject(value, path, found)
  }
}

const checkObject = (value: object, path: (string | number)[], found: Found): void => {
  if (path.length > MAX_DEPTH) throw unwritable(path.slice(0, 3), 'something that is nested too deep, or holds itself')
  if (JSON.isRawJSON(value) || ('toJSON' in value && typeof value.toJSON === 'function')) return
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkAt(value[i], i, path, found)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw unwritable(path, `an instance of ${nameOf(value)}`)
  for (const [name, member] of Object.entries(value)) checkAt(member, name, path, found)
}

const checkAt = (value: unknown, key: string | number, path: (string | number)[], found: Found): void => {
  path.push(key)
  check(value, path, found)
  path.pop()
}

const nameOf = (value: object): string =>
  (typeof value.constructor === 'function' ? value.constructor.name : '') || 'a class'

/** Names of members may be strangers' too. */
const MOST_NAME = 40

const unwritable = (path: readonly (string | number)[], what: string): TypeError => {
  const place = path.map(key => String(key).slice(0, MOST_NAME)).join('.')
  return new TypeError(`${place === '' ? 'it' : `"${place}"`} is ${what}, which JSON cannot say`)
}

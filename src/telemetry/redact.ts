/** Query parameters that usually carry a secret. */
export const SECRET_PARAMETERS: readonly string[] = [
  'token',
  'key',
  'api_key',
  'apikey',
  'access_token',
  'refresh_token',
  'id_token',
  'password',
  'secret',
  'client_secret',
  'signature',
  'sig',
  'code',
  'auth',
  'jwt',
  'session',
]

const REPLACEMENT = 'REDACTED'
/** A parameter name and its `=`, after anything that some server takes for a separator. Linear: names exclude them all. */
const NAME = /[?&;#]([^=?&;#]*)=/g
const SLASH = 0x2f
const BACKSLASH = 0x5c
/** Before a host, as browsers read it: the scheme may be left out, slashes may lean either way and be one or many. */
const USER_INFO = /^((?:[a-z][a-z0-9+.-]*:)?[\\/]+)[^\\/?#]*@/i
/** With one slash in front it is a path, as nearly all targets are. */
const namesHost = (target: string): boolean => {
  const second = target.charCodeAt(1)
  return target.charCodeAt(0) !== SLASH || second === SLASH || second === BACKSLASH
}

/**
 * Returns a function that replaces the values of secret parameters in a request target or URL, whatever the case or
 * percent-encoding of their names, and credentials before the host. A value ends at the next `&` only: where servers
 * disagree whether `;` separates, too much is hidden rather than too little.
 */
export const redactor = (names: readonly string[] = SECRET_PARAMETERS): ((target: string) => string) => {
  const secret = new Set(names.map(name => name.toLowerCase()))
  const suspicious = suspicion(names)
  return target => {
    const url = namesHost(target) && target.includes('@') ? target.replace(USER_INFO, `$1${REPLACEMENT}@`) : target
    return url.includes('=') && suspicious.test(url) ? redactParameters(url, secret) : url
  }
}

/** Clears most targets with one cheap look: none of the names is in it, and no name is percent-encoded. */
const suspicion = (names: readonly string[]): RegExp => {
  const literal = names.map(name => name.replace(/[^\w]/g, '\\$&'))
  return new RegExp(`[?&;#](?:${[...literal, '[^=?&;#%]*%[^=?&;#]*'].join('|')})=`, 'i')
}

const redactParameters = (url: string, secret: ReadonlySet<string>): string => {
  let clean = ''
  let from = 0
  NAME.lastIndex = 0
  for (let match = NAME.exec(url); match; match = NAME.exec(url)) {
    if (!secret.has(plainName(match[1]!))) continue
    clean += url.slice(from, NAME.lastIndex) + REPLACEMENT
    const end = url.indexOf('&', NAME.lastIndex)
    from = end < 0 ? url.length : end
    NAME.lastIndex = from
  }
  return from === 0 ? url : clean + url.slice(from)
}

const plainName = (name: string): string => (name.includes('%') ? decoded(name) : name).toLowerCase()

const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

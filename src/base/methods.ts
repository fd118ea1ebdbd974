import { http } from './node.ts'

/**
 * Methods that Node's parser knows. One it does not know is malformed for us as well: never more lenient than llhttp
 * (DESIGN §4), and a route for it would never be reached.
 */
export const METHODS: ReadonlySet<string> = new Set(http.METHODS)

/** Refused whatever a route says: one opens tunnels, the other sends a client's credentials back. */
export const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE'])

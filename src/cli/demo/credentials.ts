import { createHmac, hash, randomBytes } from 'node:crypto'

/** Credentials that are good for one run of the demo and nowhere else. */
export interface DemoCredentials {
  /** Shared secret of the tokens. */
  readonly secret: string
  /** A token of a customer who may read. */
  readonly token: string
  /** The same, expired an hour ago. */
  readonly expiredToken: string
  readonly key: string
  /** As it stands in the configuration. */
  readonly keyHash: string
}

const HOUR_S = 3600
const TOKEN_LASTS_S = 24 * HOUR_S

/** `now`: ms since the epoch. */
export const demoCredentials = (now: number): DemoCredentials => {
  const secret = randomBytes(32).toString('base64url')
  const key = `demo_${randomBytes(24).toString('base64url')}`
  const iat = Math.floor(now / 1000)
  const claims = { iss: 'demo', sub: 'ada', roles: ['reader'], iat }
  return {
    secret,
    token: sign({ ...claims, exp: iat + TOKEN_LASTS_S }, secret),
    expiredToken: sign({ ...claims, iat: iat - 2 * HOUR_S, exp: iat - HOUR_S }, secret),
    key,
    keyHash: `sha256:${hash('sha256', key)}`,
  }
}

/** A JWT signed with HS256 (RFC 7515 §3.1). */
const sign = (claims: object, secret: string): string => {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

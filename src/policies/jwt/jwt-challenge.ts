import { cleanValue } from '../../base/headers.ts'
import type { Rejection } from '../way.ts'

/**
 * What `WWW-Authenticate` says of a way that takes bearer tokens (RFC 6750 §3); with the address of the resource's
 * metadata when there is one (RFC 9728 §5.1). A request without a credential is told no error.
 */
export const bearerChallenge = (
  realm: string,
  resourceMetadata: string | undefined,
): ((rejection: Rejection | null) => string) => {
  const start = `Bearer realm=${quoted(realm)}`
  const end = resourceMetadata === undefined ? '' : `, resource_metadata=${quoted(resourceMetadata)}`
  const plain = start + end
  return rejection => {
    if (rejection === null || rejection.error === 'unavailable') return plain
    return `${start}, error="${rejection.error}", error_description=${quoted(rejection.detail)}${end}`
  }
}

/** A quoted-string (RFC 9110 §5.6.4). */
export const quoted = (text: string): string => `"${cleanValue(text).replace(/["\\]/g, '\\$&')}"`

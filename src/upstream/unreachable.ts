/**
 * Why a connection could not be made, for whoever has to put it right: a certificate that is refused is another matter
 * than a port where nobody listens. `code` is the system's, Node's or OpenSSL's.
 */
export const unreachable = (code: string): string => {
  if (NOT_TRUSTED.has(code)) return `the certificate of the upstream is not trusted (${code})`
  if (NOT_NOW.has(code)) return `the certificate of the upstream is not valid at this time (${code})`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate of the upstream is for another name (${code})`
  if (/^(?:ERR_SSL|ERR_TLS|CERT)_|^EPROTO$/.test(code)) return `the upstream failed the TLS handshake (${code})`
  return `the upstream could not be reached (${code})`
}

const NOT_TRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
])
const NOT_NOW = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

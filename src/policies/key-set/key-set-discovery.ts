import { parseStrictObject } from '../jwt/jwt-json.ts'
import { DownloadFailure, NotThere } from './key-set-download.ts'

/** Deeper than any metadata in use. */
const DEEPEST = 16

/**
 * Where the issuer says its keys are: the metadata of OpenID Connect Discovery §4, or else, where there is none, of
 * RFC 8414 §3. The metadata must name the issuer it was fetched for (§3.3 of the latter), or one issuer could speak for
 * another.
 */
export const discoverKeySet = async (issuer: string, get: (url: string) => Promise<Uint8Array>): Promise<string> => {
  const metadata = parseStrictObject(await firstThere(metadataUrls(issuer), get), DEEPEST)
  if (metadata === null) throw new DownloadFailure('its metadata is not a JSON object')
  if (metadata['issuer'] !== issuer) throw new DownloadFailure('its metadata is that of another issuer')
  const url = metadata['jwks_uri']
  if (typeof url !== 'string') throw new DownloadFailure('its metadata does not say where the keys are')
  return url
}

const firstThere = async (urls: readonly string[], get: (url: string) => Promise<Uint8Array>): Promise<Uint8Array> => {
  let failure = new DownloadFailure('its address is not a URL')
  for (const url of urls) {
    try {
      return await get(url)
    } catch (error) {
      if (!(error instanceof NotThere)) throw error
      failure = error
    }
  }
  throw failure
}

/** The first is put behind the issuer's path, the second before it. */
export const metadataUrls = (issuer: string): readonly string[] => {
  const url = URL.parse(issuer)
  if (url === null || url.search !== '' || url.hash !== '') return []
  const path = url.pathname.replace(/\/$/, '')
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

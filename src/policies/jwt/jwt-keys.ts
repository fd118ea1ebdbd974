import type { KeySets } from '../../core/key-sets.ts'
import type { JwtSpec } from '../../spec/spec-auth.ts'
import { secretKey } from './jwt-key.ts'
import { type KeyRing, publicRing, secretRing } from './jwt-key-ring.ts'

/** The keys of one way, as they are now. */
export interface JwtKeys {
  /** Null as long as no set was ever fetched. */
  ring(): KeyRing | null
  /** Has the set fetched again; null where it never changes. Resolves, never rejects. */
  readonly refresh: (() => Promise<void>) | null
  close(): void
}

/** `onRing` is told when keys may have left. */
export const jwtKeys = (spec: JwtSpec, keySets: KeySets, onRing: (ring: KeyRing) => void): JwtKeys => {
  const { keys, algorithms } = spec
  if (keys.kind === 'secret') return unchanging(secretRing(secretKey(keys.secret, algorithms)))
  if (keys.kind === 'static') return unchanging(publicRing(keys.keys, algorithms, null))
  let ring: KeyRing | null = null
  let refreshing: Promise<void> | null = null
  const close = keySets.watch(keys, jwks => {
    ring = publicRing(jwks, algorithms, ring)
    onRing(ring)
  })
  return {
    ring: () => ring,
    // One at a time: tokens with made-up key names must not become messages to another thread each.
    refresh: () => {
      refreshing ??= keySets.refresh(keys).finally(() => {
        refreshing = null
      })
      return refreshing
    },
    close,
  }
}

const unchanging = (ring: KeyRing): JwtKeys => ({ ring: () => ring, refresh: null, close: () => {} })

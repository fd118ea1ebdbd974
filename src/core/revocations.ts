export type RevocationKind = 'jti' | 'sub' | 'key'

/** What must not be believed any more though its signature holds; read by workers on every request. */
export interface Revocations {
  /** Changes with every change of the list: what was looked at under this number need not be looked at again. */
  version(): number
  /** `value`: the `jti`, the `sub`, or the SHA-256 of the API key (64 hex digits). */
  isRevoked(kind: RevocationKind, value: string): boolean
}

/** Consumers that are not in the configuration, looked up by the SHA-256 of their API key (64 hex digits). */
export interface KeyDirectory {
  /** Null: no such key. Rejects when the directory cannot be asked. */
  find(hash: string): Promise<DirectoryKey | null>
  /** Changes when any key may have changed: what was found under another number must be asked again. */
  version(): number
}

export interface DirectoryKey {
  readonly consumer: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly tier: string
  /** Milliseconds since the epoch; 0: never. */
  readonly expiresAt: number
  readonly disabled: boolean
}

export interface RedisReloadOptions {
  /** Both connections are there: what is read is complete, and what changes from now on is heard. */
  readonly possible: () => boolean
  readonly read: () => Promise<void>
  /** Not told when a connection was lost, which others say. */
  readonly onFailure: () => void
}

/** Something that must be read anew after every loss of a connection, and again until that succeeded. */
export const redisReload = ({ possible, read, onFailure }: RedisReloadOptions) => {
  let stale = true
  let reading: Promise<void> = Promise.resolve()
  const now = (): void => {
    stale = true
    if (!possible()) return
    stale = false
    reading = read().catch(() => {
      stale = true
      if (possible()) onFailure()
    })
  }
  return {
    now,
    ifStale(): void {
      if (stale) now()
    },
    /** Resolves, never rejects, when what is under way is over. */
    done: (): Promise<void> => reading,
  }
}

import { type FakeClock, fakeClock } from '../../base/testing.ts'
import type { DirectoryKey, RevocationKind } from '../../core/revocations.ts'
import type { AuthWorld } from '../way.ts'

/** A directory of keys that the test fills, breaks and holds up. */
export interface FakeDirectory {
  readonly keys: Map<string, DirectoryKey>
  /** Hashes in the order they were asked for. */
  readonly asked: string[]
  version: number
  down: boolean
  /** Answers wait until it resolves. */
  held: Promise<void> | null
}

export interface KeyWorld extends AuthWorld {
  readonly clock: FakeClock
  readonly held: FakeDirectory
  revoke(kind: RevocationKind, value: string): void
  /** How often the list of revocations was asked. */
  looks: number
}

/** The ports of a Way for API keys, played by hand. */
export const keyWorld = ({ directory = false } = {}): KeyWorld => {
  const revoked = new Set<string>()
  const held: FakeDirectory = { keys: new Map(), asked: [], version: 1, down: false, held: null }
  let version = 0
  const world: KeyWorld = {
    clock: fakeClock(),
    log: { info() {}, warn() {}, error() {} },
    meter: {
      counter: () => ({ add() {} }),
      gauge: () => ({ add() {}, total: () => 0 }),
      histogram: () => ({ observe() {} }),
    },
    keySets: { watch: () => () => {}, refresh: async () => {} },
    looks: 0,
    revocations: {
      version: () => version,
      isRevoked: (kind, value) => {
        world.looks++
        return revoked.has(`${kind} ${value}`)
      },
    },
    directory: directory ? { version: () => held.version, find: hash => answer(held, hash) } : null,
    held,
    revoke: (kind, value) => {
      revoked.add(`${kind} ${value}`)
      version++
    },
  }
  return world
}

const answer = async (directory: FakeDirectory, hash: string): Promise<DirectoryKey | null> => {
  directory.asked.push(hash)
  const key = directory.keys.get(hash) ?? null
  await directory.held
  if (directory.down) throw new Error('connection refused')
  return key
}

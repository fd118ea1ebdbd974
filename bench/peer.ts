import type { Child } from './children.ts'
import type { Credential } from './credentials.ts'

/** Where a peer runs: its own port, the upstream's, a folder for its files. */
export interface Place {
  readonly port: number
  readonly upstream: number
  readonly folder: string
}

export type Launch = (place: Place) => Promise<Child>

/** Throws when a running peer does not do what its figures are said to be of. */
export type Proof = (place: Place, client: Credential) => Promise<void>

export type Left = 'requestId' | 'proto'

export interface Peer {
  readonly name: string
  readonly title: string
  /** What is missing, or null when it can be started. */
  readonly missing: () => string | null
  /** Compiles as it runs, so the first round is preceded by a long warm-up. */
  readonly warmsUp: boolean
  /** Null: there is no process between wrk and the upstream. */
  readonly launch: Launch | null
  /** False for one that only makes one answer of several. */
  readonly passesOn?: boolean
  /** What it has nothing for, so that its figures are of a little less work; its title says so. */
  readonly leavesOut?: readonly Left[]
  /** Of what it does beyond passing requests on. */
  readonly proofs: readonly Proof[]
}

export interface RunningPeer extends Peer {
  readonly port: number
  readonly child: Child | null
}

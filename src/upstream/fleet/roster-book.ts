import type { Fleet, Roster } from '../../core/fleet.ts'
import type { Meter } from '../../core/ports.ts'
import type { ServiceSpec } from '../../spec/spec.ts'

/** A worker's copy of the lists of targets, over all generations it serves. */
export interface RosterBook {
  /** The services of one generation, with the lists they were prepared with; who watches is told of later ones at once. */
  fleetFor(rosters: readonly Roster[], services: readonly ServiceSpec[]): Fleet
  /** From the main thread: a later version of a list, and a meter that knows its targets. */
  receive(roster: Roster, meter: Meter): void
}

type Watcher = (roster: Roster, meter: Meter) => void

interface Entry {
  latest: { readonly roster: Roster; readonly meter: Meter } | undefined
  readonly watchers: Set<Watcher>
}

export const createRosterBook = (): RosterBook => {
  const entries = new Map<number, Entry>()

  const entryOf = (id: number): Entry => {
    const entry = entries.get(id) ?? { latest: undefined, watchers: new Set() }
    entries.set(id, entry)
    return entry
  }

  /** What nobody watches is kept only for the generation that begins: it came before that did. */
  const forgetOthers = (rosters: readonly Roster[]): void => {
    const ids = new Set(rosters.map(({ id }) => id))
    for (const [id, { watchers }] of entries) if (watchers.size === 0 && !ids.has(id)) entries.delete(id)
  }

  const watch = (id: number, version: number, onChange: Watcher): (() => void) => {
    const entry = entryOf(id)
    // A function of its own: the same one may watch twice.
    const watcher: Watcher = (roster, meter) => onChange(roster, meter)
    entry.watchers.add(watcher)
    if (entry.latest !== undefined && entry.latest.roster.version > version) {
      watcher(entry.latest.roster, entry.latest.meter)
    }
    return () => {
      entry.watchers.delete(watcher)
      if (entry.watchers.size === 0 && entries.get(id) === entry) entries.delete(id)
    }
  }

  return {
    fleetFor: (rosters, services) => {
      forgetOthers(rosters)
      const byService = new Map(rosters.map(roster => [roster.service, roster]))
      const changing = new Set(services.filter(({ discover }) => discover !== undefined).map(({ name }) => name))
      const rosterOf = (service: string): Roster => {
        const given = byService.get(service)
        if (given === undefined) throw new Error(`there is no list of targets for the service "${service}"`)
        return given
      }
      return {
        roster: rosterOf,
        changes: service => changing.has(service),
        watch: (service, onChange) => {
          if (!changing.has(service)) return () => {}
          const { id, version } = rosterOf(service)
          return watch(id, version, onChange)
        },
      }
    },
    receive: (roster, meter) => {
      const entry = entryOf(roster.id)
      if (entry.latest !== undefined && entry.latest.roster.version >= roster.version) return
      entry.latest = { roster, meter }
      for (const watcher of entry.watchers) watcher(roster, meter)
    },
  }
}

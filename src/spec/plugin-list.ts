import type { ConfigDraft } from './checks/draft.ts'
import type { PlacedRoute } from './placed-route.ts'
import type { Path } from './problem.ts'
import type { Draft } from './salvage.ts'
import type { PluginOutput } from './schema/plugins.ts'

export type PluginDraft = Draft<PluginOutput>

export interface PlacedPlugin {
  readonly path: Path
  readonly plugin: PluginDraft
}

type ListDraft = readonly (PluginDraft | undefined)[] | 'none' | undefined

/**
 * The plugins of a route in the order they run: those of the defaults, then those of what it stands in, from the outside
 * in, its own last. `none` leaves out what is handed down to where it is written.
 */
export const pluginsOf = (
  { path, own, scopes }: Pick<PlacedRoute, 'path' | 'own' | 'scopes'>,
  defaults: ConfigDraft['defaults'],
): PlacedPlugin[] => {
  const inwards: PlacedPlugin[] = []
  for (const [at, list] of [
    [path, own.plugins] as const,
    ...scopes.map(scope => [scope.path, scope.draft.plugins] as const),
    [['defaults'], defaults?.plugins] as const,
  ]) {
    if (list === 'none') break
    inwards.unshift(...placed([...at, 'plugins'], list))
  }
  return inwards
}

export const placed = (path: Path, list: Exclude<ListDraft, 'none'>): PlacedPlugin[] =>
  (list ?? []).flatMap((plugin, i) => (plugin === undefined ? [] : [{ path: [...path, i], plugin }]))

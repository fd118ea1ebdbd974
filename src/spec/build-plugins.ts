import type { ConfigDraft } from './checks/draft.ts'
import type { PlacedRoute } from './placed-route.ts'
import { pluginsOf } from './plugin-list.ts'
import type { Source } from './source.ts'
import type { PluginSpec } from './spec-policies.ts'

/** One that has no code is left out: the checks say so. */
export const buildPlugins = (route: PlacedRoute, defaults: ConfigDraft['defaults'], { typed }: Source): PluginSpec[] =>
  pluginsOf(route, defaults).flatMap(({ path, plugin: { name, parts, budget } }) => {
    const code = typed?.(path)
    if (code === undefined || name === undefined || parts === undefined || budget === undefined) return []
    return [{ name, parts: parts.filter(part => part !== undefined), budgetMs: budget, typed: code }]
  })

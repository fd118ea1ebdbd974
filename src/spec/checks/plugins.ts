import type { PlacedRoute } from '../placed-route.ts'
import { type PlacedPlugin, placed, pluginsOf } from '../plugin-list.ts'
import { showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { ConfigDraft } from './draft.ts'

/** What is written may be right; what a plugin does is code, which stands beside it. */
export const checkPlugins = (report: Report, draft: ConfigDraft, routes: readonly PlacedRoute[]): void => {
  for (const plugin of placed(['defaults', 'plugins'], draft.defaults?.plugins)) checkCode(report, plugin)
  for (const route of routes) {
    const plugins = pluginsOf(route, draft.defaults)
    for (const plugin of plugins) checkCode(report, plugin)
    checkNames(report, plugins)
    checkDeclined(report, route, draft)
  }
}

const checkCode = (report: Report, { path }: PlacedPlugin): void => {
  if (report.source.typed?.(path) !== undefined) return
  report.add(path, 'has no code: only a configuration in TypeScript can have plugins', {
    hint: 'write definePlugin({ ... }) there, of "sallyport/plugin"',
  })
}

/** Logs and metrics tell them apart by name. The one further in is at fault: it knows what is handed down. */
const checkNames = (report: Report, plugins: readonly PlacedPlugin[]): void => {
  const seen = new Map<string, PlacedPlugin>()
  for (const each of plugins) {
    const { name } = each.plugin
    if (name === undefined) continue
    const first = seen.get(name)
    if (first === undefined) seen.set(name, each)
    else report.add(each.path, `runs on the same route as ${showPath(first.path)}, which has the same name`)
  }
}

const checkDeclined = (report: Report, { path, own, scopes }: PlacedRoute, { defaults }: ConfigDraft): void => {
  if (own.plugins !== 'none' || pluginsOf({ path, own: { ...own, plugins: undefined }, scopes }, defaults).length > 0)
    return
  report.add([...path, 'plugins'], 'declines what nothing hands down', { severity: 'warning', hint: 'leave it out' })
}

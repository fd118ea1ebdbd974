import type { RouteDraft } from './checks/draft.ts'
import type { Draft } from './salvage.ts'
import type { RetryOutput } from './schema/retry.ts'
import type { RouteSpec } from './spec.ts'
import type { RetrySpec } from './spec-resilience.ts'

/** Undefined where the first try is the only one. Where something is wrong, a try is left out; see `buildPolicies`. */
export const buildRetry = (draft: Draft<RetryOutput> | undefined): RetrySpec | undefined => {
  const { attempts = 1, on = [], backoff = {} } = draft ?? {}
  if (draft === undefined || attempts < 2) return undefined
  return {
    attempts,
    on: [...new Set(on.filter(one => one !== undefined))],
    perTryMs: draft.perTry ?? 0,
    backoffMs: { least: backoff.fromMs ?? 0, most: backoff.toMs ?? 0 },
    budget: draft.budget ?? 0,
    minRetries: draft.minRetries ?? 0,
    maxBodyBytes: draft.maxBody ?? 0,
    anyMethod: draft.anyMethod ?? false,
    maxRetryAfterMs: draft.maxRetryAfter ?? 0,
  }
}

/** Of a route or a branch. One try alone is none again, whatever the service says. */
export const retryOf = (retry: RouteDraft['retry']): RouteSpec['retry'] =>
  retry === undefined ? undefined : typeof retry === 'string' ? retry : (buildRetry(retry) ?? 'none')

import type { Labels } from '../core/ports.ts'

/** Who a request is counted for. A route of no frontend (empty) has no label for one, which to Prometheus is an empty one. */
export const routeLabels = (route: string, frontend: string): Labels =>
  frontend === '' ? { route } : { route, frontend }

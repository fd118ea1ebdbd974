import { z } from 'zod'
import { list, matching } from './scalars.ts'

const STATUS = 'expected a status such as 200, "2xx" or "200-204"'

/** Both ends are included. */
const range = z.union([
  z
    .int({ error: STATUS })
    .min(200)
    .max(599)
    .transform(status => ({ from: status, to: status })),
  matching(/^[2-5](xx|\d\d-[2-5]\d\d)$/, STATUS, { title: 'statuses', examples: ['2xx', '200-204'] }).transform(
    (text, ctx) => {
      const [first = '', last = first] = text.split('-')
      const found = { from: Number(first.replace('xx', '00')), to: Number(last.replace('xx', '99')) }
      if (found.from <= found.to) return found
      ctx.addIssue({ code: 'custom', message: STATUS })
      return z.NEVER
    },
  ),
])

/** `200`, `"2xx"`, `"200-204"`, or a list of them. */
export const statuses = z.union([range, list(range).min(1)])

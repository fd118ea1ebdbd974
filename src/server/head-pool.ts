import { RequestHead } from '../http1/request-parser.ts'
import type { HeadPool } from './front.ts'

const MAX_FREE = 256

/** Parsed heads, reused: their offset tables are the only memory a small request would otherwise allocate. */
export const headPool = (): HeadPool => {
  const free: RequestHead[] = []
  return {
    take: () => free.pop() ?? new RequestHead(),
    give: head => {
      if (free.length < MAX_FREE) free.push(head)
    },
  }
}

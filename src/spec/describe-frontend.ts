import type { FrontendSpec } from './spec.ts'
import { listWords } from './suggest.ts'

/** What a frontend claims: `m.example.com below /app by listener web`. */
export const describeClaim = ({ hosts, prefix, listeners }: FrontendSpec): string =>
  [
    ...(hosts.length === 0 ? [] : [listWords(hosts, 'or')]),
    ...(prefix === '' ? [] : [`below ${prefix}`]),
    ...(listeners.length === 0 ? [] : [`by listener ${listWords(listeners, 'or')}`]),
  ].join(' ') || 'everything'

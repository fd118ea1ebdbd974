import type { JsonEditSpec } from './spec-aggregate.ts'

/** What is done to JSON, in words: `only id, total`. */
export const describeEdit = (edit: JsonEditSpec): string => {
  switch (edit.kind) {
    case 'unwrap':
      return `what is in ${edit.path}`
    case 'pick':
      return `only ${edit.paths.join(', ')}`
    case 'omit':
      return `without ${edit.paths.join(', ')}`
    case 'rename':
      return edit.names.map(([from, to]) => `${from} as ${to}`).join(', ')
    case 'wrap':
      return `put in ${edit.name}`
  }
}

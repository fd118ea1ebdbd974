export type Path = readonly (string | number)[]

export interface Place {
  readonly file: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** Characters to underline, when what is wrong lies on one line. */
  readonly length?: number
  /** Parts of the same line that hold secrets: whoever shows the line leaves them out. */
  readonly hidden?: readonly { readonly column: number; readonly length: number }[]
}

/** Kinds of mistakes, for machines: these names stay, messages may change. */
export const PROBLEM_CODES = {
  'no-configuration': 'there is no file to read',
  unreadable: 'a file cannot be read',
  syntax: 'the text is not YAML, JSON or TypeScript',
  'duplicate-key': 'a key is there twice',
  'unknown-key': 'there is no such key',
  'missing-key': 'a key must be there',
  'invalid-key': 'a name is not one that can be given',
  'invalid-value': 'a value of another kind or form is needed',
  'not-available': 'the feature is not built yet',
  'unset-variable': 'an environment variable is not set',
  'unknown-name': 'what is referred to does not exist',
  'same-route': 'two routes match the same requests',
  'unreachable-route': 'a route can never match',
  'possible-tie': 'only the order of writing decides between two routes',
  invalid: 'keys do not go together, or anything else that is wrong',
  doubtful: 'it works, and is hardly meant (a warning)',
} as const

export type ProblemCode = keyof typeof PROBLEM_CODES

/** One mistake, with its address. `message` and `hint` never hold a value that came from `${env:}` or `${file:}`. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Where in the document; empty: all of it. */
  readonly path: Path
  readonly message: string
  /** Unset: `invalid`, or `doubtful` for a warning; see `codeOf`. */
  readonly code?: ProblemCode
  /** What would be right. */
  readonly hint?: string
  readonly place?: Place
}

/** `routes[3].rateLimit[0].by`; a key that is not a plain word is quoted. */
export const showPath = (path: Path): string => path.reduce<string>((text, key) => text + showKey(key, text === ''), '')

const showKey = (key: string | number, first: boolean): string => {
  if (typeof key === 'number') return `[${key}]`
  if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`
  return first ? key : `.${key}`
}

export const codeOf = ({ code, severity }: Problem): ProblemCode =>
  code ?? (severity === 'error' ? 'invalid' : 'doubtful')

export const showPlace = (place: Place): string => `${place.file}:${place.line}:${place.column}`

/** One line: `routes[3].to: unknown service "ordres"; did you mean "orders"? (sallyport.yaml:41:19)`. */
export const showProblem = ({ path, message, hint, place }: Problem): string =>
  [
    path.length > 0 ? `${showPath(path)}: ` : '',
    message,
    hint === undefined ? '' : `; ${hint}`,
    place === undefined ? '' : ` (${showPlace(place)})`,
  ].join('')

/** In the order of the document; what has no place stays where it is. */
export const inOrder = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted(({ place: a }, { place: b }) =>
    a === undefined || b === undefined ? 0 : a.line - b.line || a.column - b.column,
  )

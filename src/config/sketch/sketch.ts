/** A first configuration, before it is text. What comes from other files is cleaned before it gets here. */
export interface Sketch {
  /** host:port */
  readonly listen: string
  readonly services: readonly SketchService[]
  readonly routes: readonly SketchRoute[]
}

export interface SketchService {
  readonly name: string
  readonly url: string
  /** One line. */
  readonly comment: string
}

export interface SketchRoute {
  readonly kind: 'path' | 'prefix' | 'regex'
  readonly pattern: string
  /** Empty: any. */
  readonly methods: readonly string[]
  readonly to: string
  readonly stripPrefix: boolean
  /** One line; empty: none. */
  readonly comment: string
}

/** What was found in a file, and what of it has no place in the sketch, in sentences. */
export interface Finding {
  readonly services: readonly SketchService[]
  readonly routes: readonly SketchRoute[]
  readonly notes: readonly string[]
}

/** What a gateway of 10,000 routes would do well, nobody would read. */
export const MOST_ROUTES = 200
export const MOST_SERVICES = 200

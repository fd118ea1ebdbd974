import type { Unchecked } from './unchecked.ts'

/**
 * What `reply` may give: what JSON can say, to which dates and others that say how they are written belong. Where
 * something cannot be written there is `never`, so that it does not compile; what the types do not tell is checked when it is
 * written (json-text.ts).
 */
export type Answered<T> = unknown extends T
  ? T
  : // What has no end when it is taken apart is not.
    T extends undefined | Unchecked
    ? T
    : T extends symbol | ((...given: never) => unknown) | PromiseLike<unknown> | Keyed
      ? never
      : T extends { toJSON(): unknown }
        ? T
        : T extends object
          ? { [K in keyof T]: Answered<T[K]> }
          : never

/** Maps and sets. */
interface Keyed {
  has(key: never): boolean
}

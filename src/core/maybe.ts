/** Now or later. `PromiseLike` and not `Promise`, so that the network can answer through a `Later`. */
export type Maybe<T> = T | PromiseLike<T>

/**
 * A value that comes later, for exactly one reader and without a microtask: `wait` registers two plain functions and
 * `resolve` calls one of them. A promise per request costs 1.3 µs here (bench/micro); `await` works all the same, at
 * that price, through `then`.
 */
export class Later<T> implements PromiseLike<T> {
  #state: 'open' | 'value' | 'error' = 'open'
  #value: unknown = undefined
  #onValue: ((value: T) => void) | null = null
  #onError: ((error: unknown) => void) | null = null

  wait(onValue: (value: T) => void, onError: (error: unknown) => void): void {
    if (this.#state === 'value') onValue(this.#value as T)
    else if (this.#state === 'error') onError(this.#value)
    else {
      this.#onValue = onValue
      this.#onError = onError
    }
  }

  /** The first of `resolve` and `reject` counts. */
  resolve(value: T): void {
    if (this.#state !== 'open') return
    this.#state = 'value'
    this.#value = value
    this.#onValue?.(value)
  }

  reject(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'error'
    this.#value = error
    this.#onError?.(error)
  }

  get settled(): boolean {
    return this.#state !== 'open'
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaitable is what this class is for.
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<T>((resolve, reject) => this.wait(resolve, reject)).then(onValue, onError)
  }
}

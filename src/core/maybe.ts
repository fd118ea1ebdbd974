/** Now or later. `PromiseLike` and not `Promise`, so that the network can answer through a `Later`. */
export type Maybe<T> = T | PromiseLike<T>

/** For what strangers' code gives. */
export const isThenable = <T>(value: Maybe<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Whoever waits for a `Later`. */
export interface Receiver<T> {
  onValue(value: T): void
  onError(error: unknown): void
}

/**
 * A value that comes later, for exactly one receiver, without a microtask or a closure. A promise per request costs
 * more than a microsecond (bench/micro/later.ts); `await` works all the same, at that price, through `then`.
 */
export class Later<T> implements PromiseLike<T> {
  private state: 'open' | 'value' | 'error' = 'open'
  private value: T | undefined = undefined
  private error: unknown = undefined
  private receiver: Receiver<T> | null = null

  /** Calls one method of `receiver`: now if settled, else when it is. */
  wait(receiver: Receiver<T>): void {
    if (this.state === 'value') receiver.onValue(this.value as T)
    else if (this.state === 'error') receiver.onError(this.error)
    else this.receiver = receiver
  }

  /** The first of `resolve` and `reject` counts. */
  resolve(value: T): void {
    if (this.state !== 'open') return
    this.state = 'value'
    this.value = value
    this.receiver?.onValue(value)
  }

  reject(error: unknown): void {
    if (this.state !== 'open') return
    this.state = 'error'
    this.error = error
    this.receiver?.onError(error)
  }

  protected get isAwaited(): boolean {
    return this.receiver !== null
  }

  get settled(): boolean {
    return this.state !== 'open'
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaitable is what this class is for.
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<T>((resolve, reject) => this.wait({ onValue: resolve, onError: reject })).then(onValue, onError)
  }
}

import { Later, type Receiver } from '../../src/core/maybe.ts'
import { bench } from './loop.ts'

/** What waiting costs: a plain call, a `Later`, a promise, and the nested async functions that others use. */
let sum = 0
const receiver: Receiver<number> = {
  onValue(value) {
    sum += value
  },
  onError() {
    sum -= 1
  },
}

await bench('a plain call', times => {
  for (let i = 0; i < times; i++) receiver.onValue(i)
  return sum
})

await bench('Later: wait, then resolve', times => {
  for (let i = 0; i < times; i++) {
    const later = new Later<number>()
    later.wait(receiver)
    later.resolve(i)
  }
  return sum
})

await bench('Promise: then with two closures, resolved later', async times => {
  for (let i = 0; i < times; i++) {
    const { promise, resolve } = Promise.withResolvers<number>()
    const answered = promise.then(
      value => receiver.onValue(value),
      error => receiver.onError(error),
    )
    resolve(i)
    await answered
  }
  return sum
})

await bench('await of a Later', async times => {
  for (let i = 0; i < times; i++) {
    const later = new Later<number>()
    queueMicrotask(() => later.resolve(i))
    sum += await later
  }
  return sum
})

const nested = async (depth: number, value: number): Promise<number> =>
  depth === 0 ? value : (await nested(depth - 1, value)) + 1

await bench('four nested async functions', async times => {
  for (let i = 0; i < times; i++) sum += await nested(4, i)
  return sum
})

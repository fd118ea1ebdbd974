/**
 * Runs `work` one call at a time. Asked while it runs, it is run once more afterwards, however often it was asked:
 * the last look at a file is the one that counts. `work` must not reject.
 */
export const coalesce = (work: () => Promise<void>): (() => void) => {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}

/** Waits until it is so; after 10 s the test fails. */
export const until = async (check: () => boolean | Promise<boolean>, what = check.toString()): Promise<void> => {
  const deadline = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

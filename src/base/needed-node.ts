/** As `engines` of package.json and `bin/sallyport.cjs` have it. */
const NEEDED_MAJOR = 24

/** Throws one sentence on a Node that is too old; what is loaded after it would only say which name it misses there. */
export const requireNode = (found: string = process.versions.node): void => {
  if (Number.parseInt(found, 10) >= NEEDED_MAJOR) return
  throw new Error(`sallyport needs Node.js ${NEEDED_MAJOR} or newer, this is ${found}; install it and try again`)
}

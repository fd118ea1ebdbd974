/** What is needed for configurations that are objects in this thread: loaded together, and only then. */
export { loadDocument } from './load.ts'
export { placesOfTyped } from './typed-places.ts'

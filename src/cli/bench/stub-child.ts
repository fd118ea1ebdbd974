import { childMain } from './child-main.ts'
import { type StubInit, startStubs } from './stub-server.ts'

/** The entry of the process of stub services. Resolves to their ports, in order. */
childMain(init => startStubs(init as StubInit))

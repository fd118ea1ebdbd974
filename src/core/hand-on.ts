import { Later, type Maybe, type Receiver } from './maybe.ts'
import { Reply } from './reply.ts'

/** Tells `receiver` what a call answers: at once where it can. */
export const handOn = (reply: Maybe<Reply>, receiver: Receiver<Reply>): void => {
  if (reply instanceof Reply) receiver.onValue(reply)
  else if (reply instanceof Later) reply.wait(receiver)
  else
    reply.then(
      value => receiver.onValue(value),
      error => receiver.onError(error),
    )
}

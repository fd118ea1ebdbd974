import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askWith, USUAL_ANSWERS } from './questions.ts'

const talkTo = (...answers: string[]) => {
  const asked: string[] = []
  const said: string[] = []
  const ask = askWith(
    async text => {
      asked.push(text)
      return answers.shift() ?? ''
    },
    text => said.push(text),
  )
  return { ask, asked, said }
}

const digits = (text: string): string | undefined => (/^\d+$/.test(text) ? text : undefined)

test('nothing is the usual answer', async () => {
  const { ask, asked } = talkTo('', '')
  assert.equal(await ask.text('How many?', '3', 'a number', digits), '3')
  assert.equal(await ask.yes('Sure?'), true)
  assert.deepEqual(asked, ['How many? [3] ', 'Sure? [Y/n] '])
})

test('an answer that is none is told what is expected, and asked for again, not for ever', async () => {
  const { ask, said } = talkTo('x', ' 5 ')
  assert.equal(await ask.text('How many?', '3', 'a number', digits), '5')
  assert.deepEqual(said, ['  expected a number\n'])
  await assert.rejects(
    talkTo('x', 'x', 'x', 'x', 'x').ask.text('How many?', '3', 'a number', digits),
    /nothing was written/,
  )
})

test('n and no are no', async () => {
  const { ask } = talkTo('n', 'No', 'y', 'maybe')
  const answers = [await ask.yes('?'), await ask.yes('?'), await ask.yes('?'), await ask.yes('?')]
  assert.deepEqual(answers, [false, false, true, true])
})

test('scripts are asked nothing', async () => {
  assert.deepEqual([await USUAL_ANSWERS.text('?', '3', '', digits), await USUAL_ANSWERS.yes('?')], ['3', true])
})

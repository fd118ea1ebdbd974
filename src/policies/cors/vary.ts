import type { Reply } from '../../core/reply.ts'

/** Adds a name to `Vary`, unless what is there says it already. What upstream wrote is kept. */
export const addVary = (reply: Reply, name: string): void => {
  const { headers, edits } = reply
  const said = [...(edits?.removes('vary') ? [] : headers.all('vary')), ...(edits?.all('vary') ?? [])].join(', ')
  if (said === '') return void reply.edit.set('vary', name)
  const names = said.toLowerCase().split(',')
  if (names.some(each => each.trim() === '*' || each.trim() === name.toLowerCase())) return
  reply.edit.set('vary', `${said}, ${name}`)
}

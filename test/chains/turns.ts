// The turns of the event loop, counted while something goes on.

/** Tells `work` how many turns there have been until now. */
export async function turnsOf(work: (turn: () => number) => Promise<unknown>): Promise<void> {
  let turn = 0
  let isOver = false
  const count = () => {
    turn += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await work(() => turn)
  isOver = true
}

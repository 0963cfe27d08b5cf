// The other side of `child.ts`: how a process of the local network says that it is ready, and when it ends.

/** Says that it is ready, then calls `stop` once when it is asked to end or its parent has died. */
export function liveWithParent(ready: Record<string, unknown>, stop: () => Promise<void>): void {
  let isStopping = false
  const end = () => {
    if (isStopping) return
    isStopping = true
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on("SIGTERM", end)
  process.on("SIGINT", end)
  process.stdin.on("end", end)
  process.stdin.on("error", end)
  process.stdin.resume()
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

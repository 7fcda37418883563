/**
 * A smaller input for which `fails` still says yes: pieces are left out, large ones first (Zeller's ddmin). Stops when
 * no byte can be left out, or when `budgetMs` is used up.
 */
export function shrunk(input: Buffer, fails: (input: Buffer) => boolean, budgetMs = 8_000): Buffer {
  const end = Date.now() + budgetMs;
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && Date.now() < end; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}

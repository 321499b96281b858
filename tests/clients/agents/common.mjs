// What the scripts beside this file share; see common.py.
export const { NI_URL, NI_API_KEY, NI_GPT, NI_CLAUDE, NI_OTHER } = process.env;
export const BASE = `${NI_URL}/v1`;

export function lookUp(email) {
  console.log(`called: look_up ${email}`);
  return `${email} has ticket 7`;
}

export function read(path) {
  console.log(`called: read ${path}`);
  return `${path} was written by ${NI_OTHER}`;
}

export async function answer(ways) {
  const [, , way, words] = process.argv;
  console.log(`answer: ${await ways[way](words)}`);
}

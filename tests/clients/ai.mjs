// The Vercel AI SDK with the provider for OpenAI-compatible servers: a stream and a tool loop.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

const ni = createOpenAICompatible({
  name: "northerninference",
  baseURL: `${process.env.NI_URL}/v1`,
  apiKey: process.env.NI_API_KEY,
  includeUsage: true,
});
const model = ni("sandbox/echo-local");
// What the sandbox repeats, without its introduction.
const echoed = (answer) => answer.split("You wrote:\n\n").at(-1);

let text = "";
for await (const piece of streamText({ model, prompt: "one two" }).textStream) text += piece;
console.log(`stream: ${echoed(text)}`);

const read = tool({
  description: "Read a file.",
  inputSchema: jsonSchema({ type: "object", properties: { path: { type: "string" } } }),
  execute: async ({ path }) => `contents of ${path}`,
});
const prompt = 'call read with {"path": "a.py"}';
const answer = await generateText({ model, prompt, tools: { read }, stopWhen: stepCountIs(3) });
console.log(`tools: ${answer.text}`);

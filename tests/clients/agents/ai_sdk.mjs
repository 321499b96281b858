// The Vercel AI SDK with the provider for OpenAI-compatible servers: a loop with tools, and a stream.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { answer, BASE, lookUp, NI_API_KEY, NI_GPT, read } from "./common.mjs";

const model = createOpenAICompatible({ name: "northerninference", baseURL: BASE, apiKey: NI_API_KEY })(NI_GPT);
const takes = (name) => jsonSchema({ type: "object", properties: { [name]: { type: "string" } }, required: [name] });
const tools = {
  look_up: tool({
    description: "Find the ticket of a customer.",
    inputSchema: takes("email"),
    execute: async ({ email }) => lookUp(email),
  }),
  read: tool({ description: "Read a file.", inputSchema: takes("path"), execute: async ({ path }) => read(path) }),
};

async function stream(prompt) {
  let text = "";
  for await (const piece of streamText({ model, prompt }).textStream) text += piece;
  return text;
}

await answer({
  stream,
  loop: async (prompt) => (await generateText({ model, prompt, tools, stopWhen: stepCountIs(4) })).text,
});

// Mastra: an agent with tools, over chat, whole and as a stream.
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { answer, BASE, lookUp, NI_API_KEY, NI_GPT, read } from "./common.mjs";

const tools = {
  look_up: createTool({
    id: "look_up",
    description: "Find the ticket of a customer.",
    inputSchema: z.object({ email: z.string() }),
    execute: async ({ email }) => lookUp(email),
  }),
  read: createTool({
    id: "read",
    description: "Read a file.",
    inputSchema: z.object({ path: z.string() }),
    execute: async ({ path }) => read(path),
  }),
};

function agent(more) {
  const model = { id: `northerninference/${NI_GPT}`, url: BASE, apiKey: NI_API_KEY };
  return new Agent({ id: "clerk", name: "Clerk", instructions: "You help.", model, ...more });
}

async function stream(words) {
  let text = "";
  for await (const piece of (await agent().stream(words)).textStream) text += piece;
  return text;
}

await answer({
  stream,
  loop: async (words) => (await agent({ tools }).generate(words, { maxSteps: 4 })).text,
});

// LibreChat's agents: a run of its graph with tools, which always streams.
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { GraphEvents, ModelEndHandler, Providers, Run } from "@librechat/agents";
import { z } from "zod";
import { answer, BASE, lookUp, NI_API_KEY, NI_GPT, read } from "./common.mjs";

const tools = [
  tool(({ email }) => lookUp(email), {
    name: "look_up",
    description: "Find the ticket of a customer.",
    schema: z.object({ email: z.string() }),
  }),
  tool(({ path }) => read(path), {
    name: "read",
    description: "Read a file.",
    schema: z.object({ path: z.string() }),
  }),
];

async function ask(words, given) {
  let text = "";
  const llmConfig = {
    provider: Providers.OPENAI,
    model: NI_GPT,
    apiKey: NI_API_KEY,
    configuration: { baseURL: BASE },
    streaming: true,
  };
  const run = await Run.create({
    runId: "run-1",
    graphConfig: { type: "standard", llmConfig, tools: given, instructions: "You help." },
    customHandlers: {
      [GraphEvents.CHAT_MODEL_END]: new ModelEndHandler([]),
      [GraphEvents.ON_MESSAGE_DELTA]: {
        handle: (_, data) => {
          for (const part of data.delta.content ?? []) text += part.text ?? "";
        },
      },
    },
    returnContent: true,
  });
  const config = { configurable: { thread_id: "talk-1" }, streamMode: "values", version: "v2" };
  await run.processStream({ messages: [new HumanMessage(words)] }, config);
  return text;
}

await answer({ stream: (words) => ask(words, []), loop: (words) => ask(words, tools) });

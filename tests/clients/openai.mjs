// The OpenAI SDK for Node: a stream, a tool loop, and a streamed response.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.NI_URL}/v1`, apiKey: process.env.NI_API_KEY });
const model = "sandbox/echo-local";
// What the sandbox repeats, without its introduction.
const echoed = (answer) => answer.split("You wrote:\n\n").at(-1);
const ask = (content) => [{ role: "user", content }];

let text = "";
for await (const chunk of await client.chat.completions.create({ model, messages: ask("one two"), stream: true })) {
  text += chunk.choices[0]?.delta?.content ?? "";
}
console.log(`stream: ${echoed(text)}`);

const runner = client.chat.completions.runTools({
  model,
  messages: ask('call read with {"path": "a.py"}'),
  tools: [
    {
      type: "function",
      function: {
        name: "read",
        parameters: { type: "object", properties: { path: { type: "string" } } },
        parse: JSON.parse,
        function: ({ path }) => `contents of ${path}`,
      },
    },
  ],
});
console.log(`tools: ${await runner.finalContent()}`);

text = "";
for await (const event of await client.responses.create({ model, input: "three four", stream: true })) {
  if (event.type === "response.output_text.delta") text += event.delta;
}
console.log(`responses: ${echoed(text)}`);

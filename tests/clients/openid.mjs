// A certified OpenID provider (oidc-provider of npm) with a directory that the test changes: PUT and DELETE /people/ID.
// Arguments: port, address of the gateway, where it posts that a session is over. Each start signs with another key. It
// prints "ready" when it listens.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
const require = createRequire(`${process.env.INSTALLED}/package.json`);
const { default: Provider } = await import(require.resolve("oidc-provider"));

const [port, gateway, logout] = process.argv.slice(2);
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const people = new Map();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "northern",
    client_secret: "a-secret-of-the-test-that-is-long",
    redirect_uris: [`${gateway}/portal/sso/callback`],
    grant_types: ["authorization_code", "refresh_token"],
    backchannel_logout_uri: logout,
    backchannel_logout_session_required: true,
  }],
  jwks: { keys: [{ ...key, kid: randomUUID(), use: "sig", alg: "RS256" }] },
  cookies: { keys: ["a cookie key of the test"] },
  scopes: ["openid", "email", "profile", "offline_access"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  fetch: (url, options) => fetch(url, { method: options.method, headers: options.headers, body: options.body }),
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  findAccount: async (_, id) => people.has(id)
    ? { accountId: id, claims: async () => ({ sub: id, ...people.get(id) }) }
    : undefined,
});

provider.use(async (context, next) => {
  const [, id] = context.path.match(/^\/people\/(\w+)$/) ?? [];
  if (!id) return next();
  if (context.method === "PUT") {
    let text = "";
    for await (const piece of context.req) text += piece;
    people.set(id, JSON.parse(text));
  } else people.delete(id);
  context.body = {};
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));

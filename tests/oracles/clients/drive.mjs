// Call methods of a public client in turn and print, for each, what it gave or how it failed.
// On standard input: {"client": NAME, "url": ..., "user": ..., "token": ..., "calls": [["issues.getIssue", ARGUMENT...], ...]}
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
let text = "";
for await (const part of process.stdin) text += part;
const { client, url, user, token, calls } = JSON.parse(text);

async function made() {
  if (client === "node-zendesk") {
    const { createClient } = require("node-zendesk");
    return createClient({ username: user, token, endpointUri: `${url}/api/v2` });
  }
  if (client === "jira-js-5") {
    const { ServiceDeskClient, Version3Client } = await import("jira-js-5");
    const options = { host: url, authentication: { basic: { email: user, apiToken: token } } };
    return { platform: new Version3Client(options), desk: new ServiceDeskClient(options) };
  }
  const { createCloudClient, createServiceDeskClient } = await import("jira-js-6");
  const options = { host: url, auth: { type: "basic", email: user, apiToken: token } };
  return { platform: createCloudClient(options), desk: createServiceDeskClient(options) };
}

const root = await made();
const answers = [];
for (const [name, ...parameters] of calls) {
  const path = name.split(".");
  const method = path.pop();
  try {
    let owner = root;
    for (const part of path) owner = owner[part];
    answers.push({ name, value: (await owner[method](...parameters)) ?? null });
  } catch (error) {
    answers.push({ name, error: `${error.name}: ${error.message} ${JSON.stringify(error.issues ?? error.response ?? "")}` });
  }
}
process.stdout.write(JSON.stringify(answers));

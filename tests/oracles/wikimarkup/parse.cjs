// Reads one JSON text a line and answers each with the document that Atlassian's editor makes of it.
const readline = require("node:readline");
const { WikiMarkupTransformer } = require("@atlaskit/editor-wikimarkup-transformer");
const { JSONTransformer } = require("@atlaskit/editor-json-transformer");
const { defaultSchema } = require("@atlaskit/adf-schema/schema-default");

const reader = new WikiMarkupTransformer(defaultSchema);
const writer = new JSONTransformer();
readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
  process.stdout.write(JSON.stringify(writer.encode(reader.parse(JSON.parse(line)))) + "\n");
});

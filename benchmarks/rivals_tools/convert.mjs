// Converts texts to ADF by one tool and tells its processor time and the documents.
// usage: node convert.mjs TOOL FOLDER, with the folder that holds node_modules, and a JSON list of texts on standard input.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const [tool, folder] = process.argv.slice(2);
const require = createRequire(folder + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const texts = JSON.parse(readFileSync(0, "utf8"));

async function converter() {
  if (tool === "wiki") {
    const { WikiMarkupTransformer } = require("@atlaskit/editor-wikimarkup-transformer");
    const { JSONTransformer } = require("@atlaskit/editor-json-transformer");
    const { defaultSchema } = require("@atlaskit/adf-schema/schema-default");
    const reader = new WikiMarkupTransformer(defaultSchema);
    const writer = new JSONTransformer();
    return (text) => writer.encode(reader.parse(text));
  }
  if (tool === "html-to-adf-converter") {
    const { window } = new (require("jsdom").JSDOM)(""); // it is written for a browser
    Object.assign(globalThis, { DOMParser: window.DOMParser, Node: window.Node, document: window.document });
    const found = require("html-to-adf-converter");
    return found.default ?? found;
  }
  const Turndown = require("turndown");
  const markdown = new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced" });
  if (tool === "marklassian") {
    const { markdownToAdf } = await load("marklassian");
    return (text) => markdownToAdf(markdown.turndown(text));
  }
  const translate = require("md-to-adf");
  return (text) => translate(markdown.turndown(text)).toJSON();
}

const convert = await converter();
texts.slice(0, 200).forEach((text) => convert(text)); // the compiler of hot code has had its turn
const rounds = [];
let documents = [];
for (let round = 0; round < 3; round += 1) {
  const before = process.cpuUsage();
  documents = texts.map((text) => convert(text));
  const { user, system } = process.cpuUsage(before);
  rounds.push((user + system) / 1e6);
}
rounds.sort((one, other) => one - other);
process.stdout.write(JSON.stringify({ seconds: rounds[1], documents }));

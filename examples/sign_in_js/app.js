/** A web application that signs people in with the official SDK: `npm ci && npm start`. */

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import LogtoClient, { UserScope } from "@logto/node";

// One process, one memory: a real application keeps this where all of its processes find it.
const browsers = new Map();

const words = (name) => (process.env[name] ?? "").split(" ").filter(Boolean);
const config = {
  endpoint: process.env.CARTEIRO_URL,
  appId: process.env.APP_ID,
  appSecret: process.env.APP_SECRET,
  resources: words("API_RESOURCES"),
  scopes: [UserScope.Organizations, ...words("API_SCOPES")],
};

/** The SDK of one browser: `kept` is what it remembers, `next` where it sends the browser. */
function newBrowser() {
  const kept = new Map();
  const browser = { next: "/" };
  const storage = {
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, value) => void kept.set(key, value),
    removeItem: async (key) => void kept.delete(key),
  };
  const navigate = (url) => void (browser.next = url);
  browser.sdk = new LogtoClient(config, { storage, navigate });
  return browser;
}

/** Send the browser to Carteiro. */
async function signIn(_, { here }) {
  const browser = newBrowser();
  const id = randomBytes(32).toString("base64url");
  browsers.set(id, browser);
  await browser.sdk.signIn({ redirectUri: `${here}/callback` });
  const cookie = `browser=${id}; Path=/; HttpOnly; SameSite=Lax`;
  return { status: 303, headers: { Location: browser.next, "Set-Cookie": cookie } };
}

/** Take the browser back. */
async function callback(browser, { url }) {
  await browser?.sdk.handleSignInCallback(url.href);
  return { status: 303, headers: { Location: "/" } };
}

/** Forget the person here, and end their session there. */
async function signOut(browser, { id, here }) {
  browsers.delete(id);
  await browser?.sdk.signOut(here);
  return { status: 303, headers: { Location: browser?.next ?? "/" } };
}

/** Greet whoever is signed in. */
async function home(browser) {
  if (!(await browser?.sdk.isAuthenticated())) {
    return { body: "Nobody is signed in: open /sign-in" };
  }
  const person = await browser.sdk.fetchUserInfo();
  return { body: `Hello, ${person.name ?? person.sub}` };
}

/** What the id token says, and what Carteiro says when it is asked. */
async function me(browser) {
  const claims = await browser.sdk.getIdTokenClaims();
  const told = await browser.sdk.fetchUserInfo();
  return { body: JSON.stringify({ claims, told }) };
}

/** What the token says that an API is shown: `?resource=https://…` or `?organization=…`. */
async function access(browser, { url }) {
  const organization = url.searchParams.get("organization");
  const claims = organization
    ? await browser.sdk.getOrganizationTokenClaims(organization)
    : await browser.sdk.getAccessTokenClaims(url.searchParams.get("resource"));
  return { body: JSON.stringify(claims) };
}

const open = { "/": home, "/sign-in": signIn, "/callback": callback, "/sign-out": signOut };
const inside = { "/me": me, "/access": access };

async function answered(request) {
  const here = process.env.APP_URL ?? `http://localhost:${server.address().port}`;
  const url = new URL(here + request.url);
  const id = /(?:^|; )browser=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const browser = browsers.get(id);
  const known = { __proto__: null, ...open, ...(browser && inside) }[url.pathname];
  return known ? known(browser, { here, id, url }) : { status: 404, body: "Not here" };
}

const server = createServer(async (request, response) => {
  const { status = 200, headers = {}, body = "" } = await answered(request).catch((error) => {
    // Each error of the SDK has a code; what else fails is told to whoever runs this alone.
    if (!error.code) console.error(error);
    return { status: error.code ? 400 : 500, body: error.code ?? "Something went wrong" };
  });
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
  response.end(body);
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`Open http://localhost:${server.address().port}/sign-in`);
});

// The authorization server of the end-to-end tests: oidc-provider, certified, kept in memory, as strict as it goes.

import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { register } from './clients.mjs';
import { configuration } from './configuration.mjs';
import { registerGrants } from './grants.mjs';
import { Resource } from './resource.mjs';
import { Stats } from './stats.mjs';

const seconds = (name, fallback) => Number(process.env[name] ?? fallback);

const http = createServer();
await new Promise((listening) => http.listen(seconds('PORT', 0), '127.0.0.1', listening));
const address = `http://127.0.0.1:${http.address().port}`;

const { clients, privateKeys } = register(process.env);
const lifetimes = { accessToken: seconds('ACCESS_TOKEN_SECONDS', 3) };
const provider = new Provider(address, configuration(address, clients, lifetimes));
registerGrants(provider);
const stats = new Stats(provider, privateKeys, lifetimes);
const resource = new Resource(address, provider);
const serve = provider.callback();

http.on('request', async (request, response) => {
  const path = request.url.split('?')[0];
  const own = path.startsWith('/__') ? await stats.answer(request.method, path) : await resource.answer(request);
  if (!path.startsWith('/__')) stats.request(path);
  if (!own) return serve(request, response);
  const [status, body, headers] = own;
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
});

console.log(`oidc-server listening on ${address}`);

// No test leaves the server behind: it ends with the runner, and in any case after a while.
process.stdin.resume().on('end', () => process.exit(0));
setTimeout(() => process.exit(0), seconds('MAX_SECONDS', 900) * 1000).unref();

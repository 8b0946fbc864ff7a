// A certified OpenID provider for tests, in which nobody has to type: whoever comes says in the header `x-account` who sits
// before the browser, as the JSON of his claims. Prints its issuer when it listens.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const accounts = new Map();
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(issuer, {
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: false }, registration: { enabled: true } },
  findAccount: (_, accountId) => ({ accountId, claims: () => accounts.get(accountId) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' }] },
  pkce: { required: () => true },
});

// Signs in who says who he is, and agrees to everything the client asks for. Nobody at all turns back.
async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const account = request.headers['x-account'];
  if (!account) {
    const refusal = { error: 'access_denied', error_description: 'nobody was there' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  const claims = JSON.parse(account);
  accounts.set(claims.sub, claims);
  const grant = new provider.Grant({ accountId: claims.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: claims.sub }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const protocol = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return protocol(request, response);
  interact(request, response).catch((error) => response.writeHead(500).end(`${error}\n`));
});
console.log(`ready ${issuer}`);

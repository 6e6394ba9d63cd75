/** Answers a request of the HTTP API. */
export function handle({ rawPath }) {
  return Promise.resolve({ statusCode: 200, body: JSON.stringify({ path: rawPath }) });
}

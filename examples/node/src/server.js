import { createServer } from 'node:http';

createServer((request, response) => response.end(`hello from ${request.url}\n`)).listen(8080);

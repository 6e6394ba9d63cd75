import { SetupError } from './say.js';

/**
 * @typedef {object} Request
 * @property {boolean} engine whether the command builds images
 * @property {boolean} baseImages whether it builds them from the base images
 * @property {boolean} clients whether it needs third-party clients
 * @property {boolean} workflows whether it runs and checks GitHub workflows
 * @property {boolean} browser whether it opens pages in a browser
 * @property {string[]} command
 */

const usage =
  'node tools/setup/main.js [--engine] [--base-images] [--clients] [--workflows] [--browser] -- COMMAND [ARGUMENT]…';

const flagNames = ['--engine', '--base-images', '--clients', '--workflows', '--browser'];

/**
 * @param {string[]} argv
 * @returns {Request}
 */
export function parseRequest(argv) {
  const end = argv.indexOf('--');
  const [flags, command] = end < 0 ? [argv, []] : [argv.slice(0, end), argv.slice(end + 1)];
  const unknown = flags.filter((flag) => !flagNames.includes(flag));
  if (unknown.length > 0) throw new SetupError(`Unknown option: ${unknown.join(' ')}.`, `Usage: ${usage}`);
  if (command.length === 0) throw new SetupError('No command was given.', `Usage: ${usage}`);
  return {
    engine: flags.includes('--engine'),
    baseImages: flags.includes('--base-images'),
    clients: flags.includes('--clients'),
    workflows: flags.includes('--workflows'),
    browser: flags.includes('--browser'),
    command,
  };
}

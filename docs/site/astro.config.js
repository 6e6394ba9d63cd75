import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import { readFileSync } from 'node:fs';

/** Written by tools/docs/site-main.ts. */
const { base, sidebar } = JSON.parse(readFileSync(new URL('src/menu.json', import.meta.url), 'utf8'));

export default defineConfig({
  site: 'https://towpath.github.io',
  base,
  trailingSlash: 'always',
  telemetry: false,
  integrations: [
    starlight({
      title: 'Towpath',
      description: 'GitHub Actions that tow container images to production on Amazon ECR',
      social: [{ icon: 'github', label: 'GitHub', href: 'https://github.com/towpath/towpath' }],
      sidebar,
      customCss: ['./src/styles.css'],
      lastUpdated: false,
      pagination: true,
    }),
  ],
});

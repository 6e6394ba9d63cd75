/* global mermaid */
// Draws the diagrams of a page with the colors of its theme.
const isDark = document.documentElement.dataset.theme === 'dark';
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: isDark ? 'dark' : 'neutral' });
void mermaid.run();

/* global mermaid */
// Draws the diagrams of a page with the colors of its theme.
const isDark = document.documentElement.dataset.theme === 'dark';
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: isDark ? 'dark' : 'neutral' });
// A wide diagram scrolls, because its text would be too small on a narrow page.
const readable = 630;
void mermaid.run().then(() => {
  for (const drawing of document.querySelectorAll('pre.mermaid svg'))
    drawing.style.minWidth = `${Math.min(parseFloat(drawing.style.maxWidth), readable)}px`;
});
